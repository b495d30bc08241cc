// The range that a server hands out, found by asking: exactly where nothing is leased, and never wider than it is.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_DISCOVERS, RangeFinder } from '../../src/audit/range-finder.ts';
import type { Ipv4, Mac } from '../../src/net/address.ts';
import { type IpRange, ipOfNumber, rangeText } from '../../src/net/range.ts';
import {
  AuditLan,
  addressesOf,
  counting,
  DHCPD,
  DNSMASQ,
  type FakeServer,
  ip,
  KEA,
  NODE,
  range,
  type Station,
  UDHCPD,
} from './servers.ts';

const ROUTER = ip('192.168.1.1');
const router: Station = { ip: ROUTER, mac: '02:00:00:00:00:01' as Mac, pongs: true };

function find(servers: readonly FakeServer[], stations: readonly Station[] = [router]) {
  const lan = new AuditLan(servers, stations);
  const progress: number[] = [];
  const finder = new RangeFinder({
    source: NODE,
    transactionId: counting(),
    isOwn: (one) => one === NODE.ip,
    onDiscover: () => progress.push(finder.discovers),
  });
  lan.play(finder);
  expect(finder.discovers).toBeLessThanOrEqual(MAX_DISCOVERS);
  expect(lan.discovers).toHaveLength(finder.discovers);
  return { lan, progress, found: finder.found, discovers: finder.discovers };
}

const texts = ({ found }: ReturnType<typeof find>) =>
  found.ranges.map((one) => `${one.atLeast ? 'at least ' : ''}${rangeText(one)}`);
const serving = (text: string, like: Partial<FakeServer> & Pick<FakeServer, 'delay'> = KEA): FakeServer => ({
  ip: ROUTER,
  ranges: text.split(',').map(range),
  ...like,
});

describe.each([
  ['dnsmasq', DNSMASQ],
  ['ISC dhcpd', DHCPD],
  ['Kea', KEA],
  ['udhcpd', UDHCPD],
])('%s', (_, like) => {
  it.each([
    '192.168.1.20-192.168.1.120',
    '192.168.1.2-192.168.1.253',
    '192.168.1.2-192.168.1.254',
    '192.168.1.200-192.168.1.203',
    '192.168.1.50-192.168.1.60',
  ])('hands out exactly %s', (text) => {
    const result = find([serving(text, like)]);
    expect(texts(result)).toEqual([text]);
    expect(result.found).toMatchObject({ server: ROUTER, others: [] });
    // Told of every question, and of udhcpd's eleven addresses most are left for others.
    expect(result.progress.at(-1)).toBe(result.discovers);
    if (text.endsWith('.60')) expect(result.lan.mostHeld).toBeLessThanOrEqual(6);
  });
});

it('is exact for whatever range is empty', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 250 }), fc.integer({ min: 0, max: 252 }), (first, more) => {
      const last = Math.min(first + more, 254);
      // Near this node's own address, which it does not ask for, an end is never sure.
      fc.pre(last < 7 || first > 13);
      const text = first === last ? `192.168.1.${first}` : `192.168.1.${first}-192.168.1.${last}`;
      expect(texts(find([serving(text)]))).toEqual([text]);
    }),
  );
});

const anyRange = fc.tuple(fc.integer({ min: 11, max: 240 }), fc.integer({ min: 3, max: 200 }));
const inside = (inner: IpRange, outer: IpRange) => inner.first >= outer.first && inner.last <= outer.last;

it('is never wider than the truth, however many addresses are leased', () => {
  fc.assert(
    fc.property(
      anyRange,
      fc.integer({ min: 0, max: 95 }),
      fc.infiniteStream(fc.integer({ min: 0, max: 99 })),
      (one, percent, dice) => {
        const [first, more] = one;
        const text = `192.168.1.${first}-192.168.1.${Math.min(first + more, 254)}`;
        const truth = range(text);
        const leased = new Set<Ipv4>();
        for (const address of addressesOf(text)) if (dice.next().value! < percent) leased.add(address);
        const { found } = find([serving(text, { ...KEA, leased })]);
        for (const shown of found.ranges) {
          expect(inside(shown, truth)).toBe(true);
          if (!shown.atLeast && leased.size === 0) expect(rangeText(shown)).toBe(text);
        }
      },
    ),
    { numRuns: 60 },
  );
});

