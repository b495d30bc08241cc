import { describe, expect, it } from 'vitest';
import type { Ipv4, Ipv6 } from '../../src/net/address.ts';
import { checksumOf, foldSum, sumOfPseudoHeader, sumOfWords } from '../../src/net/checksum.ts';
import { decodeIpv6, encodeIpv6 } from '../../src/net/ipv6.ts';
import { PROTOCOL_UDP } from '../../src/net/protocol-numbers.ts';
import { decodeUdp, encodeUdp } from '../../src/net/udp.ts';
import { checkCodec } from '../codec.ts';
import { fromHex, toHex } from '../hex.ts';

const ADDRESSES = { source: '192.168.1.1' as Ipv4, destination: '192.168.1.50' as Ipv4 };

function pseudoSum(length: number): number {
  return sumOfPseudoHeader(ADDRESSES.source, ADDRESSES.destination, PROTOCOL_UDP, length);
}

function decode(bytes: Uint8Array, start = 0, end = bytes.length) {
  return decodeUdp(bytes, start, end, pseudoSum(end - start));
}

function decodeWithPayload(bytes: Uint8Array, start = 0, end = bytes.length) {
  const decoded = decode(bytes, start, end);
  if (!decoded.ok) return decoded;
  const { sourcePort, destinationPort, payloadStart, payloadEnd, checksum } = decoded.value;
  const payload = toHex(bytes.slice(payloadStart, payloadEnd));
  return { ok: true, value: { sourcePort, destinationPort, checksum, payload } } as const;
}

/** The checksum put right, where the length allows one. */
function repaired(datagram: Uint8Array): Uint8Array {
  const length = ((datagram[4] ?? 0) << 8) | (datagram[5] ?? 0);
  if (length < 8 || length > datagram.length) return datagram;
  const bytes = datagram.slice();
  bytes.set([0, 0], 6);
  const checksum = checksumOf(pseudoSum(length) + sumOfWords(bytes, 0, length)) || 0xffff;
  new DataView(bytes.buffer).setUint16(6, checksum);
  return bytes;
}

checkCodec({
  name: 'UDP',
  decode: decodeWithPayload,
  encode: ({ payload, ...header }) => encodeUdp(header, fromHex(payload), ADDRESSES),
  repair: repaired,
  samples: {
    'a datagram of even length': '0043 0044 000c 4898 3333 0000',
    'a datagram of odd length': '0043 0043 000b 499c 3232 00',
    'an empty datagram': '0044 0043 0008 7bd3',
  },
});

describe('decodeUdp()', () => {
  const DATAGRAM = '0043 0044 000c 4898 3333 0000';

  it('gives the ports and the payload bounds', () => {
    expect(decode(fromHex(`ffff ${DATAGRAM}`), 2)).toEqual({
      ok: true,
      value: { sourcePort: 67, destinationPort: 68, payloadStart: 10, payloadEnd: 14, checksum: 'verified' },
    });
  });

  it('ends the payload by its own length, where the IP payload goes on', () => {
    expect(decode(fromHex(`${DATAGRAM} aabb`))).toMatchObject({
      ok: true,
      value: { payloadEnd: 12, checksum: 'verified' },
    });
  });

  it('accepts a checksum left out', () => {
    expect(decode(fromHex(DATAGRAM.replace('4898', '0000')))).toMatchObject({
      value: { checksum: 'absent' },
    });
  });

  it('accepts the checksum of a frame captured on its sender, before the network card completed it', () => {
    const offloaded = foldSum(pseudoSum(12)).toString(16).padStart(4, '0');
    expect(offloaded).toBe('83a1');
    expect(decode(fromHex(DATAGRAM.replace('4898', offloaded)))).toMatchObject({
      value: { checksum: 'offloaded' },
    });
  });

  it('does not take the complement of the pseudo-header sum for that', () => {
    const complement = checksumOf(pseudoSum(12)).toString(16).padStart(4, '0');
    expect(decode(fromHex(DATAGRAM.replace('4898', complement)))).toEqual({
      ok: false,
      reason: 'bad-checksum',
    });
  });

  it('accepts all ones where the sum comes out as zero', () => {
    const datagram = encodeUdp({ sourcePort: 67, destinationPort: 68 }, fromHex('7bcf'), ADDRESSES);
    expect(toHex(datagram.subarray(6, 8))).toBe('ffff');
    expect(decode(datagram)).toMatchObject({ value: { checksum: 'verified' } });
  });

  it('leaves the checksum unchecked where the IP packet is not known', () => {
    expect(decodeUdp(fromHex(DATAGRAM.replace('4898', 'dead')))).toMatchObject({
      ok: true,
      value: { checksum: 'unchecked' },
    });
  });

  it('works over IPv6', () => {
    const addresses = { source: 'fe80::1' as Ipv6, destination: 'ff02::1:2' as Ipv6 };
    const udp = encodeUdp({ sourcePort: 546, destinationPort: 547 }, fromHex('01020304'), addresses);
    const packet = encodeIpv6({ ...addresses, nextHeader: PROTOCOL_UDP, hopLimit: 1 }, udp);
    const ip = decodeIpv6(packet);
    if (!ip.ok) throw new Error(ip.reason);
    const { payloadStart, payloadEnd, pseudoHeaderSum } = ip.value;
    expect(decodeUdp(packet, payloadStart, payloadEnd, pseudoHeaderSum)).toMatchObject({
      ok: true,
      value: { sourcePort: 546, checksum: 'verified' },
    });
  });

  it.each([
    ['a header cut short', '0043 0044 0008', 'truncated'],
    ['fewer bytes than the length', '0043 0044 000d 4898 3333 0000', 'truncated'],
    ['a length below the header', '0043 0044 0007 4898 3333 0000', 'bad-length'],
    ['a wrong checksum', '0043 0044 000c 4899 3333 0000', 'bad-checksum'],
  ])('refuses %s', (_name, hex, reason) => {
    expect(decode(fromHex(hex))).toEqual({ ok: false, reason });
  });
});
