// One copy of what many objects hold: every object that came over the network has its own.

/** So that what is long gone doesn't pile up; values forgotten are only held twice from then on. */
const CAPACITY = 65_536;

export class Interning {
  readonly #texts = new Map<string, string>();
  /** By what they say. */
  readonly #lists = new Map<string, readonly object[]>();

  text(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    if (this.#texts.size >= CAPACITY) this.#texts.clear();
    this.#texts.set(text, text);
    return text;
  }

  /** Worth it for short lists that hardly differ, like the ports of Services. */
  list<Item extends object>(items: readonly Item[]): readonly Item[] {
    const key = JSON.stringify(items);
    const known = this.#lists.get(key);
    if (known !== undefined) return known as readonly Item[];
    if (this.#lists.size >= CAPACITY) this.#lists.clear();
    this.#lists.set(key, items);
    return items;
  }
}
