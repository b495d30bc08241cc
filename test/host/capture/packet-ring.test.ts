import { describe, expect, it } from 'vitest';
import { SECOND } from '../../../src/base/time.ts';
import { deliverBlock, RingReader } from '../../../src/host/capture/packet-ring.ts';
import type { CapturedFrame } from '../../../src/net/frame.ts';

const BLOCK = 4096;
const ARP = 'ffffffffffff020000000099 0806 0001';
const TAGGED_10 = 'ffffffffffff020000000099 8100 200a 0806 0001';

interface Packet {
  hex: string;
  strippedVlan?: number;
  outgoing?: boolean;
}

/** A block as the kernel fills it (tpacket_block_desc, tpacket3_hdr, sockaddr_ll). */
function fill(ring: Uint8Array, start: number, packets: readonly Packet[]): void {
  const view = new DataView(ring.buffer, start);
  const HEADER = 48;
  const FRAME = 82;
  let at = HEADER;
  packets.forEach(({ hex, strippedVlan, outgoing = false }, i) => {
    const frame = Buffer.from(hex.replaceAll(' ', ''), 'hex');
    const next = (FRAME + frame.length + 7) & ~7;
    view.setUint32(at, i === packets.length - 1 ? 0 : next, true);
    view.setUint32(at + 4, 1_700_000_000, true);
    view.setUint32(at + 8, 123_456_750, true);
    view.setUint32(at + 12, frame.length, true);
    view.setUint32(at + 16, 60, true);
    view.setUint32(at + 20, strippedVlan === undefined ? 1 : 1 | 0x10 | 0x40, true);
    view.setUint16(at + 24, FRAME, true);
    view.setUint32(at + 32, 0x6000 | (strippedVlan ?? 0), true);
    view.setUint8(at + 48 + 10, outgoing ? 4 : 1);
    ring.set(frame, start + at + FRAME);
    at += next;
  });
  view.setUint32(12, packets.length, true);
  view.setUint32(16, HEADER, true);
  view.setUint32(20, at, true);
  view.setUint32(8, 1, true);
}

function deliver(reader: RingReader, leftOutVlans: readonly number[] = []) {
  const seen: {
    hex: string;
    at: number;
    wireLength: number;
    strippedVlan: number | null;
    outgoing: boolean;
  }[] = [];
  const frame: CapturedFrame = {
    bytes: new Uint8Array(0),
    start: 0,
    end: 0,
    wireLength: 0,
    at: 0,
    link: { interface: 'eth0', vlan: null },
    strippedVlan: null,
    outgoing: false,
  };
  const delivered = deliverBlock(reader.bytes, reader.words, {
    frame,
    handler: ({ bytes, start, end, at, wireLength, strippedVlan, outgoing }) => {
      const hex = Buffer.from(bytes.subarray(start, end)).toString('hex');
      seen.push({ hex, at, wireLength, strippedVlan, outgoing });
    },
    toTimeline: (at) => at + 5,
    leftOutVlans: new Set(leftOutVlans),
  });
  expect(delivered).toBe(seen.length);
  return seen;
}

describe('RingReader', () => {
  it('takes blocks in order, around the end, and gives each one back', () => {
    const ring = new Uint8Array(2 * BLOCK);
    const reader = new RingReader(ring, BLOCK);
    expect(reader.take()).toBe(false);
    for (const start of [0, BLOCK, 0]) {
      fill(ring, start, [{ hex: ARP }]);
      expect(reader.take()).toBe(true);
      expect(ring[start + 8]).toBe(0);
      expect(reader.take()).toBe(false);
      expect(deliver(reader)).toHaveLength(1);
    }
  });

  it('tells since when the next block waits, and gives it back unread', () => {
    const ring = new Uint8Array(2 * BLOCK);
    const reader = new RingReader(ring, BLOCK);
    expect([reader.nextAt(), reader.skip()]).toEqual([undefined, 0]);
    fill(ring, 0, [{ hex: ARP }, { hex: ARP }]);
    fill(ring, BLOCK, [{ hex: TAGGED_10 }]);
    expect(reader.nextAt()).toBe(1_700_000_000 * SECOND + 123_456.75);
    expect(reader.skip()).toBe(2);
    expect(ring[8]).toBe(0);
    expect(reader.take()).toBe(true);
    expect(deliver(reader)).toMatchObject([{ hex: TAGGED_10.replaceAll(' ', '') }]);
  });

  it('keeps what it took when the kernel fills the block again', () => {
    const ring = new Uint8Array(BLOCK);
    const reader = new RingReader(ring, BLOCK);
    fill(ring, 0, [{ hex: ARP }]);
    reader.take();
    ring.fill(0xee);
    expect(deliver(reader)[0]?.hex).toBe(ARP.replaceAll(' ', ''));
  });
});

describe('deliverBlock()', () => {
  function block(...packets: Packet[]): RingReader {
    const ring = new Uint8Array(BLOCK);
    fill(ring, 0, packets);
    const reader = new RingReader(ring, BLOCK);
    reader.take();
    return reader;
  }

  it('reads time, lengths, direction and the tag that was taken off', () => {
    const seen = deliver(block({ hex: ARP }, { hex: ARP, strippedVlan: 10 }, { hex: ARP, outgoing: true }));
    const hex = ARP.replaceAll(' ', '');
    const common = { hex, at: 1_700_000_000_123_456 + 5.75, wireLength: 60 };
    expect(seen).toEqual([
      { ...common, strippedVlan: null, outgoing: false },
      { ...common, strippedVlan: 10, outgoing: false },
      { ...common, strippedVlan: null, outgoing: true },
    ]);
  });

  it('leaves out a VLAN that its own interface delivers, however it is tagged and whoever sent it', () => {
    const reader = block(
      { hex: ARP, strippedVlan: 10 },
      { hex: TAGGED_10 },
      { hex: ARP, strippedVlan: 10, outgoing: true },
      { hex: TAGGED_10, outgoing: true },
      { hex: ARP, strippedVlan: 20 },
      { hex: TAGGED_10, strippedVlan: 20 },
      { hex: ARP },
      { hex: 'ffffffffffff020000000099 8100' },
    );
    expect(deliver(reader, [10]).map(({ strippedVlan }) => strippedVlan)).toEqual([20, 20, null, null]);
    expect(deliver(reader)).toHaveLength(8);
  });
});
