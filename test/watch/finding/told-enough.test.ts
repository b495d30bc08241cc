// What a flood's reports are spared: words that nobody keeps, and evidence of what was seen a moment ago.
import { describe, expect, it } from 'vitest';
import { SECOND } from '../../../src/base/time.ts';
import type { FindingBook } from '../../../src/watch/finding/book.ts';
import type { Draft, Finding } from '../../../src/watch/finding/finding.ts';
import { ALL_HEARD, SuppressionRules } from '../../../src/watch/finding/suppression.ts';
import { ip, mac, START } from '../lan.ts';
import { bookWith, SEGMENT } from './book.ts';

/** As many warnings of one kind as may be open. */
const FULL = 500;

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
    bookWith({
      rules: new SuppressionRules({ ...ALL_HEARD, kinds: { 'rogue-dhcp-server': { quiet: 2 * SECOND } } }),
    }),
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

describe('what may not be raised yet says what was so when it was seen, as its latest line of evidence', () => {
  const told: string[] = [];
  let said = '';
  /** What the words tell of is another each time. */
  const lease = (i: number, more: Partial<Draft> = {}) =>
    rogue(i, {
      kind: 'lease-in-pool',
      ip: ip('192.168.1.55'),
      culprit: { mac: mac(String(10 + i)) },
      words: () => {
        told.push(`${i}`);
        return { message: `client ${i}: ${said}`, remedy: '' };
      },
      ...more,
    });
  const last = (book: FindingBook, machine: number) =>
    book.all().find(({ message }) => message.startsWith(`client ${machine}:`))!;

  function crowded(machines: number): FindingBook {
    const book = bookWith();
    told.length = 0;
    said = 'first';
    for (let i = 1; i <= machines; i += 1) expect(report(book, lease(i), START + i)).toBeNull();
    book.end(lease(machines), START + machines);
    return book;
  }

  it.each([
    { machines: 16, apart: SECOND - 1, kept: START + 16, says: 'first' },
    { machines: 16, apart: SECOND, kept: START + 16 + SECOND, says: 'second' },
    { machines: 15, apart: SECOND - 1, kept: START + 15 + SECOND - 1, says: 'second' },
  ])(
    'of $machines machines that begin and end on an address, $apart µs later',
    ({ machines, apart, kept, says }) => {
      const book = crowded(machines);
      said = 'second';
      expect(report(book, lease(machines), START + machines + apart)).toBe('held-down');
      said = 'third';
      expect(last(book, machines).evidence.at(-1)!.at).toBe(kept);
      expect(told).toHaveLength(says === 'first' ? machines : machines + 1);
      book.expire(START + machines + 60 * SECOND);
      expect(last(book, machines)).toMatchObject({ message: `client ${machines}: ${says}`, state: 'active' });
      expect(told).toHaveLength(says === 'first' ? machines : machines + 1);
    },
  );

  it('seen again and again, of a crowd: what the latest line goes with, over or not', () => {
    const book = crowded(16);
    said = 'second';
    report(book, lease(16), START + 16 + SECOND);
    book.end(lease(16), START + 17 + SECOND);
    said = 'third';
    // Others begin, so that it is one of a crowd again.
    book.end(lease(15), START + 17 + SECOND);
    expect(report(book, lease(17), START + 18 + SECOND)).toBeNull();
    report(book, lease(16), START + 19 + SECOND);
    report(book, lease(16), START + 20 + SECOND);
    expect(last(book, 16).evidence.at(-1)!.at).toBe(START + 16 + SECOND);
    book.end(lease(17), START + 60 * SECOND);
    book.expire(START + 16 + 60 * SECOND);
    expect(last(book, 16)).toMatchObject({ message: 'client 16: second', state: 'active' });
  });

  it('graver than before: as it is', () => {
    const book = crowded(16);
    said = 'second';
    report(book, lease(16, { severity: 'critical' }), START + 17);
    expect(last(book, 16).evidence.at(-1)!.at).toBe(START + 17);
    book.expire(START + 16 + 60 * SECOND);
    expect(last(book, 16)).toMatchObject({ message: 'client 16: second', severity: 'critical' });
  });

  it('without the others that had none of their own when it was told last', () => {
    const book = crowded(16);
    for (let i = 20; i < 25; i += 1) report(book, lease(i), START + 20);
    // The first to have begun speaks for the others.
    report(book, lease(1), START + 21);
    expect(last(book, 1).message).toContain('So do others');
    for (let i = 1; i <= 16; i += 1) book.end(lease(i), START + 22);
    report(book, lease(1), START + 23);
    book.expire(START + 1 + 60 * SECOND);
    expect(last(book, 1)).toMatchObject({ message: 'client 1: first', state: 'active' });
  });
});
