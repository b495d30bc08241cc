import { describe, expect, it } from 'vitest';
import { HOUR, SECOND } from '../../../src/base/time.ts';
import { Losses } from '../../../src/watch/detect/losses.ts';

describe('times in which frames were lost', () => {
  it('are known for an hour, however often a flood comes and goes', () => {
    const losses = new Losses();
    for (let at = 0; at < HOUR; at += 10 * SECOND) losses.add(at, at + SECOND);
    expect(losses.between(0, SECOND)).toBe(true);
    expect(losses.between(1800 * SECOND, 1801 * SECOND)).toBe(true);
    losses.add(HOUR + 3000 * SECOND, HOUR + 3001 * SECOND);
    expect(losses.between(HOUR - 5 * SECOND, HOUR - 4 * SECOND)).toBe(false);
  });

  it('are told by their length', () => {
    const losses = new Losses();
    losses.add(0, 2 * SECOND);
    losses.add(4 * SECOND, 6 * SECOND);
    losses.add(20 * SECOND, 21 * SECOND);
    expect(losses.within(SECOND, 30 * SECOND)).toBe(6 * SECOND);
  });

  it('are forgotten after an hour', () => {
    const losses = new Losses();
    losses.add(0, SECOND);
    losses.add(HOUR + 2 * SECOND, HOUR + 3 * SECOND);
    expect(losses.between(0, SECOND)).toBe(false);
  });
});
