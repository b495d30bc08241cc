// What agents do not hear of each other, and count nevertheless. A solicitation of IPv6 goes to a group that other nodes have not
// joined: each counts its own as often as agents are known to ask at that time. Nor does a card let others' polls through that a
// switch sends to everybody.
import type { FallenTogether } from '../watch/takeover/vips.ts';

/** By what all of them know. */
export interface AgentsThatAsk {
  /** This one included. */
  readonly agents: number;
  readonly perVip: number;
}

/**
 * Polls that all agents together lose at most once a machine is gone, and that a switch then sends to everybody: half of what they may
 * ask everybody in a second.
 */
export const MOST_LOST = 25;

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

/** Agents that poll a machine which has fallen silent: not its own. */
export function pollersOf({ agents }: AgentsThatAsk): number {
  return Math.max(1, agents - 1);
}

/** Polls of a machine that one agent may have open, which it loses once the machine is gone. */
export function pollsAhead(asking: AgentsThatAsk): number {
  return Math.max(1, Math.floor(MOST_LOST / pollersOf(asking)));
}

/**
 * Polls that the others lose before they know that a machine is gone.
 * @param count of VIPs that it held, as far as is known.
 */
export function pollsUnheard(asking: AgentsThatAsk, count = Number.POSITIVE_INFINITY): number {
  const pollers = pollersOf(asking);
  const each = Math.min((count * asking.perVip) / pollers, pollsAhead(asking));
  return Math.ceil(each * (pollers - 1));
}

/** More agents would measure a failover for nothing: the LAN's load, and the writers of a test's object, are bounded. */
export const MOST_VANTAGE_POINTS = 8;

/** And where they measure it, as many as each has open. */
export function measuredUnheard(asking: AgentsThatAsk, open: number): number {
  return open * (Math.min(MOST_VANTAGE_POINTS, pollersOf(asking)) - 1);
}
