// The world plays the same scenario in the same way, frame by frame.
import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../../lab/world/catalogue.ts';
import { generate } from '../../lab/world/generate.ts';
import type { Scenario } from '../../lab/world/scenario.ts';
import { START, World } from '../../lab/world/world.ts';

/** Of all frames, with their times, and of all that the agents said. */
function played(scenario: Scenario): { readonly frames: number; readonly digest: string } {
  const told: string[] = [];
  let frames = 0;
  const world = new World(scenario, {
    onFrame: ({ bytes }, from, at) => {
      frames += 1;
      told.push(`${at - START} ${from.name} ${bytes.toHex()}`);
    },
    onEvent: (agent, event, at) => told.push(`${at} ${agent} ${JSON.stringify(event)}`),
    onNote: (what, at) => told.push(`${at} ${what}`),
  });
  world.play();
  return { frames, digest: hash('sha256', told.join('\n')) };
}

describe('a seed', () => {
  it.each(['1', '2', '3'])('%s gives the same frames to the byte, and the same events', (seed) => {
    const first = played(generate(seed));
    expect(first.frames).toBeGreaterThan(1_000);
    expect(played(generate(seed))).toEqual(first);
  });

  it('of another kind gives others', () => {
    expect(played(generate('1')).digest).not.toBe(played(generate('2')).digest);
  });
});

describe('a scenario', () => {
  it('is data: written as JSON and read again, it plays the same', () => {
    const scenario = generate('4', { about: 'clones' });
    const read = JSON.parse(JSON.stringify(scenario)) as Scenario;
    expect(played(read)).toEqual(played(scenario));
  });

  it('without one of its actions plays the rest at the same times', () => {
    const busy = Array.from({ length: 20 }, (_, seed) => generate(`${seed}`, { about: null }));
    const { actions, ...plan } = busy.find((one) => one.actions.length > 2)!;
    const begins = (kept: Scenario['actions']) => {
      const told: string[] = [];
      new World({ ...plan, actions: kept }, { onNote: (what, at) => told.push(`${at} ${what}`) }).play();
      return told.filter((line) => kept.some((action) => line.endsWith(CATALOGUE[action.kind].tell(action))));
    };
    const [, ...rest] = actions;
    const all = begins(actions);
    expect(all.length).toBeGreaterThan(begins(rest).length);
    for (const line of begins(rest)) expect(all).toContain(line);
  });
});
