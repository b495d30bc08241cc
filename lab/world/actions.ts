// What the catalogue says of a kind of action.
import type { Micros } from '../../src/base/time.ts';
import type { IpAddress } from '../../src/net/address.ts';
import type { Random } from './random.ts';
import type { Action, Plan } from './scenario.ts';
import type { World } from './world.ts';

/** A finding that is right because of an action. What no action accounts for is false. */
export interface Expectation {
  /** Any one of these says what is wrong. Some are still to come. */
  readonly kinds: readonly string[];
  /** Null: any. */
  readonly ip: IpAddress | null;
  /** False: nobody need say it, and nobody is wrong who does. */
  readonly required: boolean;
  /** Raised by at least one agent so long after the action began, at the latest. */
  readonly within: Micros;
  /** Once raised, at least one agent keeps it until the action is over. */
  readonly holds: boolean;
  /** Resolved by all so long after it was over, at the latest; null: it outlasts the scenario. */
  readonly resolvedWithin: Micros | null;
  /** Of whom alone it is right; null: of all. */
  readonly agent: string | null;
}

/** Nobody need say it. */
export function allowed(
  kinds: readonly string[],
  ip: IpAddress | null,
  agent: string | null = null,
): Expectation {
  return { kinds, ip, required: false, within: 0, holds: false, resolvedWithin: null, agent };
}

/** Somebody must say it, and go on saying it while it is so. */
export function demanded(
  kinds: readonly string[],
  ip: IpAddress | null,
  within: Micros,
  resolvedWithin: Micros | null = null,
): Expectation {
  return { kinds, ip, required: true, within, holds: true, resolvedWithin, agent: null };
}

/**
 * - `gentle`: nothing is wrong, and nothing happens to a VIP
 * - `move`: nothing is wrong, and VIPs come, go, or change their node: too many of these at once would be
 * - `trait`: how the LAN is built, from the beginning to the end
 * - `fault`: something is wrong
 */
type Weight = 'gentle' | 'move' | 'trait' | 'fault';

export interface ActionKind {
  readonly weight: Weight;
  /** The case of the field that shows it. Such a kind is played only where a scenario is about it. */
  readonly seenIn?: string;
  /** Makes one up for a scenario; null where there is no occasion for it. */
  invent(random: Random, plan: Plan): Omit<Action, 'kind' | 'at'> | null;
  /** Of a trait: the plan with it. */
  shape?(plan: Plan, action: Action): Plan;
  begin?(world: World, action: Action): void;
  /** It is over; only where it lasts. */
  end?(world: World, action: Action): void;
  /** None: no finding is right because of it. */
  expect?(action: Action, plan: Plan): readonly Expectation[];
  /** A line of the story. */
  tell(action: Action): string;
}
