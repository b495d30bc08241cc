// Which of many findings was heard longest ago: those that were seen once, as a flood's are, before all others. Whatever is asked
// costs the same however many there are.

export class Unheard {
  /** By key; the one that was heard longest ago is first. */
  readonly #once = new Set<string>();
  readonly #again = new Set<string>();

  /** It was heard now. */
  add(key: string, isSeenOnce: boolean): void {
    this.delete(key);
    (isSeenOnce ? this.#once : this.#again).add(key);
  }

  delete(key: string): void {
    this.#once.delete(key);
    this.#again.delete(key);
  }

  get longest(): string | undefined {
    for (const keys of [this.#once, this.#again]) for (const key of keys) return key;
    return undefined;
  }
}
