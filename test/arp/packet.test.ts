import { describe, expect, it } from 'vitest';
import { decodeArp, encodeArp } from '../../src/arp/packet.ts';
import { checkCodec } from '../codec.ts';
import { fromHex } from '../hex.ts';

const REQUEST = '0001 0800 06 04 0001  020000000010 c0a8010a  000000000000 c0a80132';

checkCodec({
  name: 'ARP',
  decode: decodeArp,
  encode: encodeArp,
  samples: {
    'a request': REQUEST,
    'a reply': '0001 0800 06 04 0002  020000000011 c0a80132  020000000010 c0a8010a',
    'an ACD probe (RFC 5227)': '0001 0800 06 04 0001  0200000000aa 00000000  000000000000 c0a80132',
    'a MetalLB announcement by reply': '0001 0800 06 04 0002  020000000011 c0a80132  ffffffffffff c0a80132',
    'an unknown operation': '0001 0800 06 04 0309  020000000011 c0a80132  ffffffffffff c0a80132',
  },
});

describe('decodeArp()', () => {
  it('names the fields as RFC 826 does', () => {
    expect(decodeArp(fromHex('0001 0800 06 04 0002  020000000011 c0a80132  0200000000aa c0a8010a'))).toEqual({
      ok: true,
      value: {
        operation: 2,
        senderMac: '02:00:00:00:00:11',
        senderIp: '192.168.1.50',
        targetMac: '02:00:00:00:00:aa',
        targetIp: '192.168.1.10',
      },
    });
  });

  it.each([
    ['nothing', '', 'truncated'],
    ['half of the fixed part', '0001 0800', 'truncated'],
    ['one byte short', REQUEST.slice(0, -2), 'truncated'],
    [
      'IEEE 802 hardware',
      '0006 0800 06 04 0001  020000000010 c0a8010a  000000000000 c0a80132',
      'bad-hardware-type',
    ],
    [
      'another protocol',
      '0001 86dd 06 04 0001  020000000010 c0a8010a  000000000000 c0a80132',
      'bad-protocol-type',
    ],
    [
      'a hardware length of 0',
      '0001 0800 00 04 0001  020000000010 c0a8010a  000000000000 c0a80132',
      'bad-hardware-length',
    ],
    // The two lengths whose doubled sum overflows a byte: 8 + 2 * 128 + 2 * 4.
    [
      'a hardware length of 128',
      '0001 0800 80 04 0001  020000000010 c0a8010a  000000000000 c0a80132',
      'bad-hardware-length',
    ],
    [
      'a protocol length of 16',
      '0001 0800 06 10 0001  020000000010 c0a8010a  000000000000 c0a80132',
      'bad-protocol-length',
    ],
    ['lengths refused before the missing addresses', '0001 0800 08 04 0001', 'bad-hardware-length'],
  ])('refuses %s', (_name, hex, reason) => {
    expect(decodeArp(fromHex(hex))).toEqual({ ok: false, reason });
  });

  it('makes nothing new when it refuses', () => {
    expect(decodeArp(fromHex('00'))).toBe(decodeArp(fromHex('0001')));
  });
});
