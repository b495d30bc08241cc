// A table that frames, requests or API objects fill, and that must not grow with them.
import { TurnoverMap } from './turnover-map.ts';

/** Holds so many entries at most: the one that was set longest ago makes room. Goes through them in that order. */
export class BoundedMap<Key, Value> {
  readonly #capacity: number;
  readonly #entries = new TurnoverMap<Key, Value>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: Key): Value | undefined {
    return this.#entries.get(key);
  }

  has(key: Key): boolean {
    return this.#entries.has(key);
  }

  /** Known or not, it is the latest now. */
  set(key: Key, value: Value): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size > this.#capacity) this.#entries.takeOldest();
  }

  /** Puts another value in a known one's place, which is as old as before. */
  replace(key: Key, value: Value): void {
    if (this.#entries.has(key)) this.#entries.set(key, value);
  }

  delete(key: Key): boolean {
    return this.#entries.delete(key);
  }

  [Symbol.iterator](): MapIterator<[Key, Value]> {
    return this.#entries[Symbol.iterator]();
  }
}
