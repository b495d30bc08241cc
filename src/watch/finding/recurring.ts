// Who comes again at once, told from those of a flood who are made up for one frame each.
import { BoundedMap } from '../../base/bounded-map.ts';
import { type Micros, SECOND } from '../../base/time.ts';

/** More than a flood of ten thousand a second shows between two frames of one machine that asks, or answers, in a row. */
const MAX_SEEN = 4096;
const AGAIN_WITHIN = 2 * SECOND;

export class Recurring {
  readonly #seen = new BoundedMap<string, Micros>(MAX_SEEN);

  /** Whether it was seen a moment ago already. */
  seen(key: string, at: Micros): boolean {
    const before = this.#seen.get(key);
    this.#seen.set(key, at);
    return before !== undefined && at - before <= AGAIN_WITHIN;
  }
}
