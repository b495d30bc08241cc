// What is kept of a Kubernetes object: the fields in use, so that ten thousand Services cost little memory.

import type { Interning } from './interning.ts';
import type { ObjectId } from './object-id.ts';
import type { Kind } from './resources.ts';

/** Why an object, or a part of it, was left out. */
export type SkipReason =
  | 'bad-name'
  | 'hostname-only'
  | 'bad-ingress-address'
  | 'node-address'
  | 'impossible-address'
  | 'no-service'
  | 'no-node'
  | 'no-address'
  | 'bad-address'
  | 'no-ranges'
  | 'bad-range'
  | 'reversed-range'
  | 'overlapping-range'
  | 'bad-selector'
  | 'duplicate-entry'
  | 'other-namespace'
  | 'bad-annotation'
  | 'annotation-too-long'
  | 'unknown-annotation-version'
  | 'bad-interface';

/** An object, or a part of it, that was left out. */
export interface Skipped {
  readonly kind: Kind;
  /** `namespace/name`, or the name. */
  readonly object: string;
  readonly reason: SkipReason;
}

export interface Trimmed<Kept> {
  /** Null where nothing of it is of use; without a problem: of no interest to begin with. */
  readonly object: Kept | null;
  readonly problems: readonly SkipReason[];
}

/** One for each kind: from an object as the API gave it. Never throws. */
export type Trim<Kept> = (raw: unknown, id: ObjectId, interning: Interning) => Trimmed<Kept>;

const NO_PROBLEMS: readonly SkipReason[] = [];
/** What is kept of something well-formed that is none of our business. */
export const UNINTERESTING: Trimmed<never> = { object: null, problems: NO_PROBLEMS };

export function kept<Kept>(object: Kept, problems: readonly SkipReason[] = NO_PROBLEMS): Trimmed<Kept> {
  return { object, problems: problems.length === 0 ? NO_PROBLEMS : [...new Set(problems)] };
}

export function skipped(...problems: readonly SkipReason[]): Trimmed<never> {
  return { object: null, problems: [...new Set(problems)] };
}
