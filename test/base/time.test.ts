import { describe, expect, it } from 'vitest';
import {
  HOUR,
  MILLISECOND,
  MINUTE,
  type Micros,
  type Millis,
  SECOND,
  type Seconds,
  toIso,
} from '../../src/base/time.ts';

describe('toIso()', () => {
  it.each([
    [0, '1970-01-01T00:00:00.000000Z'],
    [1, '1970-01-01T00:00:00.000001Z'],
    [1_772_383_378_846_845, '2026-03-01T16:42:58.846845Z'],
    [1_772_383_378_000_000, '2026-03-01T16:42:58.000000Z'],
    [999_999, '1970-01-01T00:00:00.999999Z'],
    [-1, '1969-12-31T23:59:59.999999Z'],
    [1.9, '1970-01-01T00:00:00.000001Z'],
    [Number.MAX_SAFE_INTEGER, '2255-06-05T23:47:34.740991Z'],
  ])('writes %d as %s', (at, text) => {
    expect(toIso(at)).toBe(text);
  });
});

it('counts in microseconds', () => {
  expect([1000 * MILLISECOND, 60 * SECOND, 60 * MINUTE]).toEqual([SECOND, MINUTE, HOUR]);
  expect(toIso(HOUR)).toBe('1970-01-01T01:00:00.000000Z');
});

describe('a length in one unit', () => {
  it('does not compile in place of another', () => {
    const seconds: Seconds = 3;
    const millis: Millis = 3_000;
    const waitFor = (length: Micros) => length;
    // @ts-expect-error: seconds
    waitFor(seconds);
    // @ts-expect-error: milliseconds
    waitFor(millis);
    // @ts-expect-error: microseconds
    const wrong: Seconds | null = SECOND;
    expect([waitFor(seconds * SECOND), waitFor(millis * MILLISECOND), wrong]).toEqual([
      3_000_000, 3_000_000, 1_000_000,
    ]);
  });
});
