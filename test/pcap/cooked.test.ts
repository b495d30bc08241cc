// Linux cooked captures: what `tcpdump -i any` writes, against the same frames on Ethernet.
import { describe, expect, it } from 'vitest';
import type { CapturedFrame } from '../../src/net/frame.ts';
import { type CaptureEnd, CaptureReader } from '../../src/pcap/reader.ts';
import { pcapHeader, pcapRecord } from '../../src/pcap/writer.ts';
import { fromHex, toHex } from '../hex.ts';

const SLL = 113;
const SLL2 = 276;
const LINK_TYPE = 20;

interface Read {
  readonly frames: { readonly hex: string; readonly wireLength: number; readonly interface: string }[];
  readonly end: CaptureEnd;
}

function read(linkType: number, ...records: string[]): Read {
  const header = pcapHeader();
  new DataView(header.buffer).setUint32(LINK_TYPE, linkType, true);
  const frames: Read['frames'] = [];
  const reader = new CaptureReader(
    ({ bytes, start, end, wireLength, link }: CapturedFrame) => {
      frames.push({ hex: toHex(bytes.slice(start, end)), wireLength, interface: link.interface });
    },
    { interfaceName: 'lan' },
  );
  reader.push(header);
  for (const record of records) reader.push(pcapRecord(0, fromHex(record)));
  return { frames, end: reader.end() };
}

/** Type, hardware type, address length, address filled up to 8 bytes, protocol. */
const sll = (type: string, protocol: string, payload: string, hardware = '0001', length = '0006') =>
  `${type} ${hardware} ${length} 0200000000aa 0000 ${protocol} ${payload}`;
/** Protocol, reserved, interface, hardware type, type, address length, address. */
const sll2 = (type: string, protocol: string, payload: string, index = '00000002', hardware = '0001') =>
  `${protocol} 0000 ${index} ${hardware} ${type} 06 0200000000aa 0000 ${payload}`;
const hexOf = (...parts: string[]) => toHex(fromHex(parts.join('')));

const MAC = '0200000000aa';
const ASKER = '020000000011';
const ARP_REQUEST = `0001 0800 06 04 0001 ${MAC} c0a80101 000000000000 c0a80132`;
const ARP_REPLY = `0001 0800 06 04 0002 ${MAC} c0a80132 ${ASKER} c0a80101`;
const TO_GROUP = `6000 0000 0000 3aff fe80${'00'.repeat(14)} ff02${'00'.repeat(10)} ff000050`;
const TO_ONE = `6000 0000 0000 3aff fe80${'00'.repeat(14)} fe80${'00'.repeat(13)}11`;

const layouts = [
  ['SLL', (type: number, ...rest: [string, string]) => read(SLL, sll(`000${type}`, ...rest)).frames[0]],
  ['SLL2', (type: number, ...rest: [string, string]) => read(SLL2, sll2(`0${type}`, ...rest)).frames[0]],
] as const;

describe.each(layouts)('a frame of an %s capture', (_name, frameOf) => {
  const hex = (type: number, ...rest: [string, string]) => frameOf(type, ...rest)?.hex;

  it('has its source, protocol and payload, and is as long as it was on Ethernet', () => {
    expect(hex(1, '0806', ARP_REQUEST)).toBe(hexOf('ffffffffffff', MAC, '0806', ARP_REQUEST));
    expect(frameOf(1, '0806', ARP_REQUEST)?.wireLength).toBe(14 + 28);
  });

  it('keeps a VLAN tag, which comes after the protocol', () => {
    expect(hex(1, '8100', `000a 0806 ${ARP_REQUEST}`)).toBe(
      hexOf('ffffffffffff', MAC, '8100 000a 0806', ARP_REQUEST),
    );
  });

  it.each([
    ['to this host, an ARP reply', 0, '0806', ARP_REPLY, ASKER],
    ['sent by this host, an ARP reply', 4, '0806', ARP_REPLY, ASKER],
    ['sent by this host, an ARP request', 4, '0806', ARP_REQUEST, 'ffffffffffff'],
    ['to a group of IPv6', 2, '86dd', TO_GROUP, '3333ff000050'],
    ['sent by this host to a group of IPv6', 4, '86dd', TO_GROUP, '3333ff000050'],
    ['to this host by IPv6', 0, '86dd', TO_ONE, '000000000000'],
    ['to a group of another protocol', 2, '88cc', '0207', 'ffffffffffff'],
    ['to this host, an ARP packet cut short', 0, '0806', '0001', '000000000000'],
  ])('has a destination where something tells it: %s', (_what, type, protocol, payload, destination) => {
    expect(hex(type, protocol, payload)).toBe(hexOf(destination, MAC, protocol, payload));
  });
});

describe('a cooked capture', () => {
  it('tells interfaces apart where it has their numbers', () => {
    const records = [sll2('01', '0806', ARP_REQUEST), sll2('01', '0806', ARP_REQUEST, '00000007')];
    expect(read(SLL2, ...records).frames.map((frame) => frame.interface)).toEqual(['lan-2', 'lan-7']);
    expect(read(SLL, sll('0001', '0806', ARP_REQUEST)).frames[0]?.interface).toBe('lan');
  });

  it('tells 256 interfaces apart, and gives one link to those beyond', () => {
    const indexes = Array.from({ length: 258 }, (_, i) => i.toString(16).padStart(8, '0'));
    const { frames } = read(SLL2, ...indexes.map((index) => sll2('01', '0806', ARP_REQUEST, index)));
    expect(frames.slice(-3).map((frame) => frame.interface)).toEqual(['lan-255', 'lan', 'lan']);
  });

  it('leaves out and counts what does not come from Ethernet', () => {
    const loopback = sll('0000', '0800', '45', '0304');
    const tunnel = sll('0000', '0800', '45', '0001', '0004');
    const { frames, end } = read(SLL, loopback, tunnel, sll('0001', '0806', ARP_REQUEST));
    expect(frames).toHaveLength(1);
    expect(end.leftOut).toEqual(new Map([['Linux cooked, but not from Ethernet', 2]]));
    expect(read(SLL2, sll2('00', '0800', '45', '00000001', '0304')).end.frames).toBe(0);
  });

  it('hands on a frame that is cut within its header as an empty one', () => {
    expect(read(SLL, sll('0001', '0806', '').slice(0, -3)).frames.map(({ hex }) => hex)).toEqual(['']);
    expect(read(SLL2, sll2('01', '0806', '').slice(0, -3)).frames.map(({ hex }) => hex)).toEqual(['']);
  });

  it('takes frames of any length', () => {
    const payload = 'ab'.repeat(9000);
    const records = [sll('0001', '88b5', payload), sll('0001', '88b5', 'cd')];
    expect(read(SLL, ...records).frames.map(({ hex }) => hex.length / 2)).toEqual([9014, 15]);
  });
});
