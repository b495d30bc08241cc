import { readFileSync } from 'node:fs';
import { copyOfBytes } from '../src/net/bytes.ts';
import { CaptureReader } from '../src/pcap/reader.ts';

/** The frames of a capture file, each in its own bytes. */
export function framesOf(path: string): Uint8Array[] {
  const frames: Uint8Array[] = [];
  const reader = new CaptureReader(({ bytes, start, end }) => frames.push(copyOfBytes(bytes, start, end)), {
    interfaceName: 'test',
  });
  reader.push(readFileSync(path));
  reader.end();
  return frames;
}
