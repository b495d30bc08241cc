import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { TurnoverMap } from '../../src/base/turnover-map.ts';

setFlagsFromString('--expose-gc');
const collect: (options?: { readonly type: 'minor' }) => void = runInNewContext('gc');

const KEPT = 10;
const COME = 20_000;
const NUMBERS = 100;

/** Bytes that stay until all memory is looked through, of the values that came and left, `KEPT` at a time. */
function leftBy(map: {
  set(key: string, value: readonly number[]): unknown;
  delete(key: string): boolean;
}): number {
  for (let i = 0; i < KEPT; i += 1) map.set(`${i}`, []);
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let i = KEPT; i < COME; i += 1) {
    map.delete(`${i - KEPT}`);
    map.set(
      `${i}`,
      Array.from({ length: NUMBERS }, (_, n) => i + n / 2),
    );
    if (i % 500 === 0) collect({ type: 'minor' });
  }
  collect({ type: 'minor' });
  return process.memoryUsage().heapUsed - before;
}

it('leaves nothing of what came and left to the collector of what lives long', () => {
  const all = COME * NUMBERS * Float64Array.BYTES_PER_ELEMENT;
  expect(leftBy(new TurnoverMap())).toBeLessThan(all / 10);
});

it('is gone through in the order of coming, and makes room by the oldest, whatever came and left', () => {
  const map = new TurnoverMap<number, number>();
  const keys: number[] = [];
  for (let i = 0; i < 1_000; i += 1) {
    map.set(i, i);
    keys.push(i);
    if (i % 7 === 3) {
      map.delete(keys[1]!);
      keys.splice(1, 1);
    }
    if (keys.length > 20) {
      expect(map.takeOldest()[0]).toBe(keys.shift());
    }
    expect([...map].map(([key]) => key)).toEqual(keys);
    expect([...map.values()]).toEqual(keys);
    expect(map.size).toBe(keys.length);
  }
});

it('takes another value for a key in its old place', () => {
  const map = new TurnoverMap<string, number>();
  map.set('a', 1);
  map.set('b', 2);
  map.set('a', 3);
  expect([...map]).toEqual([
    ['a', 3],
    ['b', 2],
  ]);
});
