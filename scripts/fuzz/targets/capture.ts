// Capture files: whatever the file, frames or a CaptureError; and however it is cut into chunks, the same frames.
import { isDeepStrictEqual } from 'node:util';
import type { CapturedFrame } from '../../../src/net/frame.ts';
import { CaptureError } from '../../../src/pcap/errors.ts';
import { CaptureReader } from '../../../src/pcap/reader.ts';
import { pcapHeader, pcapRecord } from '../../../src/pcap/writer.ts';
import { law, type Target } from '../target.ts';

const CHUNKS = [1, 7, 64, 1_000_000];
const ARP = Uint8Array.from(
  Buffer.from(
    `ffffffffffff02000000001008060001080006040001020000000010c0a8010a000000000000c0a80132${'00'.repeat(18)}`,
    'hex',
  ),
);

interface Read {
  readonly frames: readonly object[];
  /** What it said at the end, or why it gave up. */
  readonly end: unknown;
}

function readInChunks(input: Uint8Array, size: number): Read {
  const frames: object[] = [];
  const reader = new CaptureReader(
    ({ bytes, start, end, wireLength, at, link, strippedVlan }: CapturedFrame) => {
      law(0 <= start && start <= end && end <= bytes.length, 'a frame lies within its buffer');
      law(Number.isFinite(at), 'a frame has a time');
      frames.push({ bytes: bytes.slice(start, end), wireLength, at, link: { ...link }, strippedVlan });
    },
    { interfaceName: 'eth0' },
  );
  try {
    for (let at = 0; at < input.length; at += size) reader.push(input.subarray(at, at + size));
    return { frames, end: reader.end() };
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    return { frames, end: error.message };
  }
}

export const capture: Target = {
  kind: 'bytes',
  seeds: [
    Buffer.concat([
      pcapHeader(),
      pcapRecord(1_772_000_000_000_000, ARP),
      pcapRecord(1_772_000_000_000_100, ARP),
    ]),
    pcapng(),
  ],
  run: (input) => {
    const [first, ...others] = CHUNKS.map((size) => readInChunks(input, size));
    for (const other of others) law(isDeepStrictEqual(other, first), 'chunks change nothing');
  },
};

/** A section, an interface, an enhanced and a simple packet. */
function pcapng(): Uint8Array {
  const block = (type: number, body: string) => {
    const content = Buffer.from(body, 'hex');
    const head = Buffer.alloc(8);
    head.writeUInt32LE(type, 0);
    head.writeUInt32LE(content.length + 12, 4);
    return Buffer.concat([head, content, head.subarray(4)]);
  };
  const frame = Buffer.from(ARP).toString('hex');
  const length = `${ARP.length.toString(16).padStart(2, '0')}000000`;
  return Buffer.concat([
    block(0x0a0d0d0a, '4d3c2b1a 0100 0000 ffffffffffffffff'.replaceAll(' ', '')),
    block(1, '0100 0000 00000400 0200 0400 65746830 0900 0100 09 000000 0000 0000'.replaceAll(' ', '')),
    block(6, `00000000 00000000 00000000 ${length} ${length} ${frame}`.replaceAll(' ', '')),
    block(3, `${length} ${frame}`.replaceAll(' ', '')),
  ]);
}
