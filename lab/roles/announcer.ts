// A machine on which the MetalLB-like announcer runs.
import type { Host } from '../host.ts';
import type { LabProcess } from '../process.ts';

export interface Announcer {
  readonly process: LabProcess;
  /** Resolves when the first gratuitous round for the VIP is out. */
  announce(vip: string): Promise<void>;
  /** Resolves when it answers no more. */
  withdraw(vip: string): Promise<void>;
  /** The same right after its next answer, however busy the machine is. */
  answerAndWithdraw(vip: string): Promise<void>;
  /** Announces all its VIPs again, as the speaker does when something in the cluster changes. */
  resync(): void;
}

export interface AnnouncerOptions {
  /** It announces and never answers, as where its node hears no questions. @default false */
  readonly mute?: boolean;
}

/** Resolves when it listens. */
export async function startAnnouncer(
  host: Host,
  { mute = false }: AnnouncerOptions = {},
): Promise<Announcer> {
  const process = host.spawnScript('lab/metallb-announcer.ts', mute ? ['--mute'] : []);
  await process.waitForLine(/"say":"ready"/);
  const command = async (line: string, done: RegExp) => {
    const from = process.output.length;
    process.stdin.write(`${line}\n`);
    await process.waitForLine(done, { from });
  };
  const withdrawn = (vip: string) => new RegExp(`"say":"withdrawn","ip":"${vip}"`);
  return {
    process,
    announce: (vip) => command(`announce ${vip}`, new RegExp(`"say":"announced","ip":"${vip}"`)),
    withdraw: (vip) => command(`withdraw ${vip}`, withdrawn(vip)),
    answerAndWithdraw: (vip) => command(`answer-and-withdraw ${vip}`, withdrawn(vip)),
    resync: () => {
      process.stdin.write('resync\n');
    },
  };
}
