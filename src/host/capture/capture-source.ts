// Feeds a capture file, or standard input, to a reader; what is compressed by gzip or zstd goes through Node's own streams, so
// that memory stays flat whatever is in it.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { errnoWords } from '../../base/errno.ts';
import { uint32At } from '../../net/bytes.ts';
import type { FrameHandler } from '../../net/frame.ts';
import { COMPRESSION_MAGIC_LENGTH, compressionOf } from '../../pcap/compression.ts';
import { CaptureError } from '../../pcap/errors.ts';
import { type CaptureEnd, CaptureReader } from '../../pcap/reader.ts';

const CHUNK_LENGTH = 1024 * 1024;

/** How far a file is read. */
export interface ReadingProgress {
  /** Bytes, as they are in the file. */
  readonly read: number;
  /** The file's length in bytes; null where it is not known. */
  readonly length: number | null;
}

export interface ReadCaptureOptions {
  /** A path, or `-` for standard input. */
  readonly path: string;
  /** For the frames' link, where the file doesn't name its interface. */
  readonly interfaceName: string;
  readonly handler: FrameHandler;
  /** Runs after each chunk's frames. */
  readonly onBatch?: (progress: ReadingProgress) => void;
}

/** Throws CaptureError, whose message names the file and is one line. */
export async function readCapture(options: ReadCaptureOptions): Promise<CaptureEnd> {
  const { path, interfaceName, handler, onBatch = () => {} } = options;
  const reader = new CaptureReader(handler, { interfaceName });
  const source = path === '-' ? new StandardInput() : new File(path);
  const push = (chunk: Uint8Array): void => {
    reader.push(chunk);
    onBatch({ read: source.read, length: source.length });
  };
  try {
    using _ = source;
    const isCutShort = await readInto(push, source.chunks());
    const end = reader.end();
    return isCutShort
      ? { ...end, truncated: 'the compressed file ends early: its content up to there was read' }
      : end;
  } catch (error) {
    const name = path === '-' ? 'standard input' : path;
    if (error instanceof CaptureError) throw new CaptureError(`Cannot read ${name}: ${error.message}`);
    if (isSystemError(error))
      throw new CaptureError(`Cannot read ${name}: ${errnoWords(error.code) ?? error.code}`);
    throw error;
  }
}

/** A source of bytes; each chunk is valid until the next is asked for. */
interface ByteSource extends Disposable {
  readonly read: number;
  readonly length: number | null;
  chunks(): AsyncIterable<Uint8Array>;
}

/** Through Node's own stream: a library may have made the descriptor one that does not block, and a plain read then fails. */
class StandardInput implements ByteSource {
  readonly length = null;
  read = 0;

  async *chunks(): AsyncGenerator<Uint8Array> {
    for await (const chunk of process.stdin as AsyncIterable<Uint8Array>) {
      this.read += chunk.length;
      yield chunk;
    }
  }

  [Symbol.dispose](): void {}
}

class File implements ByteSource {
  readonly #path: string;
  #descriptor: number | null = null;
  length: number | null = null;
  read = 0;

  constructor(path: string) {
    this.#path = path;
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    const file = openSync(this.#path, 'r');
    this.#descriptor = file;
    const stat = fstatSync(file);
    this.length = stat.isFile() ? stat.size : null;
    const buffer = new Uint8Array(CHUNK_LENGTH);
    for (;;) {
      const length = readSync(file, buffer);
      if (length === 0) return;
      this.read += length;
      yield buffer.subarray(0, length);
    }
  }

  [Symbol.dispose](): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
  }
}

/** True where a compressed source ended before its time. */
async function readInto(
  push: (chunk: Uint8Array) => void,
  chunks: AsyncIterable<Uint8Array>,
): Promise<boolean> {
  const iterator = chunks[Symbol.asyncIterator]();
  const head = await headOf(iterator);
  const unpack = unpackerOf(head);
  if (unpack) return decompressInto(push, unpack, head, iterator);
  if (head.length > 0) push(head);
  for await (const chunk of { [Symbol.asyncIterator]: () => iterator }) push(chunk);
  return false;
}

/** As many chunks together as it takes to know the format by: one, unless a pipe gives single bytes. */
async function headOf(iterator: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for (let length = 0; length < COMPRESSION_MAGIC_LENGTH; length += chunks.at(-1)!.length) {
    const { value, done } = await iterator.next();
    if (done) break;
    chunks.push(new Uint8Array(value));
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

function unpackerOf(head: Uint8Array): Transform | undefined {
  if (head.length < COMPRESSION_MAGIC_LENGTH) return undefined;
  const compression = compressionOf(uint32At(head, 0));
  if (compression?.name === 'gzip') return createGunzip({ chunkSize: CHUNK_LENGTH });
  if (compression?.name === 'zstd') return createZstdDecompress({ chunkSize: CHUNK_LENGTH });
  return undefined;
}

async function decompressInto(
  push: (chunk: Uint8Array) => void,
  unpack: Transform,
  head: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
): Promise<boolean> {
  // The stream reads ahead while its decompressor still holds the chunk before.
  async function* packed(): AsyncGenerator<Uint8Array> {
    yield head;
    for await (const chunk of { [Symbol.asyncIterator]: () => rest }) yield new Uint8Array(chunk);
  }
  try {
    await pipeline(Readable.from(packed()), unpack, async (unpacked: AsyncIterable<Uint8Array>) => {
      for await (const chunk of unpacked) push(chunk);
    });
    return false;
  } catch (error) {
    if (!isCompressionError(error)) throw error;
    if (error.code === 'Z_BUF_ERROR') return true;
    throw new CaptureError(`the file is damaged: it cannot be decompressed (${error.code})`);
  }
}

/** Errors of the handler, which are bugs, must not be taken for those of the file. */
function isSystemError(error: unknown): error is { code: string } {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string';
}

function isCompressionError(error: unknown): error is { code: string } {
  return (
    error instanceof Error && 'errno' in error && 'code' in error && /^Z(STD)?_/.test(String(error.code))
  );
}
