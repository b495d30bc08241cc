// The largest part of a range that leaves out what is others'.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { safeRange } from '../../src/dhcp/safe-range.ts';
import { type IpRange, parseRange, rangeOverlap, rangeText } from '../../src/net/range.ts';

const range = (text: string) => parseRange(text) as IpRange;

it.each([
  [
    'a pool at its end',
    '192.168.0.2-192.168.0.253',
    ['192.168.0.240-192.168.0.255'],
    '192.168.0.2-192.168.0.239',
  ],
  [
    'a pool at its beginning',
    '192.168.0.2-192.168.0.99',
    ['192.168.0.0-192.168.0.9'],
    '192.168.0.10-192.168.0.99',
  ],
  ['the larger side', '192.168.0.2-192.168.0.99', ['192.168.0.20-192.168.0.29'], '192.168.0.30-192.168.0.99'],
  ['the first of equal sides', '10.0.0.1-10.0.0.9', ['10.0.0.5'], '10.0.0.1-10.0.0.4'],
  [
    'what lies between',
    '10.0.0.1-10.0.0.20',
    ['10.0.0.18', '10.0.0.2', '10.0.0.3-10.0.0.4'],
    '10.0.0.5-10.0.0.17',
  ],
  [
    'nothing that is elsewhere',
    '10.0.0.5-10.0.0.9',
    ['10.0.0.1-10.0.0.4', '10.0.0.10', 'fd00::/64'],
    '10.0.0.5-10.0.0.9',
  ],
  ['IPv6', 'fd00::10-fd00::1f', ['fd00::10-fd00::12', '10.0.0.1'], 'fd00::13-fd00::1f'],
])('leaves out %s', (_, whole, keptOut, safe) => {
  expect(rangeText(safeRange(range(whole), keptOut.map(range))!)).toBe(safe);
});

it('is null where nothing is left', () => {
  expect(
    safeRange(range('10.0.0.1-10.0.0.9'), [range('10.0.0.1-10.0.0.5'), range('10.0.0.6-10.0.0.20')]),
  ).toBeNull();
});

it('is as long as the longest run of addresses that nobody keeps out, whatever they are', () => {
  const some = fc
    .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 12 }))
    .map(([first, more]): IpRange => ({ family: 4, first: BigInt(first), last: BigInt(first + more) }));
  fc.assert(
    fc.property(some, fc.array(some, { maxLength: 6 }), (whole, keptOut) => {
      const isFree = (n: bigint) => !keptOut.some(({ first, last }) => first <= n && n <= last);
      let longest = 0;
      let run = 0;
      for (let n = whole.first; n <= whole.last; n += 1n) {
        run = isFree(n) ? run + 1 : 0;
        longest = Math.max(longest, run);
      }
      const safe = safeRange(whole, keptOut);
      expect(safe === null ? 0 : Number(safe.last - safe.first) + 1).toBe(longest);
      if (!safe) return;
      expect(rangeOverlap(safe, whole)).toEqual(safe);
      for (const out of keptOut) expect(rangeOverlap(out, safe)).toBeUndefined();
    }),
  );
});