it('is found for the most part where four of ten addresses are leased', () => {
  const random = (seed: number) => (seed * 48_271) % 2_147_483_647;
  let mostly = 0;
  let sure = 0;
  let seed = 42;
  for (let run = 0; run < 50; run += 1) {
    const leased = new Set<Ipv4>();
    for (const address of addressesOf('192.168.1.20-192.168.1.120')) {
      seed = random(seed);
      if (seed % 10 < 4) leased.add(address);
    }
    const { ranges } = find([serving('192.168.1.20-192.168.1.120', { ...KEA, leased })]).found;
    const covered = ranges.reduce((sum, { first, last }) => sum + Number(last - first) + 1, 0);
    sure += ranges.filter((one) => !one.atLeast && rangeText(one) !== '192.168.1.20-192.168.1.120').length;
    if (covered >= 85) mostly += 1;
  }
  expect(mostly).toBeGreaterThan(30);
  // Sure of what is not so: where by chance nothing that was asked for within was leased.
  expect(sure).toBeLessThanOrEqual(2);
});

it('says so where a server has several ranges', () => {
  const result = find([serving('192.168.1.20-192.168.1.80,192.168.1.150-192.168.1.200')]);
  for (const { first, last } of result.found.ranges) {
    const truth = ['192.168.1.20-192.168.1.80', '192.168.1.150-192.168.1.200'].map(range);
    expect(truth.some((one) => inside({ family: 4, first, last }, one))).toBe(true);
  }
  expect(result.found.ranges.length).toBeGreaterThan(1);
});

it('follows the first of two servers, and names the other', () => {
  const second = { ...serving('192.168.1.130-192.168.1.140', DHCPD), ip: ip('192.168.1.2') };
  const result = find([serving('192.168.1.20-192.168.1.120'), second]);
  expect(texts(result)).toEqual(['192.168.1.20-192.168.1.120']);
  expect(result.found).toMatchObject({ server: ROUTER, others: [ip('192.168.1.2')] });
});

it('passes over addresses that machines use, and is not sure of an end beside one', () => {
  const used = (last: number): Station => ({
    ip: ip(`192.168.1.${last}`),
    mac: '02:00:00:00:00:77' as Mac,
    pongs: false,
  });
  const result = find([serving('192.168.1.20-192.168.1.120')], [router, used(70), used(254), used(121)]);
  expect(texts(result)).toEqual(['at least 192.168.1.20-192.168.1.120']);
  const asked = result.lan.discovers.map((one) => one.asked);
  for (const last of [70, 254, 121]) expect(asked).not.toContain(`192.168.1.${last}`);
});

it('ends where nobody answers', () => {
  const { found, discovers } = find([]);
  expect(found).toEqual({ server: null, ranges: [], others: [] });
  expect(discovers).toBeLessThanOrEqual(6);
});

it('ends with what it has where a server ignores what it is asked for', () => {
  const { found } = find([serving('192.168.1.20-192.168.1.120', { ...KEA, ignores: 'by-hash' })]);
  for (const shown of found.ranges) expect(inside(shown, range('192.168.1.20-192.168.1.120'))).toBe(true);
});

it('asks for hosts of the network alone', () => {
  const { lan } = find([serving('192.168.1.1-192.168.1.254')]);
  for (const { asked } of lan.discovers) {
    expect([ipOfNumber(4, NODE.network.first), ipOfNumber(4, NODE.network.last)]).not.toContain(asked);
  }
});
