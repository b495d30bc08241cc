// Frames to the whole judge: it never throws, and all that it says can be told, written to the journal and read from it.
// An input is a row of frames: two bytes of length, one of the time before it, one of how it came, then the frame.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Compile } from 'typebox/compile';
import { encode, parse, ROWS, type RowKind } from '../../../src/journal/rows.ts';
import type { CapturedFrame } from '../../../src/net/frame.ts';
import { CaptureReader } from '../../../src/pcap/reader.ts';
import { renderEvent } from '../../../src/serve/render/render.ts';
import { MAX_EVIDENCE } from '../../../src/watch/finding/finding.ts';
import { INTENT, Lan } from '../../../test/watch/lan.ts';
import { rightFrame } from '../checksums.ts';
import { law, type Target } from '../target.ts';

const HEAD = 4;
/** Milliseconds before a frame, by the third byte's low bits. */
const PAUSES = [0, 0, 1, 20, 300, 2_000, 20_000, 200_000];
const OUTGOING = 1;
const TAGGED = 2;
const REPAIRED = 4;
/** A rule that is due a while after the last frame. Milliseconds. */
const AFTERWARDS = 100_000;

const DATA = join(import.meta.dirname, '../../../test/data');
const CAPTURES = [
  'wire/lease-conflict.pcap',
  'wire/pool-address-taken.pcap',
  'home-lan-phone-gets-vip.pcap',
  'cases/lan/dhcpv6-request-for-vip.pcap',
];

const checks = new Map(Object.entries(ROWS).map(([kind, schema]) => [kind as RowKind, Compile(schema)]));

function keeps(kind: RowKind, rows: Iterable<object>): void {
  const check = checks.get(kind)!;
  for (const row of rows) {
    const written = parse(encode(row, 0));
    law(
      check.Check(written),
      `the journal reads the ${kind} that it wrote`,
      JSON.stringify(check.Errors(written)[0]),
    );
  }
}

export const watcher: Target = {
  kind: 'bytes',
  seeds: CAPTURES.map((file) => asInput(readFileSync(join(DATA, file)))),
  run: (input) => {
    const lan = new Lan(INTENT);
    for (let at = 0; at + HEAD <= input.length; ) {
      const length = ((input[at]! << 8) | input[at + 1]!) & 0x7ff;
      const how = input[at + 3]!;
      lan.wait(PAUSES[input[at + 2]! & 7]!);
      const frame = input.slice(at + HEAD, at + HEAD + length);
      if (how & REPAIRED) rightFrame(frame);
      lan.frame(frame, { outgoing: (how & OUTGOING) !== 0, ...(how & TAGGED && { strippedVlan: how >> 3 }) });
      at += HEAD + length;
    }
    lan.wait(AFTERWARDS).finish();
    const iso = (time: number) => new Date(time / 1000).toISOString();
    for (const event of lan.events) JSON.parse(JSON.stringify(renderEvent(event, iso)));
    const { watcher: judge } = lan;
    for (const { evidence } of judge.findings()) law(evidence.length <= MAX_EVIDENCE, 'evidence is bounded');
    keeps('finding', judge.findings());
    keeps('takeover', judge.takeovers());
    keeps('dhcp-server', judge.dhcpServers());
    keeps('lease', judge.leases());
    keeps('claim', judge.claims());
  },
};

function asInput(file: Uint8Array): Uint8Array {
  const pieces: Uint8Array[] = [];
  const take = ({ bytes, start, end }: CapturedFrame) => {
    const length = Math.min(end - start, 0x7ff);
    pieces.push(Uint8Array.of(length >> 8, length & 0xff, 4, REPAIRED), bytes.slice(start, start + length));
  };
  const reader = new CaptureReader(take, { interfaceName: 'eth0' });
  reader.push(file);
  reader.end();
  return Buffer.concat(pieces).subarray(0, 4096);
}
