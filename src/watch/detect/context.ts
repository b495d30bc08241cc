// What the detectors work with: one claim as it was seen, and the tables they share.

import type { Micros } from '../../base/time.ts';
import type { IntentIndex, OwnInterfaces } from '../../intent/index.ts';
import type { Mac } from '../../net/address.ts';
import type { Claim } from '../../net/claim.ts';
import type { FindingBook } from '../finding/book.ts';
import type { Evidence, Report } from '../finding/finding.ts';
import type { ClaimedAddress, ClaimsTable } from '../lan/claims.ts';
import type { LeaseTable } from '../lan/lease-table.ts';
import type { NotFindingReason } from '../lan/reasons.ts';
import type { Segment } from '../lan/segment.ts';
import type { WatchSettings } from '../settings.ts';
import type { Deferred } from './deferred.ts';
import type { Station } from './words.ts';

export interface Sighting {
  readonly at: Micros;
  readonly segment: Segment;
  /** This node sent it. */
  readonly outgoing: boolean;
  /** Whom the frame was for. */
  readonly to: Mac;
  readonly claim: Claim;
  readonly address: ClaimedAddress;
  /** Renders the frame; called only where the line is kept. */
  readonly evidence: () => Evidence;
}

export interface WatchContext {
  readonly settings: WatchSettings;
  /** Replaced when the intent changes. */
  index: IntentIndex;
  /** When the intent was last known to be in force; Infinity where it does not age. */
  intentConfirmedAt: Micros;
  /** This machine's own; none where a capture is replayed. */
  own: OwnInterfaces;
  readonly claims: ClaimsTable;
  readonly leases: LeaseTable;
  readonly book: FindingBook;
  readonly deferred: Deferred;
  /** Asks for time to be told at this moment, if not sooner. */
  readonly wake: (at: Micros) => void;
  /** Counts a "looked, not a finding" under its reason word. */
  readonly dismiss: (reason: NotFindingReason) => void;
}

export function report(context: WatchContext, finding: Report, at: Micros, evidence: () => Evidence): void {
  const reason = context.book.report(finding, at, evidence);
  if (reason) context.dismiss(reason);
}

export function stationOf(context: WatchContext, mac: Mac): Station {
  return { mac, hostname: context.leases.hostnameOf(mac) };
}
