import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CaptureError } from '../../src/pcap/errors.ts';
import { type CaptureEnd, CaptureReader } from '../../src/pcap/reader.ts';
import { pcapHeader, pcapRecord } from '../../src/pcap/writer.ts';
import { captureFile, ownCapture } from '../captures.ts';

interface Read {
  frames: { hex: string; wireLength: number; at: number; interface: string; outgoing: boolean }[];
  end: CaptureEnd;
}

function read(file: Uint8Array, chunkLength = file.length || 1): Read {
  const frames: Read['frames'] = [];
  const reader = new CaptureReader(
    ({ bytes, start, end, wireLength, at, link, outgoing }) => {
      const hex = Buffer.from(bytes.subarray(start, end)).toString('hex');
      frames.push({ hex, wireLength, at, interface: link.interface, outgoing });
    },
    { interfaceName: 'lan' },
  );
  // The chunk is overwritten each time, as a reading buffer would be.
  const chunk = new Uint8Array(chunkLength);
  for (let at = 0; at < file.length; at += chunkLength) {
    const piece = file.subarray(at, at + chunkLength);
    chunk.set(piece);
    reader.push(chunk.subarray(0, piece.length));
    chunk.fill(0xee);
  }
  return { frames, end: reader.end() };
}

function bytes(...parts: string[]): Uint8Array {
  return new Uint8Array(Buffer.from(parts.join('').replaceAll(' ', ''), 'hex'));
}

const HOME = readFileSync(ownCapture('home-lan-phone-gets-vip.pcap'));

describe('CaptureReader with pcap', () => {
  // Timestamp 1700000000.123456[789], captured 2 of 60 bytes.
  const SIZES = '00000002 0000003c';
  const cases = [
    [
      'microseconds, big-endian',
      'a1b2c3d4 0002 0004 00000000 00000000 00040000 00000001',
      `6553f100 0001e240 ${SIZES} abcd`,
      0.456,
    ],
    [
      'nanoseconds, big-endian',
      'a1b23c4d 0002 0004 00000000 00000000 00040000 00000001',
      `6553f100 075bcd15 ${SIZES} abcd`,
      0.789,
    ],
    [
      'microseconds, little-endian',
      'd4c3b2a1 0200 0400 00000000 00000000 00000400 01000000',
      '00f15365 40e20100 02000000 3c000000 abcd',
      0.456,
    ],
    [
      'nanoseconds, little-endian',
      '4d3cb2a1 0200 0400 00000000 00000000 00000400 01000000',
      '00f15365 15cd5b07 02000000 3c000000 abcd',
      0.789,
    ],
  ] as const;
  it.each(cases)('reads %s', (name, header, record) => {
    const { frames, end } = read(bytes(header, record));
    expect(end).toEqual({ frames: 1, truncated: null });
    expect(frames[0]).toMatchObject({ hex: 'abcd', wireLength: 60, interface: 'lan', outgoing: false });
    expect(Math.floor(frames[0]!.at)).toBe(1_700_000_000_123_456);
    // The fraction is kept as far as a double holds it: to a quarter of a microsecond.
    expect(frames[0]!.at % 1).toBe(name.startsWith('nano') ? 0.75 : 0);
  });

  it('reads what the writer wrote', () => {
    const at = 1_700_000_000_123_456;
    const file = Buffer.concat([
      pcapHeader(),
      pcapRecord(at, bytes('0102')),
      pcapRecord(at + 1, bytes('03'), 99),
    ]);
    expect(read(file).frames).toEqual([
      { hex: '0102', wireLength: 2, at, interface: 'lan', outgoing: false },
      { hex: '03', wireLength: 99, at: at + 1, interface: 'lan', outgoing: false },
    ]);
  });

  it('takes a header without packets', () => {
    expect(read(pcapHeader())).toEqual({ frames: [], end: { frames: 0, truncated: null } });
  });

  it.each([1, 2, 7, 16, 59, 1000])('reads the same in chunks of %i bytes', (chunkLength) => {
    expect(read(HOME, chunkLength)).toEqual(read(HOME));
  });

  it('reads a record that spans many chunks', () => {
    const large = new Uint8Array(300_000).map((_, i) => i);
    const file = Buffer.concat([pcapHeader(), pcapRecord(0, large), pcapRecord(1, bytes('aa'))]);
    const { frames } = read(file, 4096);
    expect(frames.map(({ hex }) => hex)).toEqual([Buffer.from(large).toString('hex'), 'aa']);
  });

  it('delivers what is there of a file cut anywhere, and says that it is cut', () => {
    const whole = read(HOME).frames;
    for (let length = 24; length < HOME.length; length += 1) {
      const { frames, end } = read(HOME.subarray(0, length));
      expect(frames).toEqual(whole.slice(0, frames.length));
      const boundary = frames.reduce((at, { hex }) => at + 16 + hex.length / 2, 24);
      expect(end.truncated).toBe(
        boundary === length
          ? null
          : `the file ends within a record: its last ${length - boundary} bytes were left out`,
      );
    }
  });

  it('does not believe a length that lies', () => {
    const file = Buffer.concat([pcapHeader(), bytes('00000000 00000000 ffffffff ffffffff')]);
    expect(() => read(file)).toThrow(
      new CaptureError('damaged: record 1 claims to be 4294967295 bytes long'),
    );
  });
});

