// A prober on a LAN whose ledger has what it asks, and machines that answer.
import { MILLISECOND, SECOND } from '../../src/base/time.ts';
import type { Intent } from '../../src/intent/intent.ts';
import { type IpAddress, type Mac, parseIp, parseMac } from '../../src/net/address.ts';
import type { ClaimKind } from '../../src/net/claim.ts';
import { type IpRange, parseRange } from '../../src/net/range.ts';
import { Prober } from '../../src/probe/prober.ts';
import type { ProbeSource, Question } from '../../src/probe/question.ts';
import { LedgerOfLan } from './ledger-of-lan.ts';

export const OWN = parseMac('02:00:00:00:00:12')!;
export const OTHER = parseMac('02:00:00:00:00:11')!;
export const THIRD = parseMac('02:00:00:00:00:13')!;
export const address = (text: string) => parseIp(text) as IpAddress;
export const network = (text: string) => parseRange(text) as IpRange;

export const ETH0: ProbeSource = {
  device: 'eth0',
  segment: 'eth0',
  mac: OWN,
  addresses: [
    { ip: address('192.168.1.12'), network: network('192.168.1.0/24') },
    { ip: address('fe80::12'), network: network('fe80::/64') },
    { ip: address('fd00::12'), network: network('fd00::/64') },
  ],
};
export const ETH1: ProbeSource = {
  device: 'eth1',
  segment: 'eth1',
  mac: OWN,
  addresses: [{ ip: address('10.0.0.12'), network: network('10.0.0.0/24') }],
};

export const OPTIONS = {
  interval: SECOND,
  sweep: 30 * SECOND,
  broadcastsPerSecond: 5,
  maxPerSecond: 1000,
  steadyPerSecond: 800,
  conflictPause: () => Number.POSITIVE_INFINITY,
  mayBeTaken: () => false,
  announcedWith: () => ({ count: 1, isLowest: true }),
};
export const ALONE = { agents: 1, perVip: 1 };

/** A prober, and the ledger that has what it asks. */
export class AskingLan {
  readonly prober: Prober;
  /** Answers on their way. */
  readonly answers: { target: IpAddress; mac: Mac; at: number; device: string }[] = [];
  asking = ALONE;
  readonly #lan: LedgerOfLan;

  constructor(
    vips: readonly string[],
    sources: readonly ProbeSource[] = [ETH0],
    options: object = {},
    intent?: Intent,
  ) {
    this.#lan = new LedgerOfLan(OWN, intent);
    this.prober = new Prober({ answers: this.#lan.answers, ...OPTIONS, ...options });
    this.prober.setSources(sources);
    this.targets(vips.map(address), 0);
  }

  targets(vips: readonly IpAddress[], now: number, nodes: readonly IpAddress[] = []): void {
    this.prober.setTargets({ vips, nodes, free: [], swept: null, asking: this.asking }, now);
  }

  due(at: number, sentAt = at): Question[] {
    const questions = this.prober.due(at);
    for (const question of questions) {
      this.#lan.asked(question.target, question.device, sentAt, question.polled);
      this.prober.sent(question);
    }
    return questions;
  }

  seen(target: IpAddress, mac: Mac, at: number, kind: ClaimKind = 'reply', device = 'eth0'): void {
    this.#lan.seen(target, device, mac, kind, at);
  }
}

export const prober = (...args: ConstructorParameters<typeof AskingLan>) => new AskingLan(...args);
/** All are held by a machine that announced them. */
export function held(
  vips: readonly string[],
  sources: readonly ProbeSource[] = [ETH0],
  options: object = {},
) {
  const made = new AskingLan([], sources, options);
  for (const vip of vips) made.seen(address(vip), OTHER, 0, 'announcement', sources[0]!.device);
  made.targets(vips.map(address), 0);
  return made;
}

/** Who answers; whoever is not polled does not. */
export type Answers = (target: IpAddress, at: number) => Mac | readonly Mac[] | null;
export type Asked = Question & { at: number };
/** Every probe in a stretch of time, asked for whenever the prober wants to be asked, and answered by whom `answers` says. */
export function during(
  made: AskingLan,
  from: number,
  to: number,
  answers: Answers = () => OTHER,
  roundTrip = MILLISECOND / 2,
): Asked[] {
  const probes: Asked[] = [];
  const answered = made.answers;
  for (let turns = 0; turns < 400_000; turns += 1) {
    const at = Math.max(from, made.prober.nextAt());
    const [answer] = answered;
    if (Math.min(at, answer?.at ?? at) >= to) break;
    if (answer && answer.at <= at) {
      const { target, mac, at: then, device } = answered.shift()!;
      made.seen(target, mac, then, 'reply', device);
      continue;
    }
    const due = made.due(at);
    probes.push(...due.map((probe) => ({ ...probe, at })));
    for (const { target, device, polled } of due)
      for (const mac of [answers(target, at) ?? []].flat())
        if (polled === null || polled === mac) answered.push({ target, mac, at: at + roundTrip, device });
  }
  return probes;
}

export const toAll = (probes: readonly Asked[]) => probes.filter(({ polled }) => polled === null);
export const polls = (probes: readonly Asked[]) => probes.filter(({ polled }) => polled !== null);
export const times = (probes: readonly { at: number }[]) => probes.map(({ at }) => at / MILLISECOND);
export const many = (count: number) =>
  Array.from({ length: count }, (_, i) => `10.0.${Math.floor(i / 250)}.${(i % 250) + 1}`);
