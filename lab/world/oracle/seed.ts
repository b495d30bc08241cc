// One seed: made, played, judged, and held against what is known to be judged wrongly.
import type { ActionName } from '../catalogue.ts';
import { generate, type Wishes } from '../generate.ts';
import { knownAs } from '../known-red.ts';
import type { Scenario } from '../scenario.ts';
import type { Complaint } from './complaint.ts';
import type { Found } from './findings.ts';
import { judge } from './oracle.ts';
import { play } from './play.ts';

/** What became of a seed: plain values, that go from one thread to another. */
export interface SeedResult {
  readonly seed: string;
  readonly kinds: readonly ActionName[];
  /** What nobody knew yet. */
  readonly complaints: readonly Complaint[];
  /** The classes of what is known to be wrong that showed. */
  readonly knownRed: readonly string[];
  readonly found: readonly Found[];
  /** How many findings the agents raised. */
  readonly raised: number;
  /** Questions that agents put to everyone. */
  readonly broadcasts: number;
}

export function playSeed(seed: string, wishes: Wishes = {}): SeedResult {
  return { seed, ...judged(generate(seed, wishes)) };
}

export function judged(scenario: Scenario): Omit<SeedResult, 'seed'> {
  const played = play(scenario);
  const { complaints, found } = judge(played);
  const kinds = [...new Set(scenario.actions.map(({ kind }) => kind))];
  const known = new Set<string>();
  const fresh = complaints.filter((complaint) => {
    const name = knownAs(complaint, kinds);
    if (name !== null) known.add(name);
    return name === null;
  });
  const raised = played.said.filter(({ event }) => event.type === 'finding' && event.action === 'raised');
  return {
    kinds,
    complaints: fresh,
    knownRed: [...known],
    found,
    raised: raised.length,
    broadcasts: played.broadcasts.total,
  };
}