describe('CaptureReader refuses', () => {
  const wifi = Buffer.from(pcapHeader());
  wifi.writeUInt32LE(105, 20);
  const compressed = (command: string) =>
    `the file is compressed: decompress it first, e.g. \`${command} FILE | vipwatch replay … -\``;
  const version = Buffer.from(pcapHeader());
  version.writeUInt16LE(1, 4);
  it.each([
    ['an empty file', bytes(), 'the file is empty'],
    ['a file of three bytes', bytes('d4c3b2'), 'the file ends within its header'],
    ['half a header', pcapHeader().subarray(0, 12), 'the file ends within its header'],
    ['half a pcapng header', bytes('0a0d0d0a 1c000000 4d3c2b1a'), 'the file ends within its header'],
    ['text', Buffer.from('apiVersion: v1\n'), 'not a pcap or pcapng file'],
    [
      'gzip',
      bytes('1f8b0800 00000000'),
      'the file is compressed: decompress it first, e.g. `gunzip -c FILE | vipwatch replay … -`',
    ],
    ['zstd', bytes('28b52ffd 00000000'), compressed('zstd -dc')],
    ['zstd after a frame to skip', bytes('5f2a4d18 00000000'), compressed('zstd -dc')],
    ['xz', bytes('fd377a58 5a000000'), compressed('xz -dc')],
    ['bzip2', bytes('425a6839 31415926'), compressed('bzip2 -dc')],
    ['lz4', bytes('04224d18 00000000'), compressed('lz4 -dc')],
    ['zip', bytes('504b0304 00000000'), compressed('unzip -p')],
    ['pcap version 1', version, 'pcap version 1 is not supported: expected 2'],
    [
      'another link type',
      wifi,
      'link type 105 (IEEE 802.11) is not supported: capture on an Ethernet interface (tcpdump -i eth0), or on all (tcpdump -i any)',
    ],
  ])('%s', (_, file, message) => {
    expect(() => read(file)).toThrow(new CaptureError(message));
  });
});

/** Builds pcapng blocks in either byte order. */
function pcapng(littleEndian: boolean) {
  const number = (length: 2 | 4 | 8, value: number | bigint): Buffer => {
    const field = Buffer.alloc(8);
    field.writeBigInt64BE(BigInt(value));
    const big = field.subarray(8 - length);
    return littleEndian ? big.reverse() : big;
  };
  const pad = (data: Uint8Array): Buffer => Buffer.concat([data, Buffer.alloc(-data.length & 3)]);
  const option = (code: number, data: Uint8Array): Buffer =>
    Buffer.concat([number(2, code), number(2, data.length), pad(data)]);
  const block = (type: number, ...parts: Uint8Array[]): Buffer => {
    const body = Buffer.concat(parts);
    const length = number(4, 12 + body.length);
    return Buffer.concat([number(4, type), length, body, length]);
  };
  const stamp = (units: bigint): Buffer =>
    Buffer.concat([number(4, units >> 32n), number(4, units & 0xffffffffn)]);
  return {
    number,
    option,
    block,
    section: () => block(0x0a0d0d0a, number(4, 0x1a2b3c4d), number(2, 1), number(2, 0), number(8, -1)),
    /** An interface description. */
    iface: (linkType: number, ...options: Uint8Array[]) =>
      block(1, number(2, linkType), number(2, 0), number(4, 262144), ...options),
    packet: (id: number, units: bigint, data: Uint8Array, ...options: Uint8Array[]) =>
      block(6, number(4, id), stamp(units), number(4, data.length), number(4, 60), pad(data), ...options),
    oldPacket: (id: number, units: bigint, data: Uint8Array) =>
      block(2, number(2, id), number(2, 7), stamp(units), number(4, data.length), number(4, 60), pad(data)),
    simplePacket: (wireLength: number, data: Uint8Array) => block(3, number(4, wireLength), pad(data)),
  };
}

