// A table that entries come to and leave with each frame of a flood. A Map of V8's gets a new store now and then, and the old store
// goes on pointing to it. Once the garbage collector has put one store among what lives long, all that later ones held lives as
// long, until everything is looked through. To a Map that is made anew nothing points but its owner.

/** So many come, and as many again as there are, before it is made anew: always before V8 does so. */
const LEAST = 64;

/** As a Map, in the order of coming. */
export class TurnoverMap<Key, Value> {
  #entries = new Map<Key, Value>();
  #cameSince = 0;
  /** Where the last one that left as the oldest was: a look from the beginning passes over all that have left since. */
  #oldest: MapIterator<[Key, Value]> | undefined;

  get size(): number {
    return this.#entries.size;
  }

  get(key: Key): Value | undefined {
    return this.#entries.get(key);
  }

  has(key: Key): boolean {
    return this.#entries.has(key);
  }

  set(key: Key, value: Value): void {
    this.#cameSince += 1;
    if (this.#cameSince > LEAST + this.#entries.size) this.#makeAnew();
    this.#entries.set(key, value);
  }

  delete(key: Key): boolean {
    return this.#entries.delete(key);
  }

  /** The entry that came first leaves; there is one at least. */
  takeOldest(): [Key, Value] {
    this.#oldest ??= this.#entries.entries();
    const oldest = this.#oldest.next().value as [Key, Value];
    this.#entries.delete(oldest[0]);
    return oldest;
  }

  /** Whoever goes through it, and meanwhile puts more in, looks again whether what comes next is still there. */
  [Symbol.iterator](): MapIterator<[Key, Value]> {
    return this.#entries[Symbol.iterator]();
  }

  values(): MapIterator<Value> {
    return this.#entries.values();
  }

  #makeAnew(): void {
    this.#entries = new Map(this.#entries);
    this.#cameSince = 0;
    this.#oldest = undefined;
  }
}
