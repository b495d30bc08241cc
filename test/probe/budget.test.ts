// What an agent may ask of everybody.
import { expect, it } from 'vitest';
import { SECOND } from '../../src/base/time.ts';
import { BroadcastBudget } from '../../src/probe/budget.ts';

it('forgives nothing of what is owed when less is spent', () => {
  const owing = new BroadcastBudget(5);
  owing.isAllowed(SECOND);
  owing.spend(SECOND, 24);
  const then = owing.nextAt();
  owing.spend(SECOND, 1);
  expect(owing.nextAt()).toBeGreaterThanOrEqual(then);
});
