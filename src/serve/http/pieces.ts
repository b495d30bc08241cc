// An answer that is ready: bytes in pieces, of which the network is given the next once it has taken the one before.
import { Readable } from 'node:stream';
import type { Pause } from '../tables/page.ts';

/** Bytes: a millisecond's work, after which others have their turn. */
const PIECE_LENGTH = 64 * 1024;

export class Pieces extends Readable {
  readonly #pieces: Uint8Array[];
  readonly length: number;
  #left: number;

  constructor(pieces: readonly Uint8Array[]) {
    // Whatever is read ahead waits in memory that nobody looks at.
    super({ highWaterMark: 1 });
    this.#pieces = [...pieces].reverse();
    this.length = pieces.reduce((sum, { length }) => sum + length, 0);
    this.#left = this.length;
  }

  /** Bytes that the network was not given yet. */
  get left(): number {
    return this.#left + this.readableLength;
  }

  override _read(): void {
    const piece = this.#pieces.pop();
    this.#left -= piece?.length ?? 0;
    this.push(piece ?? null);
  }

  override _destroy(error: Error | null, callBack: (error: Error | null) => void): void {
    this.#pieces.length = 0;
    this.#left = 0;
    callBack(error);
  }
}

/** Writes texts into pieces, with a pause after each. */
export async function piecesOf(texts: Iterable<string>, pause: Pause): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  let text = '';
  for (const one of texts) {
    text += one;
    if (text.length < PIECE_LENGTH) continue;
    pieces.push(Buffer.from(text));
    text = '';
    await pause();
  }
  pieces.push(Buffer.from(text));
  return pieces;
}
