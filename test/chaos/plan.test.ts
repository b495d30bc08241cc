// The plan of `make chaos`: the same for a seed, everything in it, and no conflict that nobody could hear of.
import { describe, expect, it } from 'vitest';
import { FLOODS } from '../../lab/chaos/frames.ts';
import { makePlan, type Step } from '../../lab/chaos/plan.ts';
import { Random } from '../../lab/world/random.ts';

const TEN_MINUTES = 600;
const SEEDS = Array.from({ length: 20 }, (_, i) => String(i));
const planOf = (seed: string, length = TEN_MINUTES) => makePlan(new Random(seed), length);
const overlaps = (a: Step, b: Step) => a.at < b.at + b.seconds && b.at < a.at + a.seconds;

describe('a plan', () => {
  it('is the same for a seed, and another one for another', () => {
    expect(planOf('1')).toEqual(planOf('1'));
    expect(planOf('1')).not.toEqual(planOf('2'));
  });

  it.each(SEEDS)('has all kinds of trouble in ten minutes, and a calm end (seed %s)', (seed) => {
    const plan = planOf(seed);
    expect(new Set(plan.map(({ kind }) => kind)).size).toBe(19);
    expect(plan.filter(({ kind }) => kind === 'conflict').length).toBeGreaterThan(15);
    expect(new Set(plan.flatMap((step) => (step.kind === 'flood' ? step.flood : []))).size).toBeGreaterThan(
      Object.keys(FLOODS).length / 2,
    );
    for (const { at, seconds } of plan) expect(at + seconds).toBeLessThanOrEqual(TEN_MINUTES - 100);
  });

  it.each(SEEDS)('begins no conflict while an agent hears nothing (seed %s)', (seed) => {
    const plan = planOf(seed);
    const deaf = plan.filter((step) => 'agent' in step && step.kind !== 'stall');
    for (const conflict of plan.filter(({ kind }) => kind === 'conflict'))
      for (const trouble of deaf) expect(overlaps(conflict, trouble)).toBe(false);
  });

  it.each(SEEDS)('lets VIPs fall silent only where no flood claims them (seed %s)', (seed) => {
    const plan = planOf(seed);
    const silences = plan.filter((step) => step.kind === 'conflict' && step.conflict === 'silent-vip');
    expect(silences).toHaveLength(2);
    for (const silence of silences)
      for (const flood of plan.filter(({ kind }) => kind === 'flood'))
        expect(overlaps(silence, flood)).toBe(false);
  });

  it('wants time for its end', () => {
    expect(() => planOf('1', 120)).toThrow('Cannot plan 120 s');
  });
});
