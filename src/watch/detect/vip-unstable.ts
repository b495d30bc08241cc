// A VIP that is away for a short while again and again, too short each time for silent-vip, and back with the same announcer.

import { HOUR, type Micros, SECOND } from '../../base/time.ts';
import type { VipRole } from '../../intent/index.ts';
import type { IpAddress } from '../../net/address.ts';
import type { Report } from '../finding/finding.ts';
import type { Segment } from '../lan/segment.ts';
import type { AddressLog } from '../ledger/address-log.ts';
import { type Outage, outagesSince } from '../ledger/outages.ts';
import type { Vips } from '../takeover/vips.ts';
import { type DetectContext, report } from './context.ts';
import type { Detector } from './detector.ts';
import { Losses } from './losses.ts';
import { TestedVips } from './tested-vips.ts';
import { vipName, vipOf } from './words.ts';

const WINDOW = HOUR;
const OUTAGES = 3;
const AWAY_FOR = 30 * SECOND;
/** While it is settled who answers, questions come so fast that three are left open by an announcer that is merely slow. */
const SHORTEST = SECOND;

export class VipUnstable implements Detector {
  readonly kinds = ['vip-unstable'] as const;
  readonly #context: DetectContext;
  readonly #vips: Vips;
  readonly #tested = new TestedVips();
  /** When the outage ended that was judged last, in each log. */
  readonly #judged = new WeakMap<AddressLog, Micros>();
  readonly #losses = new Losses();
  /** The outages that silent-vip told of. */
  readonly #told = new WeakMap<AddressLog, Losses>();

  constructor(context: DetectContext, vips: Vips) {
    this.#context = context;
    this.#vips = vips;
  }

  answer(ip: IpAddress, at: Micros): void {
    for (const [segment, log] of this.#context.ledger.everywhere(ip))
      if (log.hasSilence) this.#judge(ip, segment, log, at);
  }

  failoverTest(ip: IpAddress, now: Micros, until: Micros | null): void {
    if (until === null) this.#tested.ended(ip, now);
    else this.#tested.runs(ip, now, until, now - WINDOW);
  }

  framesLost(since: Micros, at: Micros): void {
    this.#losses.add(since, at);
  }

  #judge(ip: IpAddress, segment: Segment, log: AddressLog, at: Micros): void {
    const role = this.#context.index.roleOf(ip);
    if (role.kind !== 'vip') return;
    const takeovers = this.#vips.takeovers.of(ip, segment);
    const all = outagesSince(log, at - WINDOW).filter(
      ({ first, until }) =>
        until - first >= SHORTEST && !takeovers.some((one) => one.at >= first && one.lastOld <= until),
    );
    const latest = all.at(-1);
    // Each is judged once, when it has ended.
    if (!latest || latest.until <= (this.#judged.get(log) ?? 0)) return;
    this.#judged.set(log, latest.until);
    const outages = all.filter(({ first, until }) => !this.#tested.wasTested(ip, first, until));
    if (outages.at(-1) !== latest) return this.#context.dismiss('failover-test');
    // The answers may be among what was lost.
    const heard = outages.filter(({ first, until }) => !this.#losses.between(first, until));
    if (heard.at(-1) !== latest) return this.#context.dismiss('frames-lost');
    const told = this.#toldOf(ip, log, latest);
    const short = heard.filter(({ first, until }) => !told?.between(first, until));
    if (short.at(-1) !== latest) return this.#context.dismiss('told-as-silent');
    const away = short.reduce((sum, { first, until }) => sum + until - first, 0);
    if (short.length < OUTAGES || away < AWAY_FOR) return this.#context.dismiss('away-seldom');
    const { first, until } = latest;
    const summary = `${seconds(until - first)} s unanswered; ${short.length} times and ${seconds(away)} s within an hour`;
    const finding = vipUnstable(segment, role, short.length, away);
    report(this.#context, finding, at, () => ({ at, interface: segment.name, summary }));
  }

  /** Of the latest outage, which ends now, the finding still tells. */
  #toldOf(ip: IpAddress, log: AddressLog, { first, until }: Outage): Losses | undefined {
    if (this.#context.book.isOpen({ kind: 'silent-vip', ip, segment: null, culprit: null })) {
      const told = this.#told.get(log) ?? new Losses();
      told.add(first, until);
      this.#told.set(log, told);
    }
    return this.#told.get(log);
  }
}

function seconds(micros: Micros): string {
  return (micros / SECOND).toFixed(0);
}

function vipUnstable(segment: Segment, role: VipRole, times: number, away: Micros): Report {
  return {
    kind: 'vip-unstable',
    ip: role.vip.address,
    segment,
    culprit: null,
    macs: [],
    vip: vipOf(role),
    message: `${vipName(role.vip)} was unanswered ${times} times within an hour, ${seconds(away)} s in all, and came back with the same announcer.`,
    remedy:
      "Look for a speaker that restarts (kubectl get pods in MetalLB's namespace shows restarts and the last state), and for a node that loses its network for seconds.",
  };
}
