// `vipwatch freeze-speaker`: stops MetalLB's speaker of one Pod, as a crash would stop it, and lets it go on after a while.
// Not for people: failover tests start it on the announcing node, in a Pod that sees the node's processes.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Seconds } from '../base/time.ts';
import { processesWith, signal } from '../host/processes.ts';
import type { AddCommand } from './command.ts';
import { type Terminal, UsageError } from './terminal.ts';

/** MetalLB's manifests and its chart tell each speaker its Pod's name. */
const POD_NAME = 'METALLB_POD_NAME';

const LONGEST = 600;

export const addFreezeSpeaker: AddCommand = (program, { terminal, exitWith }) => {
  program
    .command('freeze-speaker', { hidden: true })
    .description('for failover tests: stop the speaker of a Pod on this node for a while')
    .requiredOption('--pod <name>', "the speaker's Pod")
    .requiredOption('--seconds <number>', 'how long, at most')
    .action(async ({ pod, seconds }: { pod: string; seconds: string }) => {
      exitWith(await freezeSpeaker(pod, Number(seconds), terminal));
    });
};

/** @throws UsageError where no such speaker runs here. */
async function freezeSpeaker(pod: string, seconds: Seconds, terminal: Terminal): Promise<number> {
  if (!(seconds > 0 && seconds <= LONGEST))
    throw new UsageError(`--seconds must be above 0 and at most ${LONGEST}`);
  const told = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => told.abort());
  const pids = processesWith(POD_NAME, pod);
  if (pids.length === 0) throw new UsageError(`Cannot freeze the speaker of ${pod}: it has no process here`);
  try {
    for (const pid of pids) signal(pid, 'SIGSTOP');
    terminal.write(`Stopped the speaker of ${pod}: ${pids.join(', ')}\n`);
    await sleep(seconds * 1000, undefined, { signal: told.signal }).catch(() => {});
  } finally {
    for (const pid of pids) signal(pid, 'SIGCONT');
  }
  terminal.write('The speaker continues\n');
  return 0;
}
