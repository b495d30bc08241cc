// What the checks of an agent take in a large cluster, beside what it takes anyway: it looks at all objects, and lets go of them.
import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Lab } from '../../lab/lab.ts';
import { chosenFor } from '../../src/failover/rendezvous.ts';
import { cpuSecondsOf, startAgent } from './agent.ts';
import { megabytes, peakOf, residentOf } from './cost.ts';
import { printTable } from './table.ts';

/** The limit of the chart is 256 MiB, which counts what the kernel keeps for the agent as well. */
const MOST_MB = 240;
const POLL_MS = 500;
const SETTLE_MS = 10_000;
const LOOKED_WITHIN_MS = 400_000;
/** To `/proc/PID/clear_refs`: the peak begins anew. */
const FORGET_PEAK = '5';

interface Run {
  readonly doneAt: string | null;
  readonly tookSeconds: number;
  readonly leftOut: number;
  readonly summary: Readonly<Record<string, number>>;
}

const [nodes, services] = [1_000, 10_000];
const names = Array.from({ length: nodes }, (_, i) => `node-${i + 1}`);
const chosen = Number(chosenFor('check', names)!.split('-')[1]);
await using lab = await Lab.create();
const check = { every: '1m' };
const agent = await startAgent(lab, { nodes, services, readyAgents: nodes }, chosen, { check });
const pid = await agent.process.pid;
await pause(SETTLE_MS);
const before = residentOf(pid);
writeFileSync(`/proc/${pid}/clear_refs`, FORGET_PEAK);

const began = cpuSecondsOf(pid);
const first = await looked(null);
const cpu = cpuSecondsOf(pid) - began;
await pause(SETTLE_MS);
const left = residentOf(pid) - before;
const { total } = await agent.api.json<{ total: number }>('/api/v1/forecast?limit=1');
const second = await looked(first.doneAt);
await pause(SETTLE_MS);
const grown = residentOf(pid) - before;
const peak = peakOf(pid);
await agent.process.stop();
const counts = Object.values(first.summary).reduce((sum, one) => sum + one, 0);
const mb = (mib: number) => `${megabytes(mib).toFixed(0)} MB`;
printTable('An agent that checks 1,000 nodes, 10,000 Services, 20,000 Pods, 5,000 volumes', [
  { what: 'before', measured: mb(before), limit: null },
  { what: 'CPU until the first look is over', measured: `${cpu.toFixed(1)} s`, limit: null },
  {
    what: `peak of two looks (${first.tookSeconds.toFixed(1)} and ${second.tookSeconds.toFixed(1)} s)`,
    measured: mb(peak),
    limit: { text: `below ${MOST_MB} MB`, holds: megabytes(peak) < MOST_MB },
  },
  {
    what: `kept of ${counts} results and ${total} forecasts, after one look and after two`,
    measured: `${mb(left)}, ${mb(grown)}`,
    limit: null,
  },
]);

/** What is said of a later look than that. */
async function looked(before: string | null): Promise<Run> {
  for (const until = Date.now() + LOOKED_WITHIN_MS; Date.now() < until; await pause(POLL_MS)) {
    // While it is busy, an answer may take too long.
    const answer = await agent.api.json<{ run: Run }>('/api/v1/checks?limit=1').catch(() => undefined);
    if (answer && answer.run.doneAt !== null && answer.run.doneAt !== before) return answer.run;
  }
  throw new Error(`It has not looked: ${agent.process.describe()}`);
}
