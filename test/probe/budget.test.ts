// What an agent may ask of everybody beside others that ask on.
import { describe, expect, it } from 'vitest';
import { type Micros, SECOND } from '../../src/base/time.ts';
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
