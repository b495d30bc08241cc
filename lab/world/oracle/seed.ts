// One seed: made, played, judged, and held against what is known to be judged wrongly.
import type { ActionName } from '../catalogue.ts';
import { generate, type Wishes } from '../generate.ts';
import { knownAs } from '../known-red.ts';
import type { Scenario } from '../scenario.ts';
import { START } from '../world.ts';
import type { Complaint } from './complaint.ts';
import type { Found } from './findings.ts';
import { judge, type Verdict } from './oracle.ts';
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
  /** Questions that agents put to everyone. */
  readonly broadcasts: number;
}

export function playSeed(seed: string, wishes: Wishes = {}): SeedResult {
  return { seed, ...judged(generate(seed, wishes)) };
}

export function judged(scenario: Scenario): Omit<SeedResult, 'seed'> {
  const verdict = verdictOf(scenario);
  const { complaints, found } = verdict;
  const kinds = [...new Set(scenario.actions.map(({ kind }) => kind))];
  const known = new Set<string>();
  const fresh = complaints.filter((complaint) => {
    const name = knownAs(complaint, kinds);
    if (name !== null) known.add(name);
    return name === null;
  });
  return {
    kinds,
    complaints: fresh,
    knownRed: [...known],
    found,
    broadcasts: verdict.broadcasts,
  };
}

/** An agent whose code throws would be dead. */
function verdictOf(scenario: Scenario): Verdict & { readonly broadcasts: number } {
  try {
    const played = play(scenario);
    return { ...judge(played), broadcasts: played.broadcasts.total };
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const died = { what: 'died', agent: null, at: START, subject: 'agent', ip: null, because: null } as const;
    return {
      complaints: [{ ...died, text: text.split('\n').slice(0, 3).join(' ') }],
      found: [],
      broadcasts: 0,
    };
  }
}
