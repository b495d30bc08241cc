// What an agent may ask of everybody.
import { describe, expect, it } from 'vitest';
import { MILLISECOND, type Micros, SECOND } from '../../src/base/time.ts';
import { BroadcastBudget } from '../../src/probe/budget.ts';

it('forgives nothing of what is owed when less is spent', () => {
  const owing = new BroadcastBudget(5);
  owing.isAllowed(SECOND);
  owing.spend(SECOND, 24);
  const then = owing.nextAt();
  owing.spend(SECOND, 1);
  expect(owing.nextAt()).toBeGreaterThanOrEqual(then);
});

describe('after something happened', () => {
  const asked = (budget: BroadcastBudget, until: Micros, step: Micros, from: Micros = 0): Micros[] => {
    const times: Micros[] = [];
    for (let at = from; at < until; at += step)
      while (budget.isAllowed(at)) {
        budget.spend(at);
        times.push(at);
      }
    return times;
  };
  const within = (times: readonly Micros[], from: Micros, to: Micros) =>
    times.filter((at) => at >= from && at < to).length;

  it.each([
    [3, 99, false],
    [3, 100, true],
    [2, 0, true],
  ])(
    'the first question is allowed at once, whatever was spent, unless three others were heard: %i, %i ms ago',
    (others, ms, isAllowed) => {
      const budget = new BroadcastBudget(5);
      for (let i = 0; i < others; i += 1) budget.heard(true, SECOND - ms * MILLISECOND);
      budget.spend(SECOND, 40);
      expect(budget.isAllowed(SECOND)).toBe(false);
      budget.alarm(SECOND);
      expect(budget.isAllowed(SECOND)).toBe(isAllowed);
      budget.spend(SECOND);
      expect(budget.isAllowed(SECOND)).toBe(false);
    },
  );

  it.each([4, 10])('there are 50 within any second, and so for 10 s: looked at each %i ms', (step) => {
    const budget = new BroadcastBudget(5);
    budget.alarm(0);
    const times = asked(budget, 20 * SECOND, step * MILLISECOND);
    expect(Math.max(...times.map((at) => within(times, at, at + SECOND)))).toBeLessThanOrEqual(50);
    expect(within(times, 0, 10 * SECOND)).toBeGreaterThan(470);
    expect(within(times, 11 * SECOND, 20 * SECOND)).toBeLessThanOrEqual(91);
  });

  it.each([
    [24, 26, 22],
    [90, 12, 9],
  ])('the first second leaves room for %i polls that others lose', (lost, most, least) => {
    const budget = new BroadcastBudget(5);
    budget.alarm(SECOND, () => lost);
    const times = asked(budget, 3 * SECOND, 10 * MILLISECOND, SECOND);
    expect(within(times, SECOND, 2 * SECOND)).toBeLessThanOrEqual(most);
    expect(within(times, SECOND, 2 * SECOND)).toBeGreaterThanOrEqual(least);
    expect(within(times, 2 * SECOND, 3 * SECOND)).toBeGreaterThan(40);
  });

  it('so it does where others are heard to ask much', () => {
    const budget = new BroadcastBudget(5);
    for (let i = 0; i < 10; i += 1) budget.heard(true, SECOND, () => 24);
    const times = asked(budget, 3 * SECOND, 10 * MILLISECOND, SECOND);
    expect(within(times, SECOND, 2 * SECOND)).toBeLessThanOrEqual(24);
    expect(within(times, 2 * SECOND, 3 * SECOND)).toBeGreaterThan(40);
  });
});

describe('a question that is an agent’s own, whatever others ask', () => {
  /** The first, where others take all that there is, and each tenth of a second something else happens. */
  function firstOf(happens: (budget: BroadcastBudget, now: Micros) => void): Micros | undefined {
    const budget = new BroadcastBudget(5);
    budget.alarm(0);
    for (let now = 0; now < 20 * SECOND; now += SECOND / 10) {
      budget.heard(true, now);
      happens(budget, now);
      if (budget.isOverdue(3, now)) return now;
    }
    return undefined;
  }

  it('comes 2 s after it waits, and polls that it loses do not put it off', () => {
    expect(firstOf(() => {})).toBe(2 * SECOND);
    expect(firstOf((budget, now) => budget.lost(now, 1))).toBe(2 * SECOND);
  });

  it('comes 2 s after the latest', () => {
    const spends = (budget: BroadcastBudget, now: Micros) => {
      if (now < 5 * SECOND) budget.spend(now);
    };
    expect(firstOf(spends)! - 5 * SECOND).toBeCloseTo(1.9 * SECOND, -5);
  });

  it('does not come for what was settled in between', () => {
    expect(firstOf((budget, now) => budget.calm(now))).toBeUndefined();
  });
});
