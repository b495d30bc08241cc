// What the oracle has to say against the agents.
import type { Micros } from '../../../src/base/time.ts';
import type { IpAddress } from '../../../src/net/address.ts';
import type { ActionName } from '../catalogue.ts';

/**
 * - `false`: a finding or takeover that is none
 * - `missed`, `late`: one that nobody tells, or not in time
 * - `gone`: one that nobody tells any more while it is still so
 * - `stays`: told on although it is over
 * - `in turns`: raised and resolved again and again
 * - `gap`: a takeover's length that cannot be
 * - `up`: a VIP is taken for answered that is not, or the reverse
 * - `unbounded`: a table grows beyond its bound
 * - `died`: its code threw
 * - `loud`: more broadcasts than the budget allows
 */
export type Wrong =
  | 'false'
  | 'missed'
  | 'late'
  | 'gone'
  | 'stays'
  | 'in turns'
  | 'gap'
  | 'up'
  | 'unbounded'
  | 'died'
  | 'loud';

export interface Complaint {
  readonly what: Wrong;
  /** Null: all of them. */
  readonly agent: string | null;
  readonly at: Micros;
  /** The kind of finding, or what else it is about. */
  readonly subject: string;
  readonly ip: IpAddress | null;
  /** What happened meanwhile. */
  readonly because: ActionName | null;
  readonly text: string;
}

/** The same trouble, whatever its time and place: what a story is shrunk by. */
export function sortOf({ what, subject }: Complaint): string {
  return `${what} ${subject}`;
}
