// An answer that is ready: bytes in pieces, of which the network is given the next once it has taken the one before.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Pause } from '../tables/page.ts';

/** Bytes. Malloc gives back at once what is as large (host/memory.ts); smaller pieces leave holes that nobody fills. */
const PIECE_LENGTH = 256 * 1024;
/** Bytes: what the network is given at once, so that it shows how fast it takes them. */
const SLICE_LENGTH = 64 * 1024;
/** Bytes: about a millisecond's work, after which others have their turn. */
const TURN_LENGTH = 64 * 1024;

export class Pieces extends Readable {
  readonly #pieces: Uint8Array[];
  readonly length: number;
  /** Of the piece that is handed out now. */
  #handed = 0;
  #held: number;

  constructor(pieces: readonly Uint8Array[]) {
    // Whatever is read ahead waits in memory that nobody looks at.
    super({ highWaterMark: 1 });
    this.#pieces = [...pieces].reverse();
    this.length = pieces.reduce((sum, { length }) => sum + length, 0);
    this.#held = this.length;
  }

  /** Bytes that the network was not given yet. */
  get left(): number {
    return this.#held - this.#handed + this.readableLength;
  }

  /** Bytes of memory: a piece is held until the network has been given the whole of it. */
  get held(): number {
    return this.#held + this.readableLength;
  }

  /** Of all of it; to be asked for before anything is read. */
  get digest(): string {
    const hash = createHash('sha1');
    for (const piece of this.#pieces.toReversed()) hash.update(piece);
    return hash.digest('base64url');
  }

  override _read(): void {
    const piece = this.#pieces.at(-1);
    if (piece === undefined) {
      this.push(null);
      return;
    }
    const slice = piece.subarray(this.#handed, this.#handed + SLICE_LENGTH);
    this.#handed += slice.length;
    if (this.#handed === piece.length) {
      this.#pieces.pop();
      this.#held -= piece.length;
      this.#handed = 0;
    }
    this.push(slice);
  }

  override _destroy(error: Error | null, callBack: (error: Error | null) => void): void {
    this.#pieces.length = 0;
    this.#held = 0;
    this.#handed = 0;
    callBack(error);
  }
}

/** Writes texts down at once: those that are kept until a piece is full cost the garbage collector more than all the rest. */
export async function piecesOf(texts: Iterable<string>, pause: Pause): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  let piece = Buffer.allocUnsafe(PIECE_LENGTH);
  let used = 0;
  let sincePause = 0;
  for (const text of texts) {
    const length = Buffer.byteLength(text);
    if (used + length > piece.length) {
      if (used > 0) pieces.push(piece.subarray(0, used));
      piece = Buffer.allocUnsafe(Math.max(PIECE_LENGTH, length));
      used = 0;
    }
    used += piece.write(text, used);
    sincePause += length;
    if (sincePause < TURN_LENGTH) continue;
    sincePause = 0;
    await pause();
  }
  // A short answer holds no large piece while it waits.
  pieces.push(used < PIECE_LENGTH / 2 ? Buffer.from(piece.subarray(0, used)) : piece.subarray(0, used));
  return pieces;
}
