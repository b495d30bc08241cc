import { expect, it } from 'vitest';
import { gapText, lengthText } from '../../src/base/length-text.ts';

it.each([
  [0.4, '0 ms'],
  [850, '850 ms'],
  [999.7, '1 s'],
  [1_404, '1.4 s'],
  [13_000, '13 s'],
])('says %d ms', (ms, words) => {
  expect(lengthText(ms)).toBe(words);
});

it.each([
  [6_450.333, 998.757, '5.45 to 6.45 s'],
  [1_400, 1_050, '350 ms to 1.4 s'],
  [250, 50, '200 to 250 ms'],
  [13_000, 0, '13 s'],
  [6_000, 6_000, 'up to 6 s'],
  [6_000, 9_000, 'up to 6 s'],
  [1_400, 2, '1.4 s'],
])('says of a gap of %d ms that is uncertain by %d ms', (gapMs, uncertaintyMs, words) => {
  expect(gapText(gapMs, uncertaintyMs)).toBe(words);
});
