import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Ipv4, Ipv6 } from '../../src/net/address.ts';
import { checksumOf, foldSum, judgeChecksum, sumOfPseudoHeader, sumOfWords } from '../../src/net/checksum.ts';
import { fromHex } from '../hex.ts';

describe('sumOfWords()', () => {
  it('sums the example of RFC 1071, section 3', () => {
    const bytes = fromHex('0001 f203 f4f5 f6f7');
    expect(sumOfWords(bytes, 0, bytes.length)).toBe(0x2ddf0);
    expect(foldSum(0x2ddf0)).toBe(0xddf2);
    expect(checksumOf(0x2ddf0)).toBe(0x220d);
  });

  it('takes an odd last byte as the high one', () => {
    expect(sumOfWords(fromHex('0102 03'), 0, 3)).toBe(0x0102 + 0x0300);
  });

  it('counts words from the start it is given', () => {
    expect(sumOfWords(fromHex('ff 0102 0304 ff'), 1, 5)).toBe(0x0406);
  });

  it('stays exact for the longest packet', () => {
    const longest = new Uint8Array(65_535).fill(0xff);
    expect(checksumOf(sumOfWords(longest, 0, longest.length))).toBe(0x00ff);
  });
});

describe('judgeChecksum()', () => {
  const pseudo = sumOfPseudoHeader('192.168.1.1' as Ipv4, '192.168.1.2' as Ipv4, 17, 10);

  it('sums a pseudo-header of either family', () => {
    expect(pseudo).toBe(0xc0a8 + 0x0101 + 0xc0a8 + 0x0102 + 17 + 10);
    expect(sumOfPseudoHeader('fe80::1' as Ipv6, 'ff02::2' as Ipv6, 58, 8)).toBe(
      0xfe80 + 1 + 0xff02 + 2 + 58 + 8,
    );
  });

  it('accepts the right field, the offloaded one and nothing else', () => {
    // Two words of message, with the field's word first.
    const right = checksumOf(pseudo + 0x1234);
    const offloaded = foldSum(pseudo);
    expect(judgeChecksum(right, pseudo, right + 0x1234)).toBe('verified');
    expect(judgeChecksum(offloaded, pseudo, offloaded + 0x1234)).toBe('offloaded');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff }), (field) => {
        fc.pre(field !== right && field !== offloaded);
        expect(judgeChecksum(field, pseudo, field + 0x1234)).toBeUndefined();
      }),
    );
  });
});
