import { describe, expect, it } from 'vitest';
import { checksumOf, sumOfPseudoHeader, sumOfWords } from '../../src/net/checksum.ts';
import { decodeIpv4, encodeIpv4 } from '../../src/net/ipv4.ts';
import { checkCodec } from '../codec.ts';
import { fromHex, toHex } from '../hex.ts';

// A ping of the RFC's shape: version and lengths, fragment word, TTL and protocol, checksum, addresses, payload.
const PACKET = '45 00 0018 0000 4000 40 01 b758  c0a8010a c0a80132  08000000';
// One no-operation, one end of list and two bytes of filling.
const WITH_OPTIONS = '46 00 001c 0000 4000 40 01 b554  c0a8010a c0a80132  01000000  08000000';

function decodeWithPayload(bytes: Uint8Array, start = 0, end = bytes.length) {
  const decoded = decodeIpv4(bytes, start, end);
  if (!decoded.ok) return decoded;
  const { source, destination, protocol, timeToLive, payloadStart, payloadEnd } = decoded.value;
  const payload = toHex(bytes.slice(payloadStart, payloadEnd));
  return { ok: true, value: { source, destination, protocol, timeToLive, payload } } as const;
}

/** The header's checksum put right. */
function repaired(packet: Uint8Array): Uint8Array {
  const length = ((packet[0] ?? 0) & 0x0f) * 4;
  if (length < 20 || packet.length < length) return packet;
  const bytes = packet.slice();
  bytes.set([0, 0], 10);
  new DataView(bytes.buffer).setUint16(10, checksumOf(sumOfWords(bytes, 0, length)));
  return bytes;
}

checkCodec({
  name: 'IPv4',
  decode: decodeWithPayload,
  encode: ({ payload, ...header }) => encodeIpv4(header, fromHex(payload)),
  repair: repaired,
  samples: {
    'a short packet': PACKET,
    'a packet without payload': '45 00 0014 0000 4000 01 02 d81f  c0a8010a e0000016',
  },
});

describe('decodeIpv4()', () => {
  it('gives the header, the payload bounds and the pseudo-header sum', () => {
    expect(decodeIpv4(fromHex(`${PACKET} 00000000`))).toEqual({
      ok: true,
      value: {
        source: '192.168.1.10',
        destination: '192.168.1.50',
        protocol: 1,
        timeToLive: 64,
        payloadStart: 20,
        payloadEnd: 24,
        pseudoHeaderSum: 0xc0a8 + 0x010a + 0xc0a8 + 0x0132 + 1 + 4,
      },
    });
  });

  it('skips options', () => {
    const decoded = decodeIpv4(fromHex(WITH_OPTIONS));
    expect(decoded).toMatchObject({ ok: true, value: { payloadStart: 24, payloadEnd: 28 } });
    if (!decoded.ok) return;
    const { source, destination, pseudoHeaderSum } = decoded.value;
    expect(pseudoHeaderSum).toBe(sumOfPseudoHeader(source, destination, 1, 4));
  });

  it.each([
    ['a header cut short', '45 00 0018 0000 4000 40 01', 'truncated'],
    ['fewer bytes than the total length', PACKET.slice(0, -2), 'truncated'],
    ['another version', `65${PACKET.slice(2)}`, 'bad-version'],
    ['a header length of 16', `44${PACKET.slice(2)}`, 'bad-header-length'],
    ['a total length below the header', PACKET.replace('0018', '0013'), 'bad-length'],
    ['a total length of 0', PACKET.replace('0018', '0000'), 'bad-length'],
    ['a header length beyond the packet', `4f${PACKET.slice(2)}`, 'bad-length'],
    ['a wrong checksum', PACKET.replace('b758', 'b759'), 'bad-checksum'],
    // The kernel always fills this one in, on whichever side the frame was captured.
    ['a checksum of zero', PACKET.replace('b758', '0000'), 'bad-checksum'],
    ['a checksum wrong within the options', WITH_OPTIONS.replace('01000000', '01000001'), 'bad-checksum'],
    ['the first fragment', '45 00 0018 0000 2000 40 01 d758  c0a8010a c0a80132  08000000', 'fragment'],
    ['a later fragment', '45 00 0018 0000 0001 40 01 f757  c0a8010a c0a80132  08000000', 'fragment'],
  ])('refuses %s', (_name, hex, reason) => {
    expect(decodeIpv4(fromHex(hex))).toEqual({ ok: false, reason });
  });
});
