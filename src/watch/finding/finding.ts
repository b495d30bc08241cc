// The catalogue of findings and the shape of one. The kind names are a contract with the outside.

import type { Micros } from '../../base/time.ts';
import { type IpAddress, type Mac, parseMac } from '../../net/address.ts';
import type { Segment } from '../lan/segment.ts';

export const SEVERITY_OF = {
  'lease-on-vip': 'critical',
  'lease-in-pool': 'warning',
  'dhcp-range-overlaps-pool': 'warning',
  'dhcp-decline': 'warning',
  'rogue-dhcp-server': 'warning',
  'foreign-claim': 'critical',
  'split-brain': 'critical',
  'silent-vip': 'critical',
  'wrong-announcer': 'warning',
  'vip-flapping': 'warning',
  'pool-address-taken': 'warning',
  'node-address-conflict': 'critical',
  'lease-conflict': 'warning',
  'proxy-arp': 'warning',
  'slow-failover': 'warning',
} as const;

export type FindingKind = keyof typeof SEVERITY_OF;
export type Severity = 'critical' | 'warning';
export const FINDING_KINDS = Object.keys(SEVERITY_OF) as FindingKind[];

export const MAX_EVIDENCE = 10;

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
  /** `suppressed`: its condition holds, but the operator does not want to hear of it. */
  readonly state: 'active' | 'suppressed' | 'resolved';
  /** Of a finding that was not raised; it stays when that is resolved. */
  readonly suppressed?: Suppression;
  /** For a suppressed one, when it would have been. */
  readonly raisedAt: Micros;
  readonly refreshedAt: Micros;
  readonly resolvedAt: Micros | null;
  /** How often it was seen since it was raised. */
  readonly occurrences: number;
}

/** The one culprit that is part of its identity, which then ends with that MAC; null where none is. */
export function culpritOf({ id }: Pick<Finding, 'id'>): Mac | null {
  return parseMac(id.slice(id.lastIndexOf('/') + 1)) ?? null;
}
