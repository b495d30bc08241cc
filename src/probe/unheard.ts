// What a question to everybody counts for in IPv6. A solicitation goes to a group that other nodes have not joined, so that no
// agent hears another's: each counts its own as often as agents are known to ask at that time.
import type { FallenTogether } from '../watch/takeover/vips.ts';

/** By what all of them know. */
export interface AgentsThatAsk {
  /** This one included. */
  readonly agents: number;
  readonly perVip: number;
}

/** While everything may be fast: of 50 a second 40 are for the lowest, which so many agents ask for at 20 Hz, */
const OF_LOWEST = 5 / 4;
/** and 10 for all others. */
const OF_OTHERS = 5;

/** @param fallen null: nothing of that kind happened. */
export function timesUnheard({ agents, perVip }: AgentsThatAsk, fallen: FallenTogether | null): number {
  if (fallen === null) return agents;
  // That of the node that fell silent asks for none of them.
  const others = Math.max(1, agents - 1);
  // All have the same one as the lowest.
  if (perVip >= others) return others;
  return fallen.isLowest ? OF_LOWEST * perVip : OF_OTHERS * Math.min(others, perVip * fallen.count);
}
