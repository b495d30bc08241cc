// What an agent may ask of everybody beside others that ask on.
import { describe, expect, it } from 'vitest';
import { MILLISECOND, type Micros, SECOND } from '../../src/base/time.ts';
import { BroadcastBudget } from '../../src/probe/budget.ts';

const PER_SECOND = 5;
const FOR_SECONDS = 60;

/** When an agent that wants to ask every 10 ms asked, beside another one that asks so often a second. */
function askedBeside(others: number): Micros[] {
  const budget = new BroadcastBudget(PER_SECOND);
  const step = SECOND / 100;
  let next = SECOND;
  const asked: Micros[] = [];
  for (let now = SECOND; now < FOR_SECONDS * SECOND; now += step) {
    for (; next <= now; next += SECOND / others) budget.heard(true, next);
    if (!budget.isAllowed(now)) continue;
    budget.asked(now);
    asked.push(now);
  }
  return asked;
}

describe('beside another agent that asks everybody on and on', () => {
  // One that goes on alone after it was fast may ask 10 a second, and asks for one VIP seven times.
  it.each([6.5, 7.2, 10, 20])('has its turn within 20 s, where that asks %d times a second', (others) => {
    const first = askedBeside(others).find((at) => at > 2 * SECOND);
    expect(first).toBeLessThan(21 * SECOND);
  });

  it.each([1, 3, 4.5])('takes %d times a second for no sign that something happened', (others) => {
    const perSecond = askedBeside(others).length / (FOR_SECONDS - 1);
    expect(perSecond + others).toBeLessThan(PER_SECOND + 0.2);
  });
});

it('forgives nothing of what is owed when less is spent', () => {
  const owing = new BroadcastBudget(PER_SECOND);
  owing.isAllowed(SECOND);
  owing.spend(SECOND, 24);
  const then = owing.nextAt();
  owing.spend(SECOND, 1);
  expect(owing.nextAt()).toBeGreaterThanOrEqual(then);
});

describe('after something happened', () => {
  const asked = (budget: BroadcastBudget, until: Micros, step: Micros, from: Micros = 0): Micros[] => {
    const asked: Micros[] = [];
    for (let at = from; at < until; at += step)
      while (budget.isAllowed(at)) {
        budget.asked(at);
        asked.push(at);
      }
    return asked;
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
      const budget = new BroadcastBudget(PER_SECOND);
      for (let i = 0; i < others; i += 1) budget.heard(true, SECOND - ms * MILLISECOND);
      budget.spend(SECOND, 40);
      expect(budget.isAllowed(SECOND)).toBe(false);
      budget.alarm(SECOND);
      budget.spend(SECOND, 12);
      expect(budget.isAllowed(SECOND)).toBe(isAllowed);
      budget.asked(SECOND);
      expect(budget.isAllowed(SECOND)).toBe(false);
    },
  );

  it.each([4, 10])('there are 50 within any second, and so for 10 s: looked at each %i ms', (step) => {
    const budget = new BroadcastBudget(PER_SECOND);
    budget.alarm(0);
    const times = asked(budget, 20 * SECOND, step * MILLISECOND);
    expect(Math.max(...times.map((at) => within(times, at, at + SECOND)))).toBeLessThanOrEqual(50);
    expect(within(times, 0, 10 * SECOND)).toBeGreaterThan(470);
    expect(within(times, 11 * SECOND, 20 * SECOND)).toBeLessThanOrEqual(91);
  });

  it('the first second leaves room for what others lose, and no less than is allowed later', () => {
    const after = (lost: number) => {
      const budget = new BroadcastBudget(PER_SECOND);
      budget.alarm(SECOND, () => lost);
      return asked(budget, 3 * SECOND, 10 * MILLISECOND, SECOND);
    };
    for (const [lost, most, least] of [
      [24, 26, 22],
      [90, 12, 9],
    ] as const) {
      expect(within(after(lost), SECOND, 2 * SECOND)).toBeLessThanOrEqual(most);
      expect(within(after(lost), SECOND, 2 * SECOND)).toBeGreaterThanOrEqual(least);
    }
    expect(within(after(24), 2 * SECOND, 3 * SECOND)).toBeGreaterThan(40);
  });

  // Three others are fast, and this one is not.
  it.each([
    [4, 0.5, 2],
    [4, 0, 1],
    [26, 0.5, 13],
  ])(
    'one of %i agents has its turn beside others that ask on and on, at %d of them, within %d s',
    (agents, place, seconds) => {
      const budget = new BroadcastBudget(PER_SECOND);
      budget.setAgents(agents, place);
      budget.alarm(0);
      budget.asked(0);
      for (let at = 0; at < 12 * SECOND; at += 20 * MILLISECOND) budget.heard(true, at);
      const times: Micros[] = [];
      for (let at = 12 * SECOND; at < 52 * SECOND; at += 20 * MILLISECOND) {
        budget.heard(true, at);
        if (!budget.isAllowed(at)) continue;
        budget.asked(at);
        times.push(at - 12 * SECOND);
      }
      expect(times[0]! / SECOND).toBeCloseTo(seconds, 1);
      expect(times).toHaveLength(Math.floor(40 / (seconds + 0.02)));
    },
  );

  it('it has none beside others before anything happened', () => {
    const budget = new BroadcastBudget(PER_SECOND);
    budget.setAgents(4, 0.5);
    const times: Micros[] = [];
    for (let at = 0; at < 40 * SECOND; at += 200 * MILLISECOND) {
      budget.heard(true, at);
      if (budget.isAllowed(at)) times.push(at);
    }
    expect(times).toEqual([]);
  });
});