const MICROS = 1_700_000_000_123_456n;
const DATA = bytes('0102030405');

describe.each([
  ['little-endian', true],
  ['big-endian', false],
])('CaptureReader with pcapng, %s', (_, littleEndian) => {
  const { block, iface, number, oldPacket, option, packet, section, simplePacket } = pcapng(littleEndian);
  const at = Number(MICROS);

  it('reads enhanced, old and simple packets and skips other blocks', () => {
    const file = Buffer.concat([
      section(),
      iface(1, option(2, Buffer.from('eth0')), option(0, Buffer.alloc(0))),
      block(5, Buffer.alloc(16)),
      packet(0, MICROS, DATA),
      block(0x0bad, Buffer.alloc(40)),
      oldPacket(0, MICROS + 1n, DATA),
      simplePacket(3, bytes('0a0b0c')),
    ]);
    expect(read(file).frames).toEqual([
      { hex: '0102030405', wireLength: 60, at, interface: 'eth0', outgoing: false },
      { hex: '0102030405', wireLength: 60, at: at + 1, interface: 'eth0', outgoing: false },
      { hex: '0a0b0c', wireLength: 3, at: at + 1, interface: 'eth0', outgoing: false },
    ]);
    for (const chunkLength of [1, 3, 32]) expect(read(file, chunkLength)).toEqual(read(file));
  });

  it.each([
    ['default', [], MICROS, 0],
    ['milliseconds', [option(9, bytes('03'))], MICROS / 1000n, -456],
    ['nanoseconds', [option(9, bytes('09'))], MICROS * 1000n + 750n, 0.75],
    // The last whole microsecond must not become the one before it.
    ['whole nanoseconds', [option(9, bytes('09'))], MICROS * 1000n, 0],
    ['2^-10 s', [option(9, bytes('8a'))], 1_700_000_000n * 1024n + 512n, 500_000 - 123_456],
    ['with an offset', [option(14, number(8, 1_700_000_000))], 123_456n, 0],
    ['with a negative offset', [option(14, number(8, -60))], MICROS + 60_000_000n, 0],
  ])('scales time stamps: %s', (_name, options, units, difference) => {
    const file = Buffer.concat([section(), iface(1, ...options), packet(0, units, DATA)]);
    expect(read(file).frames[0]!.at - at).toBe(difference);
  });

  it('names unnamed interfaces apart, over several sections', () => {
    const file = Buffer.concat([
      section(),
      iface(1),
      iface(1, option(2, Buffer.from('wlan0'))),
      iface(1, option(2, Buffer.alloc(4))),
      ...[0, 1, 2].map((id) => packet(id, MICROS, DATA)),
      section(),
      iface(1),
      packet(0, MICROS, DATA),
    ]);
    expect(read(file).frames.map((frame) => frame.interface)).toEqual(['lan-0', 'wlan0', 'lan-2', 'lan']);
  });

  it("takes a packet's direction from its flags", () => {
    const flags = (value: number) => option(2, number(4, value));
    const file = Buffer.concat([
      section(),
      iface(1),
      packet(0, MICROS, DATA, flags(2)),
      packet(0, MICROS, DATA, flags(1)),
    ]);
    expect(read(file).frames.map(({ outgoing }) => outgoing)).toEqual([true, false]);
  });

  it('changes the byte order with the section', () => {
    const other = pcapng(!littleEndian);
    const file = Buffer.concat([
      section(),
      iface(1),
      packet(0, MICROS, DATA),
      other.section(),
      other.iface(1),
      other.packet(0, MICROS, DATA),
    ]);
    expect(read(file).frames.map((frame) => frame.at)).toEqual([at, at]);
  });

  it('leaves out and counts what comes from interfaces that are not Ethernet', () => {
    const described = Buffer.concat([section(), iface(0), iface(1), iface(105)]);
    const frame = packet(1, MICROS, DATA);
    expect(read(Buffer.concat([described, frame])).end).toEqual({ frames: 1, truncated: null });
    const mixed = [packet(0, MICROS, DATA), frame, packet(2, MICROS, DATA), packet(0, MICROS, DATA)];
    const { frames, end } = read(Buffer.concat([described, ...mixed]));
    expect(frames).toHaveLength(1);
    expect(end.leftOut).toEqual(
      new Map([
        ['BSD loopback', 2],
        ['IEEE 802.11', 1],
      ]),
    );
  });

  it('refuses a file that holds nothing else', () => {
    const file = Buffer.concat([section(), iface(105), iface(1), packet(0, MICROS, DATA)]);
    expect(() => read(file)).toThrow(/^link type 105 \(IEEE 802\.11\) is not supported/);
  });

  it('counts sixteen link types apart, and the rest together', () => {
    const types = Array.from({ length: 18 }, (_, i) => 147 + i);
    const packets = types.map((_type, i) => packet(i + 1, MICROS, DATA));
    const described = [section(), iface(1), ...types.map((type) => iface(type)), packet(0, MICROS, DATA)];
    const { leftOut } = read(Buffer.concat([...described, ...packets])).end;
    expect(leftOut?.size).toBe(17);
    expect(leftOut?.get('others')).toBe(2);
  });

  const damaged = (length: number) => Buffer.concat([number(4, 6), number(4, length), Buffer.alloc(64)]);
  it.each([
    ['a block of 4 bytes', damaged(4), 'damaged: a block claims to be 4 bytes long'],
    ['a block of 33 bytes', damaged(33), 'damaged: a block claims to be 33 bytes long'],
    ['a block of 4 GiB', damaged(0xfffffffc), 'damaged: a block claims to be 4294967292 bytes long'],
    ['lengths that disagree', damaged(32), 'damaged: the two lengths of a block disagree'],
    [
      'an unknown interface',
      packet(3, MICROS, DATA),
      'damaged: a packet names interface 3, which is not described',
    ],
    [
      'a packet longer than its block',
      block(6, Buffer.alloc(12), number(4, 99), number(4, 99)),
      'damaged: a packet claims 99 bytes',
    ],
    ['a packet block of 8 bytes', block(6, Buffer.alloc(8)), 'damaged: a packet block is too short'],
    [
      'an option longer than its block',
      packet(0, MICROS, DATA, number(2, 2), number(2, 9)),
      'damaged: an option is longer than its block',
    ],
    ['a time in the far future', packet(0, 1n << 62n, DATA), "damaged: a packet's time is beyond reason"],
  ])('refuses %s', (_name, content, message) => {
    const file = Buffer.concat([section(), iface(1), content]);
    expect(() => read(file)).toThrow(new CaptureError(message));
  });
});

