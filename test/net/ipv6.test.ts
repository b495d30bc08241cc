import { describe, expect, it } from 'vitest';
import { decodeIpv6, encodeIpv6 } from '../../src/net/ipv6.ts';
import { checkCodec } from '../codec.ts';
import { fromHex, toHex } from '../hex.ts';

const ADDRESSES = 'fe800000000000000000000000000001 ff020000000000000000000000000002';

/** A packet of extension headers and payload, its length counted. */
function packet(nextHeader: string, payload: string): Uint8Array {
  const bytes = fromHex(`60000000 0000 ${nextHeader} ff ${ADDRESSES} ${payload}`);
  new DataView(bytes.buffer).setUint16(4, bytes.length - 40);
  return bytes;
}

function decodeWithPayload(bytes: Uint8Array, start = 0, end = bytes.length) {
  const decoded = decodeIpv6(bytes, start, end);
  if (!decoded.ok) return decoded;
  const { source, destination, nextHeader, hopLimit, payloadStart, payloadEnd } = decoded.value;
  const payload = toHex(bytes.slice(payloadStart, payloadEnd));
  return { ok: true, value: { source, destination, nextHeader, hopLimit, payload } } as const;
}

checkCodec({
  name: 'IPv6',
  decode: decodeWithPayload,
  encode: ({ payload, ...header }) => encodeIpv6(header, fromHex(payload)),
  samples: {
    'a short packet': `60000000 0004 3a ff ${ADDRESSES} 85000000`,
    'an unknown upper layer': `60000000 0001 fe 01 ${ADDRESSES} aa`,
  },
});

describe('decodeIpv6()', () => {
  it('gives the header, the payload bounds and the pseudo-header sum', () => {
    expect(decodeIpv6(fromHex(`60000000 0004 3a ff ${ADDRESSES} 85000000 0000`))).toEqual({
      ok: true,
      value: {
        source: 'fe80::1',
        destination: 'ff02::2',
        nextHeader: 58,
        hopLimit: 255,
        hasFragmentHeader: false,
        payloadStart: 40,
        payloadEnd: 44,
        pseudoHeaderSum: 0xfe80 + 1 + 0xff02 + 2 + 58 + 4,
      },
    });
  });

  it.each([
    ['hop-by-hop options', '00', '3a00 050200000000', 48],
    ['a routing header of two units', '2b', '3a01 000000000000 0000000000000000', 56],
    ['destination options', '3c', '3a00 010400000000', 48],
    // Its length counts words of four bytes, less two.
    ['an authentication header', '33', '3a04 0000 00000001 00000001 000000000000000000000000', 64],
    ['a chain of three', '00', '3c00 010400000000  2b00 010400000000  3a00 000000000000', 64],
  ])('skips %s', (_name, nextHeader, extensions, payloadStart) => {
    const bytes = packet(nextHeader, `${extensions} 85000000`);
    expect(decodeIpv6(bytes)).toMatchObject({
      ok: true,
      value: {
        nextHeader: 58,
        payloadStart,
        payloadEnd: payloadStart + 4,
        // The upper layer's own number and length, not those in the IPv6 header.
        pseudoHeaderSum: 0xfe80 + 1 + 0xff02 + 2 + 58 + 4,
      },
    });
  });

  it('accepts an atomic fragment and says so (RFC 6946)', () => {
    expect(decodeIpv6(packet('2c', '3a00 0000 12345678  85000000'))).toMatchObject({
      ok: true,
      value: { nextHeader: 58, hasFragmentHeader: true, payloadStart: 48 },
    });
  });

  it('ignores the reserved bits of a fragment header', () => {
    expect(decodeIpv6(packet('2c', '3a00 0006 12345678  85000000'))).toMatchObject({ ok: true });
  });

  it('takes encrypted payload (ESP) for the upper layer', () => {
    expect(decodeIpv6(packet('32', '0000000100000001'))).toMatchObject({ value: { nextHeader: 50 } });
  });

  const eight = '3c00 010400000000'.repeat(7);
  it('follows eight extension headers', () => {
    expect(decodeIpv6(packet('3c', `${eight} 3a00 010400000000 85000000`))).toMatchObject({ ok: true });
  });

  it.each([
    ['a header cut short', fromHex(`60000000 0004 3a ff ${ADDRESSES}`).slice(0, 39), 'truncated'],
    [
      'fewer bytes than the payload length',
      fromHex(`60000000 0005 3a ff ${ADDRESSES} 85000000`),
      'truncated',
    ],
    ['another version', fromHex(`45000000 0004 3a ff ${ADDRESSES} 85000000`), 'bad-version'],
    ['no payload', fromHex(`60000000 0000 3b ff ${ADDRESSES}`), 'no-payload'],
    ['a jumbogram (RFC 2675)', fromHex(`60000000 0000 00 ff ${ADDRESSES} 3a00 c20400010000`), 'jumbogram'],
    ['an extension header of four bytes', packet('00', '3a000000'), 'bad-extension'],
    ['an extension header beyond the payload', packet('00', '3a01 050200000000'), 'bad-extension'],
    ['an authentication header beyond the payload', packet('33', '3aff 000000000000'), 'bad-extension'],
    [
      'an extension header in the padding',
      Uint8Array.from([...packet('00', '3a00 0502'), 0, 0, 0, 0]),
      'bad-extension',
    ],
    [
      'nine extension headers',
      packet('3c', `${eight} 3c00 010400000000 3a00 010400000000 85000000`),
      'too-many-extensions',
    ],
    ['the first fragment', packet('2c', '3a00 0001 12345678 85000000'), 'fragment'],
    ['a later fragment', packet('2c', '3a00 0008 12345678 85000000'), 'fragment'],
  ])('refuses %s', (_name, bytes, reason) => {
    expect(decodeIpv6(bytes)).toEqual({ ok: false, reason });
  });
});
