// A JSON document out of pieces of text, of which one list may be long: its items are handed out one after the other, so that never
// the whole is there as text and as objects at once.
import { type Reading, read, unreadable } from './imported.ts';

export interface LongList {
  /** The list is right below it, in the object that the document is. */
  readonly key: string;
  /** Told of each before it is known whether the document is whole. */
  readonly onItem: (item: unknown) => void;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const SPACE = 0x20;
/** How deep the keys of the document's own object are. */
const KEYS = 1;
/** What stands for an item in the rest of the document. */
const STAND_IN = '0';

export class JsonReader {
  readonly #list: LongList | null;
  /** The document with a stand-in for each item, so that the rest of it is parsed, commas and all. */
  #rest = '';
  /** Of the item that has begun. */
  #item = '';
  #isInList = false;
  #isInString = false;
  #isEscaped = false;
  #depth = 0;
  /** The last string with its quotes, as far as earlier pieces had it; empty: something else came after it. */
  #string = '';
  /** The list's key and its colon were there: an opening bracket is that of the list. */
  #isAwaited = false;
  #isBroken = false;

  constructor(list: LongList | null = null) {
    this.#list = list;
  }

  add(text: string): void {
    if (this.#list === null) this.#rest += text;
    else if (!this.#isBroken) this.#scan(text, this.#list);
  }

  /** The text is over: what it holds, with a stand-in for each item of the long list. */
  finish(): Reading<unknown> {
    try {
      if (!this.#isBroken) return read(JSON.parse(this.#rest));
    } catch {
      // Told below.
    }
    const isHtml = this.#rest.trimStart().startsWith('<');
    return unreadable(isHtml ? 'it answers HTML, not JSON' : 'its answer is not JSON');
  }

  #scan(text: string, list: LongList): void {
    /** Where what is not kept yet begins, and the string. */
    let from = 0;
    let stringFrom = 0;
    for (let i = 0; i < text.length; i += 1) {
      const code = text.charCodeAt(i);
      if (this.#isInString) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (code === BACKSLASH) this.#isEscaped = true;
        else if (code === QUOTE) {
          this.#isInString = false;
          this.#string += text.slice(stringFrom, i + 1);
        }
      } else if (code === QUOTE) {
        this.#isInString = true;
        this.#string = '';
        stringFrom = i;
      } else if (this.#isInList) {
        const isEnd = this.#depth === 0 && (code === COMMA || code === CLOSE_LIST);
        if (!isEnd) {
          this.#depth += stepOf(code);
          continue;
        }
        this.#endItem(text.slice(from, i), list);
        if (this.#isBroken) return;
        from = i;
        if (code === CLOSE_LIST) {
          this.#isInList = false;
          this.#depth = KEYS;
        } else {
          this.#rest += ',';
          from = i + 1;
        }
      } else if (code === OPEN_LIST && this.#isAwaited) {
        this.#rest += text.slice(from, i + 1);
        from = i + 1;
        this.#isInList = true;
        this.#isAwaited = false;
        this.#depth = 0;
      } else if (code > SPACE) {
        this.#isAwaited = code === COLON && this.#depth === KEYS && isKey(this.#string, list.key);
        this.#string = '';
        this.#depth += stepOf(code);
      }
    }
    if (this.#isInString) this.#string += text.slice(stringFrom);
    if (this.#isInList) this.#item += text.slice(from);
    else this.#rest += text.slice(from);
  }

  #endItem(end: string, { onItem }: LongList): void {
    const text = this.#item + end;
    this.#item = '';
    // No item, which only an empty list may have: the rest tells.
    if (text.trim() === '') return;
    let item: unknown;
    try {
      item = JSON.parse(text);
    } catch {
      this.#isBroken = true;
      return;
    }
    this.#rest += STAND_IN;
    onItem(item);
  }
}

function stepOf(code: number): number {
  if (code === OPEN_LIST || code === OPEN_OBJECT) return 1;
  return code === CLOSE_LIST || code === CLOSE_OBJECT ? -1 : 0;
}

/** Both quotes are part of the text, in which any letter may be written as an escape. */
function isKey(text: string, key: string): boolean {
  if (text === '') return false;
  try {
    return JSON.parse(text) === key;
  } catch {
    return false;
  }
}
