// A list's objects out of the bytes of the answer, each parsed by itself as soon as it is there: of a page of a hundred
// Nodes, some MiB once parsed, never more than one is held. What is around them, a few hundred bytes, is parsed last.
import { MalformedAnswer, parsed } from './body.ts';

/** Bytes of one object, or of all that is around the objects. */
const MAX_PART = 16 * 1024 * 1024;

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const SPACES: readonly number[] = [0x20, 0x09, 0x0a, 0x0d];

/** How deep something is in brackets: the document's own members, the list of objects, an object's members. */
const MEMBER = 1;
const ITEM = 2;
const INSIDE = 3;

/**
 * @param take is given the objects in their order, some at a time.
 * @returns the document without its objects. @throws MalformedAnswer; what was given until then stays given.
 */
export async function readList(
  body: AsyncIterable<Uint8Array>,
  take: (objects: readonly unknown[]) => void,
  most = MAX_PART,
): Promise<unknown> {
  const reader = new ListReader(most);
  for await (const chunk of body) {
    const objects = reader.push(chunk);
    if (objects.length > 0) take(objects);
  }
  return reader.end();
}

/** Follows brackets and texts only; whether it is JSON at all is for the parser to say. */
class ListReader {
  readonly #most: number;
  #depth = 0;
  #inItems = false;
  #inText = false;
  #escaped = false;
  /** Pieces of what is around the objects, and of the object that has begun. */
  #frame: Uint8Array[] = [];
  #object: Uint8Array[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  push(chunk: Uint8Array): unknown[] {
    const objects: unknown[] = [];
    /** Of what is not put aside yet. */
    let start = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at]!;
      if (this.#inText) {
        this.#readText(byte);
        continue;
      }
      switch (byte) {
        case QUOTE:
          this.#expectNoScalar();
          this.#inText = true;
          break;
        case OPEN_LIST:
        case OPEN_OBJECT:
          this.#depth += 1;
          if (this.#inItems) {
            if (this.#depth === INSIDE) start = at;
          } else if (this.#depth === ITEM && byte === OPEN_LIST) {
            this.#frame.push(chunk.subarray(start, at + 1));
            start = at + 1;
            this.#inItems = namesItems(this.#frame);
          }
          break;
        case CLOSE_LIST:
        case CLOSE_OBJECT:
          this.#depth -= 1;
          if (!this.#inItems) break;
          if (this.#depth === ITEM) {
            objects.push(parsed([...this.#object, chunk.subarray(start, at + 1)]));
            this.#object = [];
          } else if (this.#depth === MEMBER) {
            this.#inItems = false;
            start = at;
          }
          break;
        case COMMA:
          break;
        default:
          if (!SPACES.includes(byte)) this.#expectNoScalar();
      }
    }
    this.#putAside(chunk.subarray(start));
    return objects;
  }

  /** @throws MalformedAnswer */
  end(): unknown {
    return parsed(this.#frame);
  }

  #readText(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE) this.#inText = false;
  }

  /** Among the objects there is nothing else. */
  #expectNoScalar(): void {
    if (this.#inItems && this.#depth === ITEM) throw new MalformedAnswer('not a list of objects');
  }

  #putAside(rest: Uint8Array): void {
    // Between two objects there is nothing to keep.
    if (this.#inItems && this.#depth === ITEM) return;
    const pieces = this.#inItems ? this.#object : this.#frame;
    pieces.push(rest);
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (length > this.#most) throw new MalformedAnswer(`more than ${this.#most} bytes in one piece`);
  }
}

/** Whether the list that was just opened is the document's member `items`. */
function namesItems(frame: readonly Uint8Array[]): boolean {
  return /"items"\s*:\s*\[$/.test(Buffer.concat(frame).toString('utf8'));
}
