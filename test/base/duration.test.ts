import { describe, expect, it } from 'vitest';
import { durationMistake, durationText, parseDuration } from '../../src/base/duration.ts';
import { HOUR, MILLISECOND, MINUTE, SECOND } from '../../src/base/time.ts';

describe('parseDuration()', () => {
  it.each([
    ['500ms', 500_000],
    ['1s', 1_000_000],
    ['1.5s', 1_500_000],
    ['2m', 120_000_000],
    ['12h', 43_200_000_000],
    ['7d', 604_800_000_000],
    ['0s', 0],
    ['1', undefined],
    ['s', undefined],
    ['-1s', undefined],
    ['1 s', undefined],
    ['1S', undefined],
    ['1e3s', undefined],
    ['1constructor', undefined],
    ['', undefined],
  ])('%j is %j microseconds', (text, micros) => {
    expect(parseDuration(text)).toBe(micros);
  });
});

describe('durationText()', () => {
  it.each([
    [10 * SECOND, '10s'],
    [90 * SECOND, '90s'],
    [2 * MINUTE, '2m'],
    [1500 * MILLISECOND, '1500ms'],
    [48 * HOUR, '2d'],
    [500, '0.5ms'],
    [1, '0.001ms'],
  ])('%i is %s, and read back the same', (length, text) => {
    expect(durationText(length)).toBe(text);
    expect(parseDuration(text)).toBe(length);
  });
});

describe('durationMistake()', () => {
  it.each([
    ['10s', null],
    ['1s', null],
    ['60s', null],
    ['999ms', '"999ms" is out of bounds: from 1s to 1m'],
    ['61s', '"61s" is out of bounds: from 1s to 1m'],
    ['10', '"10" is not a length of time'],
    ['ten s', '"ten s" is not a length of time'],
    ['1e3s', '"1e3s" is not a length of time'],
  ])('of %s from 1s to 1m', (text, expected) => {
    const mistake = durationMistake(text, '1s', '1m');
    if (expected === null) expect(mistake).toBeNull();
    else expect(mistake).toContain(expected);
  });
});
