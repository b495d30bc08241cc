// What today's rules get wrong in worlds, by class: a seed that shows nothing else is not red. A class that no seed shows any more
// leaves this list: `make simulate` fails until it has. It is empty: whatever a seed shows is red.
import type { ActionName } from './catalogue.ts';
import { type Complaint, sortOf } from './oracle/complaint.ts';

export interface KnownRed {
  /** Cases of the same class: below test/data/cases, and `world/` below test/data. */
  readonly cases: readonly string[];
  /** Where one of these happens, */
  readonly kinds: readonly ActionName[];
  /** this is said against the agents: what is wrong, and with what. */
  readonly says: RegExp;
}

export const KNOWN_RED: Readonly<Record<string, KnownRed>> = {};

/** The class that a complaint belongs to; null: nobody knew of it. */
export function knownAs(complaint: Complaint, kinds: readonly ActionName[]): string | null {
  const sort = sortOf(complaint);
  const classes = Object.entries(KNOWN_RED);
  return (
    classes.find(([, red]) => red.says.test(sort) && red.kinds.some((kind) => kinds.includes(kind)))?.[0] ??
    null
  );
}
