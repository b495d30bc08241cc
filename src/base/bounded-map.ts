// A table that frames, requests or API objects fill, and that must not grow with them.

/** Holds so many entries at most: the one that was set longest ago makes room. Goes through them in that order. */
export class BoundedMap<Key, Value> {
  readonly #capacity: number;
  readonly #entries = new Map<Key, Value>();
  /**
   * Where the last one that made room was found: a look from the beginning passes over all that a Map has not cleared away yet.
   * Begun anew now and then: it keeps what the Map has cleared away since.
   */
  #oldest: MapIterator<Key> | undefined;
  #removedSince = 0;

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
    this.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size > this.#capacity) this.#makeRoom();
  }

  /** Puts another value in a known one's place, which is as old as before. */
  replace(key: Key, value: Value): void {
    if (this.#entries.has(key)) this.#entries.set(key, value);
  }

  delete(key: Key): boolean {
    const isKnown = this.#entries.delete(key);
    if (isKnown && this.#oldest !== undefined) this.#removedSince += 1;
    if (this.#removedSince > this.#capacity) this.#oldest = undefined;
    return isKnown;
  }

  #makeRoom(): void {
    if (this.#oldest === undefined) this.#removedSince = 0;
    this.#oldest ??= this.#entries.keys();
    this.#entries.delete(this.#oldest.next().value as Key);
  }

  [Symbol.iterator](): MapIterator<[Key, Value]> {
    return this.#entries[Symbol.iterator]();
  }
}
