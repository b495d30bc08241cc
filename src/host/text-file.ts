// Reads a text file of any size piece by piece, also one that another process is just writing.
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** Bytes. */
const PIECE = 65_536;

/** What stands in the file is not read: it is none, or too long. */
class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile';
}

/**
 * Returns whether the file stayed the same meanwhile. Rejects with UnreadableFile or the system's error.
 * @param maxLength bytes; a longer file is not read at all.
 */
export async function readTextFile(
  path: string,
  maxLength: number,
  onText: (text: string) => void,
): Promise<boolean> {
  // Not waiting: a pipe would keep whoever opens it until somebody writes.
  await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const before = await stateOf(file);
  if (before.size > maxLength)
    throw new UnreadableFile(`it has ${before.size} bytes, more than the ${maxLength} that are read`);
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(PIECE);
  // Another process may write faster than it is read here.
  for (let read = 0; read < maxLength; ) {
    const { bytesRead } = await file.read(buffer, 0, PIECE);
    if (bytesRead === 0) break;
    read += bytesRead;
    onText(decoder.decode(buffer.subarray(0, bytesRead), { stream: true }));
  }
  onText(decoder.decode());
  const after = await stateOf(file);
  return before.size === after.size && before.mtimeMs === after.mtimeMs;
}

async function stateOf(file: FileHandle): Promise<{ readonly size: number; readonly mtimeMs: number }> {
  const stat = await file.stat();
  if (!stat.isFile()) throw new UnreadableFile('it is not a file');
  return stat;
}
