// The tables of the LAN that all judge by, and one claim as it was seen.
import type { Micros } from '../../base/time.ts';
import type { IntentIndex, OwnInterfaces } from '../../intent/index.ts';
import type { Mac } from '../../net/address.ts';
import type { Claim } from '../../net/claim.ts';
import type { ClaimedAddress, ClaimsTable } from './claims.ts';
import type { NeighborObservation } from './dissect.ts';
import type { KnownLeases } from './known-leases.ts';
import type { NotFindingReason } from './reasons.ts';
import type { Segment } from './segment.ts';

export interface Sighting {
  readonly at: Micros;
  readonly segment: Segment;
  /** This node sent it. */
  readonly outgoing: boolean;
  /** Whom the frame was for. */
  readonly to: Mac;
  readonly claim: Claim;
  readonly address: ClaimedAddress;
  /** What the claim was read from. */
  readonly observation: NeighborObservation;
}

export interface LanContext {
  /** Replaced when the intent changes. */
  index: IntentIndex;
  /** This machine's own; none where a capture is replayed. */
  own: OwnInterfaces;
  readonly claims: ClaimsTable;
  readonly leases: KnownLeases;
  /** Asks for time to be told at this moment, if not sooner. */
  readonly wake: (at: Micros) => void;
  /** Counts a "looked, not a finding" under its reason word. */
  readonly dismiss: (reason: NotFindingReason) => void;
}