describe('CaptureReader with real captures', () => {
  const folder = captureFile('README.md');
  const files =
    folder === undefined ? [] : readdirSync(dirname(folder)).filter((name) => /\.pcap(ng)?$/.test(name));
  it.skipIf(files.length === 0)('reads every one to its end', () => {
    for (const name of files) {
      const { end } = read(readFileSync(join(dirname(folder!), name)), 1000);
      expect(end.frames, name).toBeGreaterThan(0);
      expect(end.truncated, name).toBeNull();
    }
  });

  it('ends in frames or a CaptureError, whatever bytes of a file are changed', () => {
    const { iface, option, packet, section } = pcapng(true);
    const ng = Buffer.concat([
      section(),
      iface(1, option(9, bytes('09'))),
      packet(0, MICROS, DATA),
      packet(0, MICROS, DATA),
    ]);
    const edit = fc.record({
      file: fc.constantFrom(HOME, ng),
      changes: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      chunkLength: fc.integer({ min: 1, max: 300 }),
    });
    fc.assert(
      fc.property(edit, ({ file, changes, chunkLength }) => {
        const edited = new Uint8Array(file);
        for (const [position, value] of changes) edited[position % edited.length] = value;
        try {
          read(edited, chunkLength);
        } catch (error) {
          expect(error).toBeInstanceOf(CaptureError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
