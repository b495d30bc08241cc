/** So that names of what is long gone don't pile up; texts forgotten are only held twice from then on. */
const CAPACITY = 65_536;

/** Gives back one copy of texts that many objects hold: every object that came over the network has its own. */
export class SharedText {
  readonly #texts = new Map<string, string>();

  share(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    if (this.#texts.size >= CAPACITY) this.#texts.clear();
    this.#texts.set(text, text);
    return text;
  }
}
