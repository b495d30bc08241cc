// What changed in a table since a copy of it was last brought up to date: keeping the copy costs what changed, not what the
// table holds. Never larger than the table and the copy together, and no larger than the table where nobody copies.
import { TurnoverMap } from '../../base/turnover-map.ts';
import type { IpAddress } from '../../net/address.ts';
import type { Segment } from './segment.ts';

/** The rows of one address as they are now; none where it was forgotten. */
export interface Changed<Row> {
  readonly segment: Segment;
  readonly ip: IpAddress;
  /** Of a prefix, which goes by its first address. */
  readonly prefixLength?: number;
  readonly rows: readonly Row[];
}

export class ChangeLog<Item> {
  readonly #changed = new TurnoverMap<Item, true>();
  /** What the copy has, in whatever state. */
  readonly #copied = new Set<Item>();
  readonly #gone = new Set<Item>();

  add(item: Item): void {
    this.#changed.set(item, true);
  }

  /** It left the table. What was never copied leaves nothing behind, so that a flood does not either. */
  removed(item: Item): void {
    this.#changed.delete(item);
    if (this.#copied.delete(item)) this.#gone.add(item);
  }

  /** It came from the copy. */
  restored(item: Item): void {
    this.#changed.delete(item);
    this.#copied.add(item);
  }

  /** The copy as a whole is to be written anew. */
  again(): void {
    for (const item of this.#copied) this.#changed.set(item, true);
  }

  move(item: Item, to: ChangeLog<Item>): void {
    this.#changed.delete(item);
    if (this.#copied.delete(item)) to.#copied.add(item);
    to.#changed.set(item, true);
  }

  /** Items that are gone, then those that changed, the longest waiting first. Whatever it yields counts as copied. */
  *take(): Generator<Item> {
    for (const item of this.#gone) {
      this.#gone.delete(item);
      yield item;
    }
    for (const [item] of this.#changed) {
      if (!this.#changed.delete(item)) continue;
      this.#copied.add(item);
      yield item;
    }
  }
}
