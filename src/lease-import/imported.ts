// What every import comes down to, whichever server's table was read, in whichever format.
import type { Seconds } from '../base/time.ts';
import type { ListedLease } from '../dhcp/listed-lease.ts';
import type { DeclinedAddress, Reservation } from '../dhcp/router-knowledge.ts';
import type { IpRange } from '../net/range.ts';

export interface Imported {
  /** What the server hands out. */
  readonly ranges: readonly IpRange[];
  readonly reservations: readonly Reservation[];
  /** Those that hold. */
  readonly leases: readonly ListedLease[];
  readonly declined: readonly DeclinedAddress[];
  /** Unix time. */
  readonly readAt: Seconds;
  /** What was left out or looks wrong, one line each. */
  readonly doubts: readonly string[];
}

/** Either what was read, or in one line why nothing could be. */
export type Reading<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly problem: string };

export function read<Value>(value: Value): Reading<Value> {
  return { ok: true, value };
}

export function unreadable(problem: string): Reading<never> {
  return { ok: false, problem };
}

/** Takes in a text piece by piece, as a file is read. */
export interface TextReader {
  /** The next file of the same table begins. */
  nextFile?(): void;
  add(text: string): void;
  /** The text is over. Why it can be no such table; null: it can. */
  finish(): string | null;
}
