// One lease as it is held: what DHCP said of it, and what is concluded from that.

import type { Micros, Seconds } from '../../base/time.ts';
import type { Writable } from '../../base/writable.ts';
import type { LeaseState, LeaseStep } from '../../dhcp/lease.ts';
import type { IpAddress, Mac } from '../../net/address.ts';
import type { LeaseRivals } from './lease-rivals.ts';
import type { Segment } from './segment.ts';

/** The leases that one client holds. */
export interface ClientLeases {
  /** By which they are found. */
  readonly key: string;
  leases: readonly Lease[];
}

export interface Lease {
  readonly segment: Segment;
  readonly ip: IpAddress;
  /** Of a delegated prefix, whose first address is `ip`. Absent: a single address. */
  readonly prefixLength?: number;
  readonly mac: Mac;
  /** RFC 2131, section 4.2: one MAC may be several clients. */
  readonly clientId: string;
  /** Ethernet source of the client's own message: a repeater's MAC where one translates; null while unseen. */
  readonly transmitter: Mac | null;
  /** The import whose table lists it, and nobody was heard; null: it was heard. */
  imported: string | null;
  state: LeaseState;
  /**
   * What vouches for it: the server (it offered or acknowledged the address); or, after the client asked for its old address
   * (INIT-REBOOT, CONFIRM), that the client uses it, or the server's silence. Null while it may be a mere wish.
   */
  confirmed: 'by-server' | 'by-use' | 'by-silence' | null;
  /** While it may be a mere wish: when silence becomes consent; never (infinite) for one of before a restart. */
  readonly consentAt: Micros;
  readonly server: IpAddress | null;
  readonly hostname: string | null;
  readonly seconds: Seconds | null;
  readonly firstSeen: Micros;
  /** Of an imported one: when the table was read. */
  lastSeen: Micros;
  expiresAt: Micros | null;
  /** When the client last took the address without holding it already. */
  readonly leasedAt: Micros;
  /** Who else claims the address. */
  readonly rivals: LeaseRivals;
  /** All that its client holds, while it is among that; null: it is not. */
  held: ClientLeases | null;
  /** Another client that takes an offer of the same address, where the server may still refuse it; or a clone of this one. */
  contender: Lease | null;
}

/** What is known of the lease of one address on one segment. */
export interface LeaseRow {
  readonly segment: Segment;
  readonly ip: IpAddress;
  /** Of a delegated prefix, whose first address is `ip`. Absent: a single address. */
  readonly prefixLength?: number;
  readonly mac: Mac;
  /** Option 61 as hex, else the hardware address; in DHCPv6 the DUID and the identity association. */
  readonly clientId: string;
  /** The MAC that a repeater puts on the lessee's frames; absent where the lessee's own was seen, or none. */
  readonly transmitter?: Mac;
  /** The import whose table lists it; absent: it was heard. */
  readonly imported?: string;
  readonly state: LeaseState;
  /** A server leased it, though that can be told neither by its state nor by the server: nobody saw which one it was. */
  readonly confirmed?: 'by-server';
  readonly server: IpAddress | null;
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

/** What is leased: an address, or a prefix, which goes by its first address and its length. */
export type Leased = Pick<Lease, 'ip' | 'prefixLength'>;

/** When the lessee itself was heard in DHCP; 0: never. */
export function heardInDhcp({ imported, lastSeen }: Lease): Micros {
  return imported === null ? lastSeen : 0;
}

export function isHeld(lease: Lease): boolean {
  return lease.state === 'requested' || lease.state === 'acknowledged';
}

/**
 * Two machines that tell the server that they are one client, as clones of one disk do: it leases both of them one address,
 * and neither takes it away from the other. One machine whose boot loader and system are two clients has one MAC.
 */
export function areClones(a: Lease, b: Lease): boolean {
  return a.clientId === b.clientId && a.mac !== b.mac;
}

/** For the journal and the API: without what is concluded anew after a restart. */
export function leaseRow(lease: Lease): LeaseRow {
  const { prefixLength, mac, transmitter, imported, confirmed, state, server } = lease;
  // Field by field: a table of many thousands is gone through for every page of it.
  const row: Writable<LeaseRow> = {
    segment: lease.segment,
    ip: lease.ip,
    mac,
    clientId: lease.clientId,
    state,
    server,
    hostname: lease.hostname,
    seconds: lease.seconds,
    firstSeen: lease.firstSeen,
    lastSeen: lease.lastSeen,
    expiresAt: lease.expiresAt,
  };
  if (prefixLength !== undefined) row.prefixLength = prefixLength;
  if (transmitter !== null && transmitter !== mac) row.transmitter = transmitter;
  if (imported !== null) row.imported = imported;
  if (confirmed === 'by-server' && state === 'requested' && server === null) row.confirmed = confirmed;
  return row;
}
