// What may be asked for, and what an agent without a cluster keeps.
import { describe, expect, it } from 'vitest';
import { AcknowledgingRefused, readAcknowledging } from '../../src/acknowledge/acknowledging.ts';
import { LocalAcknowledgements } from '../../src/acknowledge/local.ts';
import { HOUR, type Micros, parseIso } from '../../src/base/time.ts';
import type { Acknowledgement } from '../../src/watch/finding/acknowledgement.ts';
import { NOON } from '../serve/sample.ts';
import { acknowledgement } from './acknowledgement.ts';

const EXAMPLES = 'a length of time from now, as 8h or 7d, or a time with its zone, as 2026-03-01T18:00:00Z';
const read = (comment: string, until: string) => readAcknowledging({ comment, until }, NOON);

describe('what is asked for', () => {
  it.each([
    ['8h', '2026-03-01T20:00:00.000000Z'],
    ['1m', '2026-03-01T12:01:00.000000Z'],
    ['30d', '2026-03-31T12:00:00.000000Z'],
    ['2026-03-01T12:00:01Z', '2026-03-01T12:00:01.000000Z'],
    ['2026-03-01T19:30:00+01:00', '2026-03-01T18:30:00.000000Z'],
  ])('ends at %s', (until, end) => {
    expect(read('anna sees to it', until)).toEqual({ ok: true, comment: 'anna sees to it', until: end });
  });

  it.each([
    ['', `"" is not an end: write ${EXAMPLES}`],
    ['tomorrow', `"tomorrow" is not an end: write ${EXAMPLES}`],
    ['2026-03-01T18:00:00', `"2026-03-01T18:00:00" is not an end: write ${EXAMPLES}`],
    ['x'.repeat(100), `this is not an end: write ${EXAMPLES}`],
    ['0s', `"0s" is not in the future, it is 2026-03-01T12:00:00.000000Z here: write ${EXAMPLES}`],
    [
      '2026-03-01T12:00:00Z',
      `"2026-03-01T12:00:00Z" is not in the future, it is 2026-03-01T12:00:00.000000Z here: write ${EXAMPLES}`,
    ],
    ['31d', '"31d" is more than 30 days away: name an earlier end, and acknowledge it again then'],
    [
      '2026-03-31T12:00:01Z',
      '"2026-03-31T12:00:01Z" is more than 30 days away: name an earlier end, and acknowledge it again then',
    ],
  ])('does not end at %s', (until, mistake) => {
    expect(read('anna sees to it', until)).toEqual({ ok: false, mistakes: [`until: ${mistake}`] });
  });

  it.each([
    ['a'],
    ['x'.repeat(200)],
    ['😀'.repeat(200)],
    ['<img src=x onerror=alert(1)> is text'],
    ['Der Router wird um 6 getauscht — 明日'],
  ])('says %s', (comment) => {
    expect(read(`  ${comment} `, '8h')).toMatchObject({ ok: true, comment });
  });

  it.each([
    ['', 'is empty: say who sees to it, or why it can wait'],
    [' \t\n', 'is empty: say who sees to it, or why it can wait'],
    ['x'.repeat(201), 'has 201 characters: shorten it to 200 at most'],
    ['x'.repeat(10_000), 'has 10000 characters: shorten it to 200 at most'],
    ['two\nlines', 'holds the character U+000A, which cannot be printed: write one line of plain text'],
    ['red \u001b[31m', 'holds the character U+001B, which cannot be printed: write one line of plain text'],
    [
      'turned \u202e round',
      'holds the character U+202E, which cannot be printed: write one line of plain text',
    ],
    ['two\u2028lines', 'holds the character U+2028, which cannot be printed: write one line of plain text'],
    ['half \ud800', 'holds the character U+D800, which cannot be printed: write one line of plain text'],
  ])('does not say %j', (comment, mistake) => {
    expect(read(comment, '8h')).toEqual({ ok: false, mistakes: [`comment: ${mistake}`] });
  });

  it('has all its mistakes told', () => {
    expect(read('', 'soon')).toMatchObject({
      mistakes: [/^comment: /, /^until: /].map((one) => expect.stringMatching(one)),
    });
  });
});

describe('an agent without a cluster', () => {
  function kept(saved: readonly Acknowledgement[] = []) {
    const told: (readonly Acknowledgement[])[] = [];
    const clock = { wall: NOON as Micros };
    const onChange = (all: readonly Acknowledgement[]) => void told.push(all);
    return { told, clock, store: new LocalAcknowledgements({ saved, wall: () => clock.wall, onChange }) };
  }

  it('keeps one for each finding, the latest', async () => {
    const { store, told } = kept();
    const [first, other, again] = [
      acknowledgement('a'),
      acknowledgement('b'),
      acknowledgement('a', { comment: 'longer' }),
    ];
    await store.put(first);
    await store.put(other);
    await store.put(again);
    expect(told).toEqual([[first], [first, other], [other, again]]);
  });

  it('takes one back, and says where there is none', async () => {
    const { store, told } = kept([acknowledgement('a'), acknowledgement('b')]);
    expect(await store.remove('a')).toBe(true);
    expect(told).toEqual([[acknowledgement('b')]]);
    expect(await store.remove('a')).toBe(false);
  });

  it('keeps no more than 200, and one that has a place can always be changed', async () => {
    const { store, told } = kept(Array.from({ length: 200 }, (_, i) => acknowledgement(`f${i}`)));
    await store.put(acknowledgement('f7', { comment: 'again' }));
    await expect(store.put(acknowledgement('more'))).rejects.toThrow(AcknowledgingRefused);
    expect(told).toHaveLength(1);
    await store.remove('f0');
    await store.put(acknowledgement('more'));
    expect(told.at(-1)).toHaveLength(200);
  });

  it('lets what is over give way, that which ended first', async () => {
    const soon = ['first', 'second'].map((name, i) =>
      acknowledgement(name, { until: `2026-03-01T13:0${i}:00.000000Z` }),
    );
    const saved = [...soon, ...Array.from({ length: 198 }, (_, i) => acknowledgement(`f${i}`))];
    const { store, told, clock } = kept(saved);
    await expect(store.put(acknowledgement('more'))).rejects.toThrow(AcknowledgingRefused);
    clock.wall = NOON + 2 * HOUR;
    await store.put(acknowledgement('more'));
    expect(told.at(-1)).toEqual([...saved.slice(1), acknowledgement('more')]);
  });

  it('forgets what has been over for a day, and not before: its clock may have been wrong', async () => {
    const { store, told, clock } = kept([acknowledgement('over')]);
    clock.wall = parseIso(acknowledgement('over').until)! + 24 * HOUR;
    await store.remove('none');
    expect(told.at(-1)).toHaveLength(1);
    clock.wall += 1;
    await store.remove('none');
    expect(told.at(-1)).toEqual([]);
  });
});
