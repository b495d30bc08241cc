// The takeovers that are kept, the oldest first: for whoever reads them, and for judging how often a VIP changes hands.
import type { IpAddress } from '../../net/address.ts';
import type { Segment } from '../lan/segment.ts';
import type { ServiceGap, Takeover } from './takeover.ts';

/** What the takeovers that are kept say of one VIP. */
export interface TakeoverHistory {
  readonly last: Takeover;
  /** The one with the longest gap. */
  readonly worst: Takeover;
}

export class KeptTakeovers {
  readonly #capacity: number;
  #takeovers: Takeover[] = [];
  /** Of each VIP that has any; null: to be made anew. */
  #histories: Map<IpAddress, TakeoverHistory> | null = null;
  /** Since the start. */
  count = 0;
  evictions = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#takeovers.length;
  }

  all(): Takeover[] {
    return [...this.#takeovers];
  }

  of(ip: IpAddress, segment: Segment): Takeover[] {
    return this.#takeovers.filter((takeover) => takeover.ip === ip && takeover.segment === segment);
  }

  historyOf(ip: IpAddress): TakeoverHistory | null {
    this.#histories ??= historiesOf(this.#takeovers);
    return this.#histories.get(ip) ?? null;
  }

  add(takeover: Takeover): void {
    this.count += 1;
    this.#histories = null;
    this.#takeovers.push(takeover);
    if (this.#takeovers.length <= this.#capacity) return;
    this.#takeovers.shift();
    this.evictions += 1;
  }

  /** The row is another from then on; undefined: it is not kept any more. */
  measured(takeover: Takeover, serviceGap: ServiceGap): Takeover | undefined {
    const index = this.#takeovers.indexOf(takeover);
    if (index < 0) return undefined;
    const measured = { ...takeover, serviceGap };
    this.#takeovers[index] = measured;
    this.#histories = null;
    return measured;
  }

  restore(takeovers: readonly Takeover[]): void {
    this.#takeovers = takeovers.slice(-this.#capacity);
    this.#histories = null;
  }
}

function historiesOf(takeovers: readonly Takeover[]): Map<IpAddress, TakeoverHistory> {
  const histories = new Map<IpAddress, TakeoverHistory>();
  for (const takeover of takeovers) {
    const known = histories.get(takeover.ip);
    const worst = known && known.worst.gapMs > takeover.gapMs ? known.worst : takeover;
    const last = known && known.last.at > takeover.at ? known.last : takeover;
    histories.set(takeover.ip, { last, worst });
  }
  return histories;
}
