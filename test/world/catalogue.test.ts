// Every kind of action can be played, whatever the seed: it begins, ends, and leaves everyday life as it was.
import { describe, expect, it } from 'vitest';
import { ACTION_NAMES, CATALOGUE } from '../../lab/world/catalogue.ts';
import { generate, SUBJECTS } from '../../lab/world/generate.ts';
import { World } from '../../lab/world/world.ts';

const SEEDS = ['1', '2', '3', '4', '5'];

describe('a kind of action', () => {
  it.each(SUBJECTS)('that a scenario is about is played: %s', (about) => {
    const scenarios = SEEDS.map((seed) => generate(seed, { about })).filter(({ actions }) =>
      actions.some(({ kind }) => kind === about),
    );
    expect(scenarios.length).toBeGreaterThan(0);
    const scenario = scenarios[0]!;
    const notes: string[] = [];
    const world = new World(scenario, { onNote: (what) => notes.push(what) });
    world.play();
    const action = scenario.actions.find(({ kind }) => kind === about)!;
    const row = CATALOGUE[about];
    if ('begin' in row) expect(notes).toContain(row.tell(action));
    // Whatever happened, a VIP has one owner at the end, or is meant to have none.
    for (const { ip } of world.plan.services) {
      const answering = world.truth.answering(ip, world.queue.now);
      expect(answering, `${ip}`).toHaveLength(1);
    }
  });

  it.each(ACTION_NAMES)('is invented for some plan: %s', (about) => {
    const seeds = Array.from({ length: 40 }, (_, seed) => `${seed}`);
    const isIn = (seed: string) => generate(seed, { about }).actions.some(({ kind }) => kind === about);
    expect(seeds.some(isIn)).toBe(true);
  });
});
