// Feeds a capture file, or standard input, to a reader.
import { closeSync, openSync, readSync } from 'node:fs';
import { errnoWords } from '../../base/errno.ts';
import type { FrameHandler } from '../../net/frame.ts';
import { CaptureError } from '../../pcap/errors.ts';
import { type CaptureEnd, CaptureReader } from '../../pcap/reader.ts';

const CHUNK_LENGTH = 1024 * 1024;

export interface ReadCaptureOptions {
  /** A path, or `-` for standard input. */
  readonly path: string;
  /** For the frames' link, where the file doesn't name its interface. */
  readonly interfaceName: string;
  readonly handler: FrameHandler;
  /** Runs after each chunk's frames. */
  readonly onBatch?: () => void;
}

/** Throws CaptureError, whose message names the file and is one line. */
export async function readCapture(options: ReadCaptureOptions): Promise<CaptureEnd> {
  const { path, interfaceName, handler, onBatch = () => {} } = options;
  const reader = new CaptureReader(handler, { interfaceName });
  const push = (chunk: Uint8Array): void => {
    reader.push(chunk);
    onBatch();
  };
  try {
    if (path === '-') await readStandardInput(push);
    else readFile(path, push);
    return reader.end();
  } catch (error) {
    const name = path === '-' ? 'standard input' : path;
    if (error instanceof CaptureError) throw new CaptureError(`Cannot read ${name}: ${error.message}`);
    if (isSystemError(error))
      throw new CaptureError(`Cannot read ${name}: ${errnoWords(error.code) ?? error.code}`);
    throw error;
  }
}

/** Through Node's own stream: a library may have made the descriptor one that does not block, and a plain read then fails. */
async function readStandardInput(push: (chunk: Uint8Array) => void): Promise<void> {
  for await (const chunk of process.stdin) push(chunk as Uint8Array);
}

function readFile(path: string, push: (chunk: Uint8Array) => void): void {
  const file = openSync(path, 'r');
  try {
    const buffer = new Uint8Array(CHUNK_LENGTH);
    for (;;) {
      const length = readSync(file, buffer);
      if (length === 0) return;
      push(length === buffer.length ? buffer : buffer.subarray(0, length));
    }
  } finally {
    closeSync(file);
  }
}

/** Errors of the handler, which are bugs, must not be taken for those of the file. */
function isSystemError(error: unknown): error is { code: string } {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string';
}
