import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Ipv4, Ipv6 } from '../../src/net/address.ts';
import { checksumOf, foldSum, sumOfPseudoHeader, sumOfWords } from '../../src/net/checksum.ts';
import { decodeIpv4, encodeIpv4 } from '../../src/net/ipv4.ts';
import { decodeIpv6, encodeIpv6 } from '../../src/net/ipv6.ts';
import { PROTOCOL_TCP } from '../../src/net/protocol-numbers.ts';
import { decodeTcp, encodeTcp, TCP_ACK, TCP_RST, TCP_SYN } from '../../src/net/tcp.ts';
import { checkCodec } from '../codec.ts';
import { fromHex } from '../hex.ts';

const ADDRESSES = { source: '192.168.1.13' as Ipv4, destination: '192.168.1.60' as Ipv4 };

function pseudoSum(length: number): number {
  return sumOfPseudoHeader(ADDRESSES.source, ADDRESSES.destination, PROTOCOL_TCP, length);
}

function decode(bytes: Uint8Array, start = 0, end = bytes.length) {
  return decodeTcp(bytes, start, end, pseudoSum(end - start));
}

/** The checksum put right. */
function repaired(segment: Uint8Array): Uint8Array {
  if (segment.length < 20) return segment;
  const bytes = segment.slice();
  bytes.set([0, 0], 16);
  const checksum = checksumOf(pseudoSum(bytes.length) + sumOfWords(bytes, 0, bytes.length));
  new DataView(bytes.buffer).setUint16(16, checksum);
  return bytes;
}

const SYN = 'fe07 01bb 89abcdef 00000000 60 02 faf0 c23d 0000 02 04 05b4';
const SYN_ACK = 'fe07 01bb 12345678 89abcdf0 60 12 fe88 55e8 0000 02 04 05b4';
const RST_ACK = 'fe07 01bb 00000000 89abcdf0 50 14 0000 d4d7 0000';

checkCodec({
  name: 'TCP',
  decode: (bytes, start = 0, end = bytes.length) => {
    const decoded = decode(bytes, start, end);
    if (!decoded.ok) return decoded;
    const { payloadStart: _from, payloadEnd: _to, ...header } = decoded.value;
    return { ok: true, value: header };
  },
  encode: (header) => encodeTcp(header, ADDRESSES),
  repair: repaired,
  // The length is the IP header's to tell.
  ignoresPadding: false,
  samples: {
    'a SYN with its maximum segment size': SYN,
    'a SYN-ACK': SYN_ACK,
    'a refusal': RST_ACK,
  },
});

describe('decodeTcp()', () => {
  it('gives ports, numbers, flags and bounds', () => {
    const bytes = fromHex(`ffff ${SYN_ACK}`);
    expect(decodeTcp(bytes, 2, bytes.length, pseudoSum(24))).toEqual({
      ok: true,
      value: {
        sourcePort: 0xfe07,
        destinationPort: 443,
        sequence: 0x12345678,
        acknowledgment: 0x89abcdf0,
        flags: TCP_SYN | TCP_ACK,
        window: 0xfe88,
        maximumSegmentSize: 1460,
        payloadStart: 26,
        payloadEnd: 26,
        checksum: 'verified',
      },
    });
    expect(decode(fromHex(RST_ACK))).toMatchObject({
      value: { flags: TCP_RST | TCP_ACK, maximumSegmentSize: null },
    });
  });

  it('skips the options that a SYN-ACK of Linux has, and sees where the data begins', () => {
    const options = '0204 05b4 0402 080a aabbccdd 00112233 01 0303 07';
    const segment = repaired(
      fromHex(`01bb fe07 12345678 89abcdf0 a0 12 fe88 0000 0000 ${options} 68656c6c6f`),
    );
    expect(decode(segment)).toMatchObject({
      ok: true,
      value: { maximumSegmentSize: 1460, payloadStart: 40, payloadEnd: 45 },
    });
  });

  it('stops at the end of the options: what follows is padding', () => {
    const segment = repaired(fromHex('01bb fe07 00000000 00000000 60 12 0000 0000 0000 00 02 00 00'));
    expect(decode(segment)).toMatchObject({ ok: true, value: { maximumSegmentSize: null } });
  });

  it('accepts the checksum of a segment captured on its sender, before the network card completed it', () => {
    const bytes = fromHex(SYN);
    new DataView(bytes.buffer).setUint16(16, foldSum(pseudoSum(bytes.length)));
    expect(decode(bytes)).toMatchObject({ value: { checksum: 'offloaded' } });
  });

  const options = (hex: string) =>
    repaired(
      fromHex(
        `01bb fe07 00000000 00000000 ${(5 + Math.ceil(fromHex(hex).length / 4)).toString(16)}0 12 0000 0000 0000 ${hex}`,
      ),
    );

  it.each([
    ['a header cut short', fromHex(SYN).slice(0, 19), 'truncated'],
    [
      'options that reach beyond the segment',
      repaired(fromHex('01bb fe07 00000000 00000000 70 12 0000 0000 0000 0204 05b4')),
      'truncated',
    ],
    [
      'a header length below the header',
      repaired(fromHex('01bb fe07 00000000 00000000 40 12 0000 0000 0000')),
      'bad-header-length',
    ],
    ['an option of length 0, which would be read for ever', options('08 00 00 00'), 'bad-option'],
    ['an option of length 1', options('08 01 00 00'), 'bad-option'],
    ['an option longer than the header', options('08 05 00 00'), 'bad-option'],
    ['an option that ends with its kind', options('01 01 01 08'), 'bad-option'],
    ['a maximum segment size of three bytes', options('02 03 05 00'), 'bad-option'],
    ['a wrong checksum', fromHex(SYN.replace('c23d', 'c23c')), 'bad-checksum'],
  ])('refuses %s', (_name, bytes, reason) => {
    expect(decode(bytes)).toEqual({ ok: false, reason });
  });

  it('works over IPv6', () => {
    const addresses = { source: 'fd00::13' as Ipv6, destination: 'fd00::60' as Ipv6 };
    const header = {
      sourcePort: 0xfe07,
      destinationPort: 443,
      sequence: 0xffffffff,
      acknowledgment: 0,
      flags: TCP_SYN,
      window: 64_240,
      maximumSegmentSize: 1440,
    };
    const packet = encodeIpv6(
      { ...addresses, nextHeader: PROTOCOL_TCP, hopLimit: 64 },
      encodeTcp(header, addresses),
    );
    const ip = decodeIpv6(packet);
    if (!ip.ok) throw new Error(ip.reason);
    const { payloadStart, payloadEnd, pseudoHeaderSum } = ip.value;
    expect(decodeTcp(packet, payloadStart, payloadEnd, pseudoHeaderSum)).toMatchObject({
      ok: true,
      value: { ...header, checksum: 'verified' },
    });
  });

  it('is not misled by Ethernet padding, which the IPv4 header leaves out', () => {
    const packet = encodeIpv4({ ...ADDRESSES, protocol: PROTOCOL_TCP, timeToLive: 64 }, fromHex(RST_ACK));
    const padded = Uint8Array.from([...packet, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    const ip = decodeIpv4(padded);
    if (!ip.ok) throw new Error(ip.reason);
    const { payloadStart, payloadEnd, pseudoHeaderSum } = ip.value;
    expect(decodeTcp(padded, payloadStart, payloadEnd, pseudoHeaderSum)).toMatchObject({ ok: true });
  });

  it('never throws on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        decode(repaired(bytes));
      }),
      { numRuns: 2000 },
    );
  });
});
