// What the catalogue says of a kind of action.
import type { Micros } from '../../src/base/time.ts';
import type { IpAddress } from '../../src/net/address.ts';
import type { FindingKind } from '../../src/watch/finding/kinds.ts';
import type { Random } from './random.ts';
import type { Action, Scenario } from './scenario.ts';
import type { World } from './world.ts';

/** A finding that is right because of an action. What no action accounts for is false. */
export interface Expectation {
  /** Any one of these says what is wrong. */
  readonly kinds: readonly FindingKind[];
  readonly ip: IpAddress;
  /** False: nobody need say it, and nobody is wrong who does. */
  readonly required: boolean;
  /** Raised by at least one agent so long after the action began, at the latest. */
  readonly within: Micros;
  /** Resolved by all so long after it was over, at the latest; null: it outlasts the scenario. */
  readonly resolvedWithin: Micros | null;
}

export interface ActionKind {
  /** Nothing is wrong: a LAN where only such things happen has no finding. */
  readonly healthy: boolean;
  /** A case of the field that shows it; null: none. */
  readonly seenIn: string | null;
  /** Makes one up for a scenario; null where there is no occasion for it. */
  invent(random: Random, scenario: Omit<Scenario, 'actions'>): Omit<Action, 'kind' | 'at'> | null;
  begin(world: World, action: Action): void;
  /** It is over; only where it lasts. */
  end?(world: World, action: Action): void;
  expect?(action: Action, scenario: Scenario): readonly Expectation[];
  /** A line of the story. */
  tell(action: Action): string;
}
