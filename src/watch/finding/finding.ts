// The shape of a finding, what a detector says of one, and what is told when one begins, changes or ends.

import type { Micros } from '../../base/time.ts';
import type { IpAddress, Mac } from '../../net/address.ts';
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

/** Somebody knows of a finding and sees to it, until a time that they named. The times are the wall clock's, ISO 8601. */
export interface Acknowledged {
  /** As whoever vouches for the token calls them; null: nobody told. */
  readonly by: string | null;
  readonly comment: string;
  readonly at: string;
  readonly until: string;
}

/** One readable line for one frame (or one line of a lease file). */
export interface Evidence {
  readonly at: Micros;
  /** The interface that saw it; for an imported lease, the file. */
  readonly interface: string;
  readonly summary: string;
}

/** The one machine or node that a finding is about, where each is a problem of its own. */
export type Culprit = { readonly mac: Mac } | { readonly node: string };

export interface Finding {
  /** kind + segment + address (+ culprit); the same on every agent of the LAN, and after a restart. */
  readonly id: string;
  readonly kind: FindingKind;
  /** The operator's where one is configured, else the detector's, else the kind's usual one. */
  readonly severity: Severity;
  /** The detector's, where it is not the kind's usual one: it counts again once the operator gives none. */
  readonly ownSeverity?: Severity;
  /** False while one single frame is all there is; once true, it stays so. */
  readonly confirmed: boolean;
  readonly ip: IpAddress;
  /** Part of the identity: it ends with that machine. Null where the machines are no problems apart. */
  readonly culprit: Culprit | null;
  /** The culprits, sorted. */
  readonly macs: readonly Mac[];
  /** Null where the finding is about the configuration, not about a segment. */
  readonly segment: Segment | null;
  /** The VIP or pool concerned, by name; null where neither is. */
  readonly vip: {
    readonly service: string | null;
    /** The other Services on the address; absent: none. */
    readonly sharedWith?: readonly string[];
    readonly pool: string | null;
  } | null;
  /** One sentence on what is wrong. */
  readonly message: string;
  /** One sentence on what to do. */
  readonly remedy: string;
  /** The first five and the latest five frames at most, oldest first. */
  readonly evidence: readonly Evidence[];
  readonly state: (typeof FINDING_STATES)[number];
  /** Of a finding that was not raised; it stays when that is resolved. */
  readonly suppressed?: Suppression;
  /** Somebody knows of it, and sees to it; absent: nobody said so. */
  readonly acknowledged?: Acknowledged;
  /** For a suppressed one, when it would have been. */
  readonly raisedAt: Micros;
  readonly refreshedAt: Micros;
  readonly resolvedAt: Micros | null;
  /** How often it was seen since it was raised. */
  readonly occurrences: number;
}

/** Of what a detector has to say: whom and what it is about. */
export interface Suspicion {
  readonly kind: FindingKind;
  readonly ip: IpAddress;
  readonly segment: Segment | null;
  readonly culprit: Culprit | null;
  /** @default the kind's usual one */
  readonly severity?: Severity;
  /** @default true */
  readonly confirmed?: boolean;
  readonly macs: readonly Mac[];
  readonly vip: Finding['vip'];
}

interface Words {
  readonly message: string;
  readonly remedy: string;
}

/** What a detector has to say; the book decides whether it is news. */
export interface Report extends Suspicion, Words {}

/** A report whose words are written once the book takes it: of a flood's reports it takes hardly any. */
export interface Draft extends Suspicion {
  readonly words: () => Words;
}

export function written(report: Report | Draft): Report {
  if (!('words' in report)) return report;
  const { words, ...rest } = report;
  return { ...rest, ...words() };
}

/** A finding that is told began, changed or ended. */
export type FindingEvent = {
  readonly type: 'finding';
  readonly at: Micros;
  readonly finding: Finding;
} & (
  | { readonly action: 'raised' | 'resolved' }
  /** `changed`: what changed since the last event. */
  | { readonly action: 'changed'; readonly changed: readonly ChangedField[] }
);

/** `acknowledged`: it is now, no longer, or in other words. */
export const CHANGED_FIELDS = ['severity', 'confirmed', 'acknowledged'] as const;
export type ChangedField = (typeof CHANGED_FIELDS)[number];
