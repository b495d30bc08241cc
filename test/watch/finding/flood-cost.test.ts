// What a flood of made-up findings may cost: as much for each, however many are kept.
import { expect, it } from 'vitest';
import type { Ipv4 } from '../../../src/net/address.ts';
import { ip, Lan, mac, range, START } from '../lan.ts';
import { about, bookWith } from './book.ts';

const evidence = { at: START, interface: 'eth0', summary: '' };

/** Milliseconds that so many findings take, each over before the next, in a book that holds `capacity` and is full. */
function timeFor(findings: number, capacity: number): number {
  const book = bookWith({ capacity });
  const raise = (i: number) => {
    expect(book.report(about(i), START + i, () => evidence)).toBeNull();
    book.end(about(i), START + i);
  };
  for (let i = 0; i < capacity; i += 1) raise(i);
  const before = performance.now();
  for (let i = capacity; i < capacity + findings; i += 1) raise(i);
  expect(book.size).toBe(capacity);
  return performance.now() - before;
}

it('a finding costs as much in a book of 8,000 as in one of 80', () => {
  const best = (capacity: number) => Math.min(...[0, 1, 2].map(() => timeFor(2_000, capacity)));
  // Where each new one looks at all that are kept it is a hundred times as much.
  expect(best(8_000)).toBeLessThan(10 * best(80));
});

it('a full book forgets first what has been over for longest', () => {
  const book = bookWith({ capacity: 3 });
  for (let i = 0; i < 3; i += 1) book.report(about(i), START + i, () => evidence);
  book.end(about(2), START + 10);
  book.end(about(0), START + 11);
  const kept = () => book.all().map((finding) => Number(finding.ip.split('.')[3]));
  book.report(about(3), START + 12, () => evidence);
  expect(kept()).toEqual([0, 1, 3]);
  book.report(about(4), START + 13, () => evidence);
  expect(kept()).toEqual([1, 3, 4]);
  // All of them critical, and told.
  expect(book.report(about(5), START + 14, () => evidence)).toBe('too-many-findings');
});

it.each([
  [2, 'a warning', [0, 1, 3, 4, 5, 6, 7, 8]],
  [3, 'what is over', [1, 2, 3, 4, 5, 6, 7, 8]],
])('of a full book of eight, where %i are over, %s makes room', (over, _, kept) => {
  const book = bookWith({ capacity: 8 });
  for (let i = 0; i < 8; i += 1) book.report(about(i, { severity: 'warning' }), START + i, () => evidence);
  for (let i = 0; i < over; i += 1) book.end(about(i), START + 10 + i);
  expect(book.report(about(8), START + 20, () => evidence)).toBeNull();
  expect(book.all().map((finding) => Number(finding.ip.split('.')[3]))).toEqual(kept);
});

it('rogue-dhcp-server names five of very many servers, so that its message can be kept', () => {
  const lan = new Lan(undefined, { dhcp: { ranges: [range('10.0.0.1-10.0.0.2')], servers: null } });
  for (let i = 1; i <= 200; i += 1)
    lan
      .dhcp({ type: 'offer', client: mac('aa'), server: `10.9.0.${i}` as Ipv4, yourIp: ip('10.1.0.1') })
      .wait(50);
  const [finding] = lan.active().filter(({ kind }) => kind === 'rogue-dhcp-server');
  expect(finding?.message).toBe(
    'A second DHCP server, 10.9.0.200, answers on eth0 beside 10.9.0.1, 10.9.0.170, 10.9.0.171, 10.9.0.172, 10.9.0.173 and 26 more, which was heard first.',
  );
});

it('rogue-dhcp-server names five of very many expected servers', () => {
  const servers = Array.from({ length: 255 }, (_, i) => ip(`10.9.0.${i}`));
  const lan = new Lan(undefined, { dhcp: { ranges: [], servers } });
  lan.dhcp({ type: 'offer', client: mac('aa'), server: ip('192.168.1.66'), yourIp: ip('10.1.0.1') });
  expect(lan.active()[0]?.message).toBe(
    'DHCP server 192.168.1.66 answers on eth0, but only 10.9.0.0, 10.9.0.1, 10.9.0.2, 10.9.0.3, 10.9.0.4 and 250 more should.',
  );
});
