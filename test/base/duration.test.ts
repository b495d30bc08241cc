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

describe('parseDuration() of several units', () => {
  it.each([
    ['1m30s', 90_000_000],
    ['1h30m', 5_400_000_000],
    ['1h30s', 3_630_000_000],
    ['1d12h', 129_600_000_000],
    ['1s500ms', 1_500_000],
    ['1d2h3m4s5ms', 93_784_005_000],
    ['0h5m', 300_000_000],
    ['1m90s', 150_000_000],
  ])('adds them up: %j is %j microseconds', (text, micros) => {
    expect(parseDuration(text)).toBe(micros);
  });

  it.each([
    ['a smaller unit first', '30s1m'],
    ['milliseconds first', '5ms1s'],
    ['a unit twice', '1m1m'],
    ['a unit twice, apart', '1h1m1h'],
    ['a space', '1m 30s'],
    ['a fraction before another unit', '1.5m30s'],
    ['a fraction after another unit', '1m1.5s'],
    ['a number without its unit', '1m30'],
    ['a unit without its number', '1ms30'],
    ['a unit alone', '1ms2hs'],
    ['a sign', '1m-30s'],
    ['a comma', '1m,30s'],
    ['capitals', '1H30M'],
    ['a unit that there is not', '1w2d'],
    ['a line more', '1m30s\n'],
    ['more digits than any length needs', '1m1234567890s'],
  ])('refuses %s: %j', (_, text) => {
    expect(parseDuration(text)).toBeUndefined();
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
    ['0m60s', null],
    ['1m1ms', '"1m1ms" is out of bounds: from 1s to 1m'],
    ['999ms', '"999ms" is out of bounds: from 1s to 1m'],
    ['61s', '"61s" is out of bounds: from 1s to 1m'],
    ['10', '"10" is not a duration'],
    ['ten s', '"ten s" is not a duration'],
    ['1e3s', '"1e3s" is not a duration'],
  ])('of %s from 1s to 1m', (text, expected) => {
    const mistake = durationMistake(text, '1s', '1m');
    if (expected === null) expect(mistake).toBeNull();
    else expect(mistake).toContain(expected);
  });
});
