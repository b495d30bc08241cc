import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type IpAddress, parseIp } from '../../src/net/address.ts';
import { joinedRanges } from '../../src/net/joined-ranges.ts';
import {
  type IpRange,
  ipOfNumber,
  networkOf,
  numberOfIp,
  parseRange,
  rangeContains,
  rangeOverlap,
  rangeText,
} from '../../src/net/range.ts';

function range(text: string): IpRange {
  const parsed = parseRange(text);
  if (typeof parsed === 'string') throw new Error(parsed);
  return parsed;
}

describe('parseRange()', () => {
  it.each([
    ['192.168.1.240-192.168.1.245', '192.168.1.240-192.168.1.245'],
    [' 192.168.1.240 - 192.168.1.245 ', '192.168.1.240-192.168.1.245'],
    ['192.168.1.7', '192.168.1.7'],
    ['192.168.1.0/24', '192.168.1.0-192.168.1.255'],
    ['192.168.1.77/24', '192.168.1.0-192.168.1.255'],
    ['192.168.1.7/32', '192.168.1.7'],
    ['0.0.0.0/0', '0.0.0.0-255.255.255.255'],
    ['fd00::/120', 'fd00::-fd00::ff'],
    ['fd00::10-fd00::1f', 'fd00::10-fd00::1f'],
    ['FD00::1/128', 'fd00::1'],
  ])('reads "%s" as %s', (text, shown) => {
    expect(rangeText(range(text))).toBe(shown);
  });

  it.each([
    ['', '"" is not an IP address, a CIDR or a range FIRST-LAST'],
    ['main', '"main" is not an IP address, a CIDR or a range FIRST-LAST'],
    ['192.168.1.5-192.168.1.2', '"192.168.1.5-192.168.1.2" runs backwards: write 192.168.1.2-192.168.1.5'],
    ['192.168.1.5-fd00::1', '"192.168.1.5-fd00::1" mixes IPv4 and IPv6'],
    ['192.168.1.5-', '"" is not an IP address'],
    ['192.168.1.5-20', '"192.168.1.5-20" is cut short: write 192.168.1.5-192.168.1.20'],
    ['192.168.1.5-300', '"300" is not an IP address'],
    ['fd00::5-9:z', '"9:z" is not an IP address'],
    ['fe80::1%eth0', '"fe80::1%eth0" is not an IP address: leave out the zone %eth0'],
    ['fe80::1%eth0-fe80::2', '"fe80::1%eth0" is not an IP address: leave out the zone %eth0'],
    ['192.168.1.300-192.168.1.301', '"192.168.1.300" is not an IP address'],
    [
      '10.0.0.1-10.0.0.2-10.0.0.3',
      '"10.0.0.1-10.0.0.2-10.0.0.3" is not a range: expected FIRST-LAST, a CIDR or an address',
    ],
    ['10.0.0.0/33', '"10.0.0.0/33" has a bad prefix length: expected 0 to 32'],
    ['10.0.0.0/', '"10.0.0.0/" has a bad prefix length: expected 0 to 32'],
    ['10.0.0.0/-1', '"10.0.0.0/" is not an IP address: leave out /'],
    ['10.0.0.0/024', '"10.0.0.0/024" has a bad prefix length: expected 0 to 32'],
    ['10.0.0.0/24/8', '"10.0.0.0/24/8" is not an IP address, a CIDR or a range FIRST-LAST'],
    ['fd00::/129', '"fd00::/129" has a bad prefix length: expected 0 to 128'],
  ])('says what is wrong with "%s"', (text, message) => {
    expect(parseRange(text)).toBe(message);
  });
});

describe('rangeContains()', () => {
  it.each([
    ['10.0.0.10', true],
    ['10.0.0.20', true],
    ['10.0.0.9', false],
    ['10.0.0.21', false],
    ['::a00:a', false],
  ])('10.0.0.10-10.0.0.20 and %s: %s', (ip, contains) => {
    expect(rangeContains(range('10.0.0.10-10.0.0.20'), ip as IpAddress)).toBe(contains);
  });
});

describe('networkOf()', () => {
  it.each([
    ['192.168.1.77', 24, '192.168.1.0-192.168.1.255'],
    ['192.168.1.77', 32, '192.168.1.77'],
    ['192.168.1.77', 0, '0.0.0.0-255.255.255.255'],
    ['fd00::17:1', 112, 'fd00::17:0-fd00::17:ffff'],
    ['fd00::1', 128, 'fd00::1'],
  ])('of %s/%d is %s', (ip, prefixLength, text) => {
    expect(rangeText(networkOf(ip as IpAddress, prefixLength))).toBe(text);
    expect(networkOf(ip as IpAddress, prefixLength)).toEqual(range(`${ip}/${prefixLength}`));
  });
});

describe('rangeOverlap()', () => {
  it.each([
    ['10.0.0.2-10.0.0.253', '10.0.0.240-10.0.0.250', '10.0.0.240-10.0.0.250'],
    ['10.0.0.2-10.0.0.100', '10.0.0.100-10.0.0.200', '10.0.0.100'],
    ['10.0.0.2-10.0.0.99', '10.0.0.100-10.0.0.200', undefined],
    ['::a00:0/120', '10.0.0.0/24', undefined],
  ])('%s and %s share %s', (a, b, shared) => {
    const overlap = rangeOverlap(range(a), range(b));
    expect(overlap && rangeText(overlap)).toBe(shared);
    expect(rangeOverlap(range(b), range(a))).toEqual(overlap);
  });
});

it('an address is its number and back', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
      const address = parseIp(text)!;
      expect(ipOfNumber(address.includes(':') ? 6 : 4, numberOfIp(address))).toBe(address);
    }),
  );
});

describe('joinedRanges()', () => {
  it.each([
    [[], []],
    [['10.0.0.5-10.0.0.9', '10.0.0.1-10.0.0.4'], ['10.0.0.1-10.0.0.9']],
    [
      ['10.0.0.5-10.0.0.9', '10.0.0.1-10.0.0.3'],
      ['10.0.0.1-10.0.0.3', '10.0.0.5-10.0.0.9'],
    ],
    [['10.0.0.1-10.0.0.9', '10.0.0.2-10.0.0.3', '10.0.0.7-10.0.0.12'], ['10.0.0.1-10.0.0.12']],
    [
      ['::1', '0.0.0.0', '::2'],
      ['0.0.0.0', '::1-::2'],
    ],
  ])('of %j is %j', (texts, joined) => {
    expect(joinedRanges(texts.map(range)).map(rangeText)).toEqual(joined);
  });
});
