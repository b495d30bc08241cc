// Lines out of pieces of text, each of bounded length.

/** Characters. No line of a lease table is longer; of one that is, the rest is dropped. */
const MAX_LINE = 16_384;

export class Lines {
  readonly #onLine: (line: string, isWhole: boolean) => void;
  #rest = '';

  /** @param onLine told of each line without its end; one that the text breaks off is not whole. */
  constructor(onLine: (line: string, isWhole: boolean) => void) {
    this.#onLine = onLine;
  }

  add(text: string): void {
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      const piece = text.slice(from, Math.min(end, from + MAX_LINE));
      const line = this.#rest === '' ? piece : this.#rest + piece;
      this.#rest = '';
      from = end + 1;
      this.#onLine(withoutReturn(line.slice(0, MAX_LINE)), true);
    }
    if (this.#rest.length < MAX_LINE) this.#rest += text.slice(from, from + MAX_LINE - this.#rest.length);
  }

  /** The text is over. */
  finish(): void {
    const rest = this.#rest;
    this.#rest = '';
    if (rest !== '') this.#onLine(withoutReturn(rest), false);
  }
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
