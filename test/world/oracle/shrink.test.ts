import { describe, expect, it } from 'vitest';
import { generate } from '../../../lab/world/generate.ts';
import { shrink } from '../../../lab/world/oracle/shrink.ts';
import type { Action, Scenario } from '../../../lab/world/scenario.ts';

const SECOND = 1_000_000;
const WHOLE = generate('1', { about: null });
const ACTIONS = ['resync', 'kill-speaker', 'noise', 'stall-agent', 'crash-agent'].map(
  (kind, place): Action => ({
    kind: kind as Action['kind'],
    at: (30 + place) * SECOND,
    lasts: 5 * SECOND,
    who: WHOLE.nodes[0]!.name,
    ip: null,
  }),
);
const SCENARIO: Scenario = { ...WHOLE, actions: ACTIONS };

const has = (scenario: Scenario, kind: Action['kind']) => scenario.actions.some((one) => one.kind === kind);

describe('shrink', () => {
  it('leaves two actions that only together show the trouble, and as little else as it can', () => {
    const { scenario } = shrink(SCENARIO, (candidate) =>
      has(candidate, 'kill-speaker') && has(candidate, 'crash-agent') ? 60 * SECOND : null,
    );
    expect(scenario.actions.map(({ kind }) => kind)).toEqual(['kill-speaker', 'crash-agent']);
    expect(scenario.nodes).toHaveLength(2);
    expect(scenario.services).toHaveLength(1);
    expect(scenario.stations).toEqual([]);
    expect(scenario.router.dhcp).toBeNull();
    expect(scenario.length).toBe(70 * SECOND);
  });

  it('takes a scenario that makes no sense any more for no trouble, and no other error', () => {
    const { scenario } = shrink(SCENARIO, ({ nodes, actions }) => {
      if (nodes.length < SCENARIO.nodes.length) throw new RangeError('No node is called cp');
      return actions.length > 0 ? 0 : null;
    });
    expect(scenario.nodes).toHaveLength(SCENARIO.nodes.length);
    expect(scenario.actions).toHaveLength(1);
    expect(() =>
      shrink(SCENARIO, () => {
        throw new Error('broken');
      }),
    ).toThrow('broken');
  });

  it('gives up after a while', () => {
    let plays = 0;
    const shrunk = shrink(SCENARIO, (candidate) => {
      plays += 1;
      // Each is a little better than the one before, for ever.
      return candidate.actions.length === 0 ? null : 1_000 * SECOND;
    });
    expect(shrunk.plays).toBe(plays - 1);
    expect(plays).toBeLessThan(260);
  });
});
