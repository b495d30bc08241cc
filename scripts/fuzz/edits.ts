// One to eight changes of a known input. Most random bytes fail at the first header and prove nothing.
import type { Random } from '../../lab/world/random.ts';
import { bytesOf } from './target.ts';

/** Of an input. Bytes. */
export const LONGEST = 4096;
const MOST_EDITS = 8;
/** Where a rule has a border. */
const EDGES = [0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 254, 255];
const WIDE_EDGES = [0, 1, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff];
const LONGEST_PIECE = 32;

type Edit = (bytes: Uint8Array, random: Random, context: EditContext) => Uint8Array;

export interface EditContext {
  /** Another known input, a piece of which may be taken over. */
  readonly other: Uint8Array;
  /** Half of the edits put one in, where there are any. */
  readonly words: readonly string[];
}

export function edited(input: Uint8Array, random: Random, context: EditContext): Uint8Array {
  let bytes = input;
  for (let left = random.between(1, MOST_EDITS); left > 0; left -= 1)
    bytes = random.pick(context.words.length > 0 && random.chance(0.5) ? WORD_EDITS : EDITS)(
      bytes,
      random,
      context,
    );
  return bytes.subarray(0, LONGEST);
}

const flip: Edit = (bytes, random) => changed(bytes, random, (byte) => byte ^ (1 << random.between(0, 7)));
const overwrite: Edit = (bytes, random) => changed(bytes, random, () => random.between(0, 255));
const edge: Edit = (bytes, random) => changed(bytes, random, () => random.pick(EDGES));
const step: Edit = (bytes, random) => changed(bytes, random, (byte) => byte + random.pick([-1, 1]));
const wide: Edit = (bytes, random) => {
  if (bytes.length < 2) return bytes;
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  view.setUint16(random.between(0, bytes.length - 2), random.pick(WIDE_EDGES), random.chance(0.3));
  return copy;
};
const insert: Edit = (bytes, random) => {
  const piece = random.chance(0.5)
    ? random.bytes(random.between(1, 4))
    : new Uint8Array(random.between(1, LONGEST_PIECE)).fill(random.pick(EDGES));
  return spliced(bytes, random.between(0, bytes.length), 0, piece);
};
const remove: Edit = (bytes, random) => {
  const at = random.between(0, bytes.length);
  return spliced(bytes, at, random.between(1, LONGEST_PIECE), new Uint8Array());
};
const repeat: Edit = (bytes, random) => {
  const from = random.between(0, bytes.length);
  const piece = bytes.subarray(from, from + random.between(1, LONGEST_PIECE));
  return spliced(bytes, random.between(0, bytes.length), 0, piece);
};
const graft: Edit = (bytes, random, { other }) => {
  const from = random.between(0, other.length);
  const piece = other.subarray(from, from + random.between(1, other.length));
  return spliced(bytes, random.between(0, bytes.length), random.chance(0.5) ? piece.length : 0, piece);
};
const cut: Edit = (bytes, random) => bytes.subarray(0, random.between(0, bytes.length));
const word: Edit = (bytes, random, { words }) => {
  const piece = bytesOf(random.pick(words));
  return spliced(
    bytes,
    random.between(0, bytes.length),
    random.chance(0.5) ? random.between(1, 12) : 0,
    piece,
  );
};

const EDITS: readonly Edit[] = [flip, flip, overwrite, edge, step, wide, insert, remove, repeat, graft, cut];
const WORD_EDITS: readonly Edit[] = [word];

function changed(bytes: Uint8Array, random: Random, change: (byte: number) => number): Uint8Array {
  if (bytes.length === 0) return bytes;
  const copy = bytes.slice();
  const at = random.between(0, bytes.length - 1);
  copy[at] = change(copy[at]!);
  return copy;
}

function spliced(bytes: Uint8Array, at: number, removed: number, piece: Uint8Array): Uint8Array {
  const rest = bytes.subarray(at + removed);
  const joined = new Uint8Array(at + piece.length + rest.length);
  joined.set(bytes.subarray(0, at));
  joined.set(piece, at);
  joined.set(rest, at + piece.length);
  return joined;
}
