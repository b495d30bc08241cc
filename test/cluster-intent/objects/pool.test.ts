import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  intendedPool,
  overlaps,
  poolsInOrder,
  trimPool,
  withoutBuggy,
} from '../../../src/cluster/objects/pool.ts';
import { type IpRange, ipOfNumber, parseRange, rangeText } from '../../../src/net/range.ts';
import { keep, pool } from '../objects.ts';

function range(text: string): IpRange {
  const parsed = parseRange(text);
  if (typeof parsed === 'string') throw new TypeError(parsed);
  return parsed;
}

describe('trimPool()', () => {
  it.each([
    ['a range', ['192.168.1.240-192.168.1.245'], ['192.168.1.240-192.168.1.245'], []],
    ['a range with spaces', ['10.0.0.1 - 10.0.0.9'], ['10.0.0.1-10.0.0.9'], []],
    ['a CIDR', ['10.0.0.0/30'], ['10.0.0.0-10.0.0.3'], []],
    ['both families', ['10.0.0.0/31', 'FD00::/126'], ['10.0.0.0-10.0.0.1', 'fd00::-fd00::3'], []],
    ['one address as a CIDR', ['10.0.0.7/32'], ['10.0.0.7'], []],
    ['no list', undefined, null, ['no-ranges']],
    ['an empty list', [], null, ['no-ranges']],
    ['a text in place of the list', '10.0.0.0/24', null, ['no-ranges']],
    ['a bare address, which MetalLB refuses', ['10.0.0.7'], null, ['bad-range']],
    ['no address', ['main'], null, ['bad-range']],
    ['an empty text', [''], null, ['bad-range']],
    ['a number', [7], null, ['bad-range']],
    ['a range that runs backwards', ['10.0.0.9-10.0.0.1'], null, ['reversed-range']],
    ['a range of two families', ['10.0.0.1-fd00::1'], null, ['bad-range']],
    ['a prefix too long', ['10.0.0.0/33'], null, ['bad-range']],
    ['bad ones among good ones', ['x-y', '10.0.0.0/31', '9-8', 'z/1'], ['10.0.0.0-10.0.0.1'], ['bad-range']],
  ])('%s', (_, addresses, ranges, problems) => {
    const trimmed = keep(trimPool, pool('main', addresses));
    expect(trimmed.object?.ranges.map(rangeText) ?? null).toEqual(ranges);
    expect(trimmed.problems).toEqual(problems);
  });

  it('keeps what MetalLB may hand out unasked apart', () => {
    const read = (spec: Record<string, unknown>) =>
      intendedPool(keep(trimPool, pool('main', ['10.0.0.0/31'], spec)).object!).autoAssign;
    expect(read({ autoAssign: undefined })).toBe(true);
    expect(read({ autoAssign: true })).toBe(true);
    expect(read({ autoAssign: false })).toBe(false);
  });
});

describe('avoidBuggyIPs', () => {
  it.each([
    ['10.0.0.0/24', ['10.0.0.1-10.0.0.254']],
    ['10.0.0.0/23', ['10.0.0.1-10.0.0.254', '10.0.1.1-10.0.1.254']],
    ['10.0.0.250-10.0.1.3', ['10.0.0.250-10.0.0.254', '10.0.1.1-10.0.1.3']],
    ['10.0.0.10-10.0.0.20', ['10.0.0.10-10.0.0.20']],
    ['10.0.0.0/32', []],
    ['10.0.0.255/32', []],
    ['fd00::/120', ['fd00::-fd00::ff']],
    ['10.0.0.0/8', ['10.0.0.0-10.255.255.255']],
  ])('of %s leaves %j', (text, left) => {
    expect(withoutBuggy(range(text)).map(rangeText)).toEqual(left);
  });

  it('leaves out the .0 and the .255 of every network, and nothing else', () => {
    const bounds = fc.tuple(fc.nat(2000), fc.nat(2000)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)]);
    fc.assert(
      fc.property(bounds, ([first = 0, last = 0]) => {
        const base = 0x0a_00_00_00;
        const whole: IpRange = { family: 4, first: BigInt(base + first), last: BigInt(base + last) };
        const expected = Array.from({ length: last - first + 1 }, (_, i) =>
          ipOfNumber(4, BigInt(base + first + i)),
        ).filter((address) => !/\.(0|255)$/.test(address));
        const left = withoutBuggy(whole).flatMap((part) =>
          Array.from({ length: Number(part.last - part.first) + 1 }, (_, i) =>
            ipOfNumber(4, part.first + BigInt(i)),
          ),
        );
        expect(left).toEqual(expected);
      }),
    );
  });
});

describe('overlaps()', () => {
  const read = (...raws: Record<string, unknown>[]) =>
    overlaps(poolsInOrder(raws.map((raw) => keep(trimPool, raw).object!))).map(
      ({ pool: { name }, range: found }) => `${name} ${rangeText(found)}`,
    );

  it.each([
    ['none', [pool('a', ['10.0.0.0/25']), pool('b', ['10.0.0.128/25'])], []],
    ['of two pools', [pool('a', ['10.0.0.0/24']), pool('b', ['10.0.0.128/25'])], ['b 10.0.0.128-10.0.0.255']],
    [
      'whichever comes first',
      [pool('b', ['10.0.0.0/24']), pool('a', ['10.0.0.9/32'])],
      ['b 10.0.0.0-10.0.0.255'],
    ],
    ['within a pool', [pool('a', ['10.0.0.0/30', '10.0.0.2-10.0.0.5'])], ['a 10.0.0.2-10.0.0.5']],
    ['the same twice', [pool('a', ['10.0.0.0/30', '10.0.0.0/30'])], ['a 10.0.0.0-10.0.0.3']],
  ])('%s', (_, raws, found) => {
    expect(read(...raws)).toEqual(found);
  });
});
