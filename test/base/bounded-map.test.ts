import { describe, expect, it } from 'vitest';
import { BoundedMap } from '../../src/base/bounded-map.ts';

function holding(keys: string, capacity: number): BoundedMap<string, number> {
  const map = new BoundedMap<string, number>(capacity);
  [...keys].forEach((key, i) => void map.set(key, i));
  return map;
}
const keysOf = (map: BoundedMap<string, number>) => [...map].map(([key]) => key).join('');

describe('BoundedMap', () => {
  it.each([
    ['abc', 'abc'],
    ['abcd', 'bcd'],
    ['abcad', 'cad'],
    ['abcabc', 'abc'],
    ['abcdef', 'def'],
  ])('of three, given %s, holds %s', (given, held) => {
    expect(keysOf(holding(given, 3))).toBe(held);
  });

  it('makes room by what was set longest ago, whatever came, was set again and was deleted', () => {
    const map = new BoundedMap<number, number>(8);
    let expected: number[] = [];
    let random = 1;
    for (let i = 0; i < 5_000; i += 1) {
      random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
      const key = (random >>> 16) % 24;
      expected = expected.filter((one) => one !== key);
      if ((random >>> 8) % 5 === 0) map.delete(key);
      else {
        map.set(key, i);
        expected = [...expected, key].slice(-8);
      }
      expect([...map].map(([one]) => one)).toEqual(expected);
    }
  });

  it('keeps the latest value of a key', () => {
    const map = holding('aba', 2);
    expect(map.get('a')).toBe(2);
    expect(map.size).toBe(2);
  });

  it('replaces a value without making it the latest, and none that it does not hold', () => {
    const map = holding('ab', 2);
    map.replace('a', 7);
    map.replace('c', 8);
    expect([...map]).toEqual([
      ['a', 7],
      ['b', 1],
    ]);
    map.set('c', 9);
    expect(keysOf(map)).toBe('bc');
  });

  it('has room again for what was deleted', () => {
    const map = holding('abc', 3);
    expect(map.delete('b')).toBe(true);
    expect(map.has('b')).toBe(false);
    map.set('d', 3);
    expect(keysOf(map)).toBe('acd');
  });
});
