// Takeovers as they are counted for the metrics, by VIP and class.
import { MILLISECOND, type Micros } from '../../base/time.ts';
import type { IpAddress } from '../../net/address.ts';
import { TAKEOVER_CLASSES, type TakeoverClass } from '../../watch/takeover/takeover.ts';
import type { WatchEvent } from '../../watch/view.ts';
import { Histogram } from './histogram.ts';

/** In seconds. */
const EDGES = [0.05, 0.1, 0.25, 0.5, 1, 2, 4, 5, 6, 8, 10, 15, 20, 30, 60, 300];

/** Of one class. */
export interface ClassCounts {
  takeovers: number;
  withinObjective: number;
  /** After which the service was not back while it was asked. */
  away: number;
  /** Null before the first one: most VIPs never have any. */
  gap: Histogram | null;
  serviceGap: Histogram | null;
}

type VipCounts = Readonly<Record<TakeoverClass, ClassCounts>>;

export class TakeoverCounts {
  readonly #maxGap: () => Micros;
  readonly #ofVip = new Map<IpAddress, VipCounts>();

  /** @param maxGap the objective: how long a takeover's gap may be. */
  constructor(maxGap: () => Micros) {
    this.#maxGap = maxGap;
  }

  /** The VIPs whose takeovers are counted here. */
  begun(): Iterable<IpAddress> {
    return this.#ofVip.keys();
  }

  /** Undefined where they are not counted. */
  of(ip: IpAddress): VipCounts | undefined {
    return this.#ofVip.get(ip);
  }

  /** Takeovers of this VIP are counted here from now on: what stands at 0 before the first one makes that an increase. */
  begin(ip: IpAddress): VipCounts {
    const known = this.#ofVip.get(ip);
    if (known) return known;
    const counts = Object.fromEntries(TAKEOVER_CLASSES.map((name) => [name, atZero()])) as VipCounts;
    this.#ofVip.set(ip, counts);
    return counts;
  }

  /** Others ask for the VIP now. What was counted stays: it would else be lost to sums over time. */
  leave(ip: IpAddress): void {
    const counts = this.#ofVip.get(ip);
    if (counts && Object.values(counts).every(isAtZero)) this.#ofVip.delete(ip);
  }

  /** Of a VIP that is withdrawn nothing is left. */
  forget(ip: IpAddress): void {
    this.#ofVip.delete(ip);
  }

  observe(event: WatchEvent): void {
    if (event.type !== 'takeover' && event.type !== 'service-gap') return;
    const { ip, class: takeoverClass, gapMs, serviceGap } = event.takeover;
    const counts = this.begin(ip)[takeoverClass];
    if (event.type === 'takeover') {
      counts.takeovers += 1;
      if (gapMs * MILLISECOND <= this.#maxGap()) counts.withinObjective += 1;
      counts.gap ??= new Histogram(EDGES);
      counts.gap.observe(gapMs / 1000);
    } else if (serviceGap?.open) {
      counts.away += 1;
    } else if (serviceGap && serviceGap.gapMs !== null) {
      counts.serviceGap ??= new Histogram(EDGES);
      counts.serviceGap.observe(serviceGap.gapMs / 1000);
    }
  }
}

function isAtZero({ takeovers, away, serviceGap }: ClassCounts): boolean {
  return takeovers === 0 && away === 0 && serviceGap === null;
}

function atZero(): ClassCounts {
  return { takeovers: 0, withinObjective: 0, away: 0, gap: null, serviceGap: null };
}
