// Numbers and times as the page writes them, by hand: what the browser has for it takes longer than the rest of the page.
import { expect, it } from 'vitest';
import { clock, count } from '../../web/words.ts';

it.each([
  [0, '0 VIPs'],
  [1, '1 VIP'],
  [999, '999 VIPs'],
  [1_000, '1,000 VIPs'],
  [1_234_567, '1,234,567 VIPs'],
])('counts %i', (number, words) => {
  expect(count(number, 'VIP')).toBe(words);
});

it('tells the time, and the day where it is another', () => {
  const midnight = new Date(2026, 2, 1, 0, 5, 9);
  const now = new Date(2026, 2, 1, 18, 0, 0).getTime();
  expect(clock(midnight.toISOString(), now)).toBe('00:05:09');
  expect(clock(new Date(2026, 1, 28, 23, 59, 0).toISOString(), now)).toBe('2026-02-28 23:59:00');
});
