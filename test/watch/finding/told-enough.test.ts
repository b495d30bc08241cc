// What a flood's reports are spared: words that nobody keeps, and evidence of what was seen a moment ago.
import { expect, it } from 'vitest';
import { SECOND } from '../../../src/base/time.ts';
import { FindingBook } from '../../../src/watch/finding/book.ts';
import type { Draft, Finding } from '../../../src/watch/finding/finding.ts';
import { ALL_HEARD, SuppressionRules } from '../../../src/watch/finding/suppression.ts';
import { ip, mac, START } from '../lan.ts';

const SEGMENT = { name: 'eth0', interface: 'eth0', vlan: null } as const;
/** As many warnings of one kind as may be open. */
const FULL = 500;

function bookWith(settings = ALL_HEARD): FindingBook {
  return new FindingBook(
    2_000,
    new SuppressionRules(settings),
    () => {},
    () => {},
    () => true,
  );
}

function rogue(i: number, more: Partial<Draft> = {}): Draft {
  return {
    kind: 'rogue-dhcp-server',
    ip: ip(`10.0.${i >> 8}.${i & 255}`),
    segment: SEGMENT,
    culprit: null,
    macs: [mac('aa')],
    vip: null,
    words: () => ({ message: `server ${i}`, remedy: '' }),
    ...more,
  };
}

const evidenceAt = (at: number) => () => ({ at, interface: 'eth0', summary: '' });

function report(book: FindingBook, draft: Draft, at: number): string | null {
  return book.report(draft, at, evidenceAt(at));
}

function filled(book: FindingBook, count: number): FindingBook {
  for (let i = 0; i < count; i += 1) for (const at of [START, START + 1]) report(book, rogue(i), at);
  return book;
}

const first = (book: FindingBook) => book.all().find((one) => one.ip === ip('10.0.0.0')) as Finding;

it('words are written for what is taken, and for nothing else', () => {
  const book = bookWith();
  const asked: number[] = [];
  const draft = (i: number) =>
    rogue(i, {
      kind: 'lease-on-vip',
      ip: ip('192.168.1.50'),
      culprit: { mac: mac(`1${i.toString(16).padStart(2, '0')}`.slice(-2)) },
      words: () => {
        asked.push(i);
        return { message: `client ${i}`, remedy: 'remedy' };
      },
    });
  for (let i = 0; i < 30; i += 1) report(book, draft(i), START + i);
  expect(asked).toEqual(Array.from({ length: 16 }, (_, i) => i));
  expect(book.all()[1]).toMatchObject({ message: 'client 1', remedy: 'remedy' });
  expect(book.all()[1]).not.toHaveProperty('words');
});

it('of very many of a kind each is refreshed every five seconds', () => {
  const book = filled(bookWith(), FULL);
  const since = START + 1;
  expect(report(book, rogue(0), since + 5 * SECOND - 1)).toBe('judged-a-moment-ago');
  expect(first(book)).toMatchObject({ occurrences: 2, refreshedAt: since });
  expect(report(book, rogue(0), since + 5 * SECOND)).toBeNull();
  expect(first(book)).toMatchObject({ occurrences: 3, refreshedAt: since + 5 * SECOND });
});

it('of fewer each is refreshed whenever it is seen', () => {
  const book = filled(bookWith(), FULL - 1);
  expect(report(book, rogue(0), START + 2)).toBeNull();
  expect(first(book).occurrences).toBe(3);
});

it('what was seen once is refreshed at once, so that it does not give way like what a flood makes up', () => {
  const book = filled(bookWith(), FULL - 1);
  report(book, rogue(FULL), START + 2);
  expect(report(book, rogue(FULL), START + 3)).toBeNull();
  expect(report(book, rogue(FULL), START + 4)).toBe('judged-a-moment-ago');
});

it('what makes it graver or certain is told at once', () => {
  const book = filled(bookWith(), FULL);
  expect(report(book, rogue(0, { severity: 'critical' }), START + 2)).toBeNull();
  expect(first(book)).toMatchObject({ severity: 'critical', occurrences: 3 });
});

it('it is refreshed sooner where it would end sooner', () => {
  const book = filled(
    bookWith({ ...ALL_HEARD, kinds: { 'rogue-dhcp-server': { quiet: 2 * SECOND } } }),
    FULL,
  );
  expect(report(book, rogue(0), START + SECOND)).toBe('judged-a-moment-ago');
  expect(report(book, rogue(0), START + 1 + SECOND)).toBeNull();
});

it('one that may not be raised yet keeps the evidence of every five seconds', () => {
  const book = filled(bookWith(), FULL + 1);
  book.end(rogue(0), START + 2);
  report(book, rogue(FULL), START + 3);
  expect(report(book, rogue(0), START + 6 * SECOND)).toBe('held-down');
  expect(report(book, rogue(0), START + 7 * SECOND)).toBe('judged-a-moment-ago');
  expect(first(book).evidence.at(-1)!.at).toBe(START + 6 * SECOND);
});

it.each([
  { machines: 16, apart: SECOND - 1, kept: START + 16 },
  { machines: 16, apart: SECOND, kept: START + 16 + SECOND },
  { machines: 15, apart: SECOND - 1, kept: START + 15 + SECOND - 1 },
])('of $machines machines that begin and end on an address, $apart µs later', ({ machines, apart, kept }) => {
  const book = bookWith();
  const asked: string[] = [];
  const lease = (i: number) =>
    rogue(i, {
      kind: 'lease-in-pool',
      ip: ip('192.168.1.55'),
      culprit: { mac: mac(String(10 + i)) },
      words: () => {
        asked.push(`${i}`);
        return { message: `client ${i}`, remedy: '' };
      },
    });
  for (let i = 1; i <= machines; i += 1) expect(report(book, lease(i), START + i)).toBeNull();
  book.end(lease(machines), START + machines);
  expect(report(book, lease(machines), START + machines + apart)).toBe('held-down');
  const last = book.all().find(({ message }) => message === `client ${machines}`)!;
  expect(last.evidence.at(-1)!.at).toBe(kept);
  expect(asked).toHaveLength(machines);
  book.expire(START + machines + 60 * SECOND);
  expect(asked).toHaveLength(machines + 1);
});
