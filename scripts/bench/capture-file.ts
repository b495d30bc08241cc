// How fast a capture file is parsed: `node scripts/bench/capture-file.ts [FRAMES]`. Prints milliseconds for each of five runs.
import { CaptureReader } from '../../src/pcap/reader.ts';
import { pcapHeader, pcapRecord } from '../../src/pcap/writer.ts';

const FRAME_LENGTH = 60;
const CHUNK_LENGTH = 1024 * 1024;

const frames = Number(process.argv[2] ?? 1_000_000);
const record = pcapRecord(1_700_000_000_000_000, new Uint8Array(FRAME_LENGTH));
const file = new Uint8Array(pcapHeader().length + frames * record.length);
file.set(pcapHeader());
for (let i = 0; i < frames; i += 1) file.set(record, pcapHeader().length + i * record.length);

for (let run = 0; run < 5; run += 1) {
  const reader = new CaptureReader(() => {}, { interfaceName: 'lan' });
  const startedAt = performance.now();
  for (let at = 0; at < file.length; at += CHUNK_LENGTH) reader.push(file.subarray(at, at + CHUNK_LENGTH));
  const { frames: read } = reader.end();
  console.log(JSON.stringify({ frames: read, milliseconds: Math.round(performance.now() - startedAt) }));
}
