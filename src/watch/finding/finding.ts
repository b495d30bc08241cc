// The shape of a finding, what a detector says of one, and what is told when one begins or ends.

import type { Micros } from '../../base/time.ts';
import { type IpAddress, type Mac, parseMac } from '../../net/address.ts';
import type { Segment } from '../lan/segment.ts';
import type { FindingKind, Severity } from './kinds.ts';

export const MAX_EVIDENCE = 10;

/** `suppressed`: its condition holds, but the operator does not want to hear of it. */
export const FINDING_STATES = ['active', 'suppressed', 'resolved'] as const;

/** `off`: its kind is switched off; `ignore`: by a lasting rule; `silence`: by one that expires. */
export const SUPPRESSED_BY = ['off', 'ignore', 'silence'] as const;

/** Why a finding is not raised, in the operator's words. */
export interface Suppression {
  readonly by: (typeof SUPPRESSED_BY)[number];
  readonly comment: string | null;
}

/** One readable line for one frame (or one line of a lease file). */
export interface Evidence {
  readonly at: Micros;
  /** The interface that saw it; for an imported lease, the file. */
  readonly interface: string;
  readonly summary: string;
}

export interface Finding {
  /** kind + segment + address (+ MAC where two culprits are two problems); stable across restarts. */
  readonly id: string;
  readonly kind: FindingKind;
  readonly severity: Severity;
  readonly ip: IpAddress;
  /** The culprits, sorted. */
  readonly macs: readonly Mac[];
  /** Null where the finding is about the configuration, not about a segment. */
  readonly segment: Segment | null;
  /** The VIP or pool concerned, by name; null where neither is. */
  readonly vip: { readonly service: string | null; readonly pool: string | null } | null;
  /** One sentence on what is wrong. */
  readonly message: string;
  /** One sentence on what to do. */
  readonly remedy: string;
  /** The first five and the latest five frames at most, oldest first. */
  readonly evidence: readonly Evidence[];
  readonly state: (typeof FINDING_STATES)[number];
  /** Of a finding that was not raised; it stays when that is resolved. */
  readonly suppressed?: Suppression;
  /** For a suppressed one, when it would have been. */
  readonly raisedAt: Micros;
  readonly refreshedAt: Micros;
  readonly resolvedAt: Micros | null;
  /** How often it was seen since it was raised. */
  readonly occurrences: number;
}

/** What a detector has to say; the book decides whether it is news. */
export interface Report {
  readonly kind: FindingKind;
  readonly ip: IpAddress;
  readonly segment: Segment | null;
  /** Set where each culprit is a problem of its own, and so part of the identity. */
  readonly culprit: Mac | null;
  readonly macs: readonly Mac[];
  readonly vip: Finding['vip'];
  readonly message: string;
  readonly remedy: string;
}

/** A finding that is told began or ended. */
export interface FindingEvent {
  readonly type: 'finding';
  readonly action: 'raised' | 'resolved';
  readonly at: Micros;
  readonly finding: Finding;
}

/** The one culprit that is part of its identity, which then ends with that MAC; null where none is. */
export function culpritOf({ id }: Pick<Finding, 'id'>): Mac | null {
  return parseMac(id.slice(id.lastIndexOf('/') + 1)) ?? null;
}
