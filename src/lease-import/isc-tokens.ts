// The words of ISC dhcpd's files, out of pieces of text: names, strings, braces and semicolons; comments and commas are dropped.

export type IscToken =
  /** `text` of a string is what stands between the quotes, escapes and all. */
  { readonly kind: 'word' | 'string'; readonly text: string } | { readonly kind: '{' | '}' | ';' };

/** Characters; of a longer word or string the rest is dropped. */
const MAX_TOKEN = 4_096;

type Place = 'between' | 'word' | 'string' | 'escape' | 'comment';

export class IscTokens {
  readonly #onToken: (token: IscToken) => void;
  #place: Place = 'between';
  #text = '';

  constructor(onToken: (token: IscToken) => void) {
    this.#onToken = onToken;
  }

  add(text: string): void {
    for (const character of text) this.#next(character);
  }

  /** The text is over. Whether it ended within a string. */
  finish(): boolean {
    const isOpen = this.#place === 'string' || this.#place === 'escape';
    if (this.#place === 'word') this.#endWord();
    this.#place = 'between';
    return isOpen;
  }

  #next(character: string): void {
    switch (this.#place) {
      case 'comment':
        if (character === '\n') this.#place = 'between';
        return;
      case 'escape':
        this.#keep(character);
        this.#place = 'string';
        return;
      case 'string':
        if (character === '"') return this.#end('string');
        this.#keep(character);
        if (character === '\\') this.#place = 'escape';
        return;
      case 'word':
        if (!isDelimiter(character)) return this.#keep(character);
        this.#endWord();
        return this.#between(character);
      case 'between':
        return this.#between(character);
      default:
        this.#place satisfies never;
    }
  }

  #between(character: string): void {
    if (character === '{' || character === '}' || character === ';') this.#onToken({ kind: character });
    else if (character === '"') this.#begin('string', '');
    else if (character === '#') this.#place = 'comment';
    else if (!isDelimiter(character)) this.#begin('word', character);
  }

  #begin(place: Place, text: string): void {
    this.#place = place;
    this.#text = text;
  }

  #keep(character: string): void {
    if (this.#text.length < MAX_TOKEN) this.#text += character;
  }

  #endWord(): void {
    this.#end('word');
  }

  #end(kind: 'word' | 'string'): void {
    this.#place = 'between';
    this.#onToken({ kind, text: this.#text });
    this.#text = '';
  }
}

function isDelimiter(character: string): boolean {
  return /[\s,;{}"#]/.test(character);
}

/** The bytes that a string stands for: `\ooo` is one in octal, `\n` and the like one each, any other escaped character itself. */
export function bytesOfString(text: string): Uint8Array {
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  for (const [part, octal, escaped] of text.matchAll(/\\([0-7]{1,3})|\\(.)|[^\\]+|\\/gsu)) {
    if (octal !== undefined) bytes.push(Number.parseInt(octal, 8) & 0xff);
    else if (escaped !== undefined) bytes.push(...encoder.encode(CONTROLS[escaped] ?? escaped));
    else bytes.push(...encoder.encode(part));
  }
  return Uint8Array.from(bytes);
}

const CONTROLS: Readonly<Record<string, string>> = { t: '\t', r: '\r', n: '\n', b: '\b' };
