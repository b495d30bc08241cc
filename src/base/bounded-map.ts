// A table that frames, requests or API objects fill, and that must not grow with them.
import { TurnoverMap } from './turnover-map.ts';

/** Holds so many entries at most: the one that was set longest ago makes room. Goes through them in that order. */
export class BoundedMap<Key, Value> extends TurnoverMap<Key, Value> {
  readonly #capacity: number;

  constructor(capacity: number) {
    super();
    this.#capacity = capacity;
  }

  /** Known or not, it is the latest now. */
  override set(key: Key, value: Value): void {
    this.delete(key);
    super.set(key, value);
    if (this.size > this.#capacity) this.takeOldest();
  }

  /** Puts another value in a known one's place, which is as old as before. */
  replace(key: Key, value: Value): void {
    if (this.has(key)) super.set(key, value);
  }
}
