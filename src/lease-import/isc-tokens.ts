// The words of ISC dhcpd's files, out of pieces of text: names, strings, braces and semicolons; comments and commas are dropped.

export type IscToken =
  /** `text` of a string is what stands between the quotes, escapes and all. */
  { readonly kind: 'word' | 'string'; readonly text: string } | { readonly kind: '{' | '}' | ';' };

/** Characters; of a longer word or string the rest is dropped. */
const MAX_TOKEN = 4_096;

type Place = 'between' | 'word' | 'string' | 'escape' | 'comment';

const NEWLINE = 0x0a;
const SPACE = 0x20;
const QUOTE = 0x22;
const HASH = 0x23;
const COMMA = 0x2c;
const SEMICOLON = 0x3b;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;

export class IscTokens {
  readonly #onToken: (token: IscToken) => void;
  #place: Place = 'between';
  /** Of a word or string, what earlier pieces of text had of it. */
  #begun = '';

  constructor(onToken: (token: IscToken) => void) {
    this.#onToken = onToken;
  }

  add(text: string): void {
    let from = 0;
    for (let i = 0; i < text.length; i += 1) {
      const code = text.charCodeAt(i);
      switch (this.#place) {
        case 'comment':
          if (code === NEWLINE) this.#place = 'between';
          break;
        case 'escape':
          this.#place = 'string';
          break;
        case 'string':
          if (code === BACKSLASH) this.#place = 'escape';
          else if (code === QUOTE) this.#end('string', text.slice(from, i));
          break;
        case 'word':
          if (!isDelimiter(code)) break;
          this.#end('word', text.slice(from, i));
          from = this.#between(code, i);
          break;
        case 'between':
          from = this.#between(code, i);
          break;
        default:
          this.#place satisfies never;
      }
    }
    if (this.#place !== 'between' && this.#place !== 'comment') this.#keep(text.slice(from));
  }

  /** The text is over. Whether it ended within a string. */
  finish(): boolean {
    const isOpen = this.#place === 'string' || this.#place === 'escape';
    if (this.#place === 'word') this.#end('word', '');
    this.#place = 'between';
    return isOpen;
  }

  /** Returns where the text of what begins here begins. */
  #between(code: number, at: number): number {
    if (code === OPEN) this.#onToken(BRACE_OPEN);
    else if (code === CLOSE) this.#onToken(BRACE_CLOSE);
    else if (code === SEMICOLON) this.#onToken(END_OF_STATEMENT);
    else if (code === HASH) this.#place = 'comment';
    else if (code === QUOTE) {
      this.#place = 'string';
      return at + 1;
    } else if (!isDelimiter(code)) this.#place = 'word';
    return at;
  }

  #keep(text: string): void {
    this.#begun += text.slice(0, Math.max(0, MAX_TOKEN - this.#begun.length));
  }

  #end(kind: 'word' | 'string', rest: string): void {
    this.#keep(rest);
    this.#place = 'between';
    const text = this.#begun;
    this.#begun = '';
    this.#onToken({ kind, text });
  }
}

const BRACE_OPEN: IscToken = { kind: '{' };
const BRACE_CLOSE: IscToken = { kind: '}' };
const END_OF_STATEMENT: IscToken = { kind: ';' };

function isDelimiter(code: number): boolean {
  if (code <= SPACE) return true;
  return (
    code === SEMICOLON || code === OPEN || code === CLOSE || code === COMMA || code === QUOTE || code === HASH
  );
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
