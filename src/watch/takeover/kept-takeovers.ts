// The takeovers that are kept, the oldest first: for whoever reads them, and for judging how often a VIP changes hands.
import type { IpAddress } from '../../net/address.ts';
import type { Segment } from '../lan/segment.ts';
import type { ServiceGap, Takeover } from './takeover.ts';

export class KeptTakeovers {
  readonly #capacity: number;
  #takeovers: Takeover[] = [];
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

  add(takeover: Takeover): void {
    this.count += 1;
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
    return measured;
  }

  restore(takeovers: readonly Takeover[]): void {
    this.#takeovers = takeovers.slice(-this.#capacity);
  }
}
