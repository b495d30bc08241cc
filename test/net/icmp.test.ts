import { describe, expect, it } from 'vitest';
import { checksumOf, sumOfWords } from '../../src/net/checksum.ts';
import { decodeEcho, encodeEcho } from '../../src/net/icmp.ts';
import { checkCodec } from '../codec.ts';
import { fromHex } from '../hex.ts';

/** The checksum put right. */
function repaired(message: Uint8Array): Uint8Array {
  if (message.length < 4) return message;
  const bytes = message.slice();
  bytes.set([0, 0], 2);
  new DataView(bytes.buffer).setUint16(2, checksumOf(sumOfWords(bytes, 0, bytes.length)));
  return bytes;
}

checkCodec({
  name: 'ICMP echo',
  decode: decodeEcho,
  encode: encodeEcho,
  repair: repaired,
  ignoresPadding: false,
  shortest: () => 8,
  samples: {
    'a ping': '0800 8187 7677 0001 ffff',
    'its answer': '0000 8987 7677 0001 ffff',
    'of an odd length': '0000 0987 7677 0001 8000 00',
  },
});

describe('decodeEcho()', () => {
  it.each([
    ['a message that is cut off', '0800 8988 7677 00', 'truncated'],
    ['a destination that is unreachable', '0301 868a 7677 0001', 'not-an-echo'],
    ['an answer with a code', '0001 8989 7677 0001', 'not-an-echo'],
    ['a wrong checksum', '0000 8988 7677 0001', 'bad-checksum'],
  ])('refuses %s', (_, hex, reason) => {
    expect(decodeEcho(fromHex(hex))).toEqual({ ok: false, reason });
  });
});
