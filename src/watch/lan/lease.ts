// One lease as it is held: what DHCP said of it, and what is concluded from that.

import type { Micros, Seconds } from '../../base/time.ts';
import type { LeaseState, LeaseStep } from '../../dhcp/lease.ts';
import type { Ipv4, Mac } from '../../net/address.ts';
import type { LeaseRivals } from './lease-rivals.ts';
import type { Segment } from './segment.ts';

export interface Lease {
  readonly segment: Segment;
  readonly ip: Ipv4;
  readonly mac: Mac;
  /** RFC 2131, section 4.2: one MAC may be several clients. */
  readonly clientId: string;
  /** Ethernet source of the client's own message: a repeater's MAC where one translates; null while unseen. */
  readonly transmitter: Mac | null;
  state: LeaseState;
  /**
   * Who vouches for it: the server (it offered or acknowledged the address), or nobody but the server's silence after the
   * client asked for its old address (INIT-REBOOT). Null while the server may still refuse.
   */
  confirmed: 'by-server' | 'by-silence' | null;
  readonly server: Ipv4 | null;
  readonly hostname: string | null;
  readonly seconds: Seconds | null;
  readonly firstSeen: Micros;
  lastSeen: Micros;
  expiresAt: Micros | null;
  /** When the client last took the address without holding it already. */
  readonly leasedAt: Micros;
  /** Who else claims the address. */
  readonly rivals: LeaseRivals;
  /** Another client that takes an offer of the same address; whether the server meant it is not decided yet. */
  contender: Lease | null;
}

/** What is known of the lease of one address on one segment. */
export interface LeaseRow {
  readonly segment: Segment;
  readonly ip: Ipv4;
  readonly mac: Mac;
  /** Option 61 as hex, else the hardware address. */
  readonly clientId: string;
  /** The MAC that a repeater puts on the lessee's frames; absent where the lessee's own was seen, or none. */
  readonly transmitter?: Mac;
  readonly state: LeaseState;
  readonly server: Ipv4 | null;
  readonly hostname: string | null;
  readonly seconds: Seconds | null;
  readonly firstSeen: Micros;
  readonly lastSeen: Micros;
  /** When it ends: by its stated length, else by the assumed one. Null: never. */
  readonly expiresAt: Micros | null;
}

/** A DHCP message changed, or meant to change, what is leased. */
export interface LeaseEvent {
  readonly type: 'lease';
  readonly at: Micros;
  readonly segment: Segment;
  readonly step: LeaseStep;
}

export function isHeld(lease: Lease): boolean {
  return lease.state === 'requested' || lease.state === 'acknowledged';
}

/** As one machine's boot loader and its system are: two clients, one MAC. */
export function isSameStation(a: Lease, b: Lease): boolean {
  return a.clientId === b.clientId || a.mac === b.mac;
}

/** For the journal and the API: without what is concluded anew after a restart. */
export function leaseRow({
  transmitter,
  confirmed: _,
  leasedAt: __,
  rivals: ___,
  contender: ____,
  ...row
}: Lease): LeaseRow {
  return transmitter === null || transmitter === row.mac ? row : { ...row, transmitter };
}
