// The leases that DHCP servers' own tables list (import), beside those that were heard: of the addresses that the intent speaks of,
// each on the segment whose network holds it. One that two tables list is one lease.
import { type Micros, SECOND } from '../../base/time.ts';
import type { ListedLease } from '../../dhcp/listed-lease.ts';
import type { IpAddress, Mac } from '../../net/address.ts';
import type { Lease } from './lease.ts';
import { LeaseRivals } from './lease-rivals.ts';
import type { Segment } from './segment.ts';

/** What one table lists. */
export interface LeaseList {
  readonly leases: readonly ListedLease[];
  readonly readAt: Micros;
  /** How much the wall clock is ahead of the times that are told here. */
  readonly ahead: Micros;
}

/** Where an address is; undefined where nobody speaks of it, or it is on none of this machine's networks. */
export type PlaceOf = (ip: IpAddress) => Segment | undefined;

/** What became of the leases by another list, or another place of the same. */
export interface ImportChange {
  readonly begun: readonly Lease[];
  readonly ended: readonly Lease[];
}

/** Pools may be large; whoever leases more of them has one problem, not thousands. */
const MAX_LEASES = 4_096;

export class ImportedLeases {
  readonly #lists = new Map<string, LeaseList>();
  #bySegment = new Map<Segment, Map<IpAddress, Lease[]>>();
  #size = 0;
  #names = new Map<Mac, string>();
  /** When the first of them ends; Infinity where none does. */
  nextAt: Micros = Number.POSITIVE_INFINITY;

  /** @param list null: that table is read no more. */
  set(name: string, list: LeaseList | null, placeOf: PlaceOf): ImportChange {
    this.#lists.delete(name);
    if (list) this.#lists.set(name, list);
    return this.place(placeOf);
  }

  /** By what the intent speaks of now, and where this machine is. */
  place(placeOf: PlaceOf): ImportChange {
    const before = this.#bySegment;
    const begun: Lease[] = [];
    this.#bySegment = new Map();
    this.#size = 0;
    this.#names = new Map();
    this.nextAt = Number.POSITIVE_INFINITY;
    for (const [name, { leases, ...reading }] of this.#lists.entries().toArray().toSorted(byName)) {
      for (const listed of leases) {
        const segment = placeOf(listed.ip);
        if (!segment || this.#find(segment, listed) || this.#size >= MAX_LEASES) continue;
        const known = at(before, segment, listed.ip).find(({ mac }) => mac === listed.mac);
        const lease = known ? renewed(known, name, listed, reading) : leaseOf(segment, name, listed, reading);
        if (!known) begun.push(lease);
        this.#add(lease);
      }
    }
    const ended = [...leasesIn(before)].filter((lease) => !this.#find(lease.segment, lease));
    return { begun, ended };
  }

  find(segment: Segment, ip: IpAddress): readonly Lease[] {
    return at(this.#bySegment, segment, ip);
  }

  all(): Generator<Lease> {
    return leasesIn(this.#bySegment);
  }

  /** Until a table lists it again. */
  remove(lease: Lease): void {
    const left = this.find(lease.segment, lease.ip).filter((one) => one !== lease);
    this.#bySegment.get(lease.segment)?.set(lease.ip, left);
    this.#size -= 1;
  }

  /** Removes and returns what has ended. */
  expire(now: Micros): Lease[] {
    if (now < this.nextAt) return [];
    const expired: Lease[] = [];
    this.nextAt = Number.POSITIVE_INFINITY;
    for (const lease of [...this.all()]) {
      if (lease.expiresAt === null || lease.expiresAt > now) this.#endsAt(lease);
      else {
        this.remove(lease);
        expired.push(lease);
      }
    }
    return expired;
  }

  hostnameOf(mac: Mac): string | null {
    return this.#names.get(mac) ?? null;
  }

  #find(segment: Segment, { ip, mac }: Pick<Lease, 'ip' | 'mac'>): Lease | undefined {
    return at(this.#bySegment, segment, ip).find((lease) => lease.mac === mac);
  }

  #endsAt({ expiresAt }: Lease): void {
    if (expiresAt !== null) this.nextAt = Math.min(this.nextAt, expiresAt);
  }

  #add(lease: Lease): void {
    const { segment, ip } = lease;
    const leases = this.#bySegment.get(segment) ?? new Map<IpAddress, Lease[]>();
    this.#bySegment.set(segment, leases.set(ip, [...(leases.get(ip) ?? []), lease]));
    this.#size += 1;
    if (lease.hostname !== null) this.#names.set(lease.mac, lease.hostname);
    this.#endsAt(lease);
  }
}

const NONE: readonly Lease[] = [];

function at(
  leases: ReadonlyMap<Segment, ReadonlyMap<IpAddress, readonly Lease[]>>,
  segment: Segment,
  ip: IpAddress,
) {
  return leases.get(segment)?.get(ip) ?? NONE;
}

function* leasesIn(leases: ReadonlyMap<Segment, ReadonlyMap<IpAddress, readonly Lease[]>>): Generator<Lease> {
  for (const ofSegment of leases.values()) for (const ofIp of ofSegment.values()) yield* ofIp;
}

/** All agents name the same table where several list a lease. */
function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

type ReadingTime = Omit<LeaseList, 'leases'>;

function leaseOf(segment: Segment, name: string, listed: ListedLease, reading: ReadingTime): Lease {
  const { readAt } = reading;
  return {
    segment,
    ip: listed.ip,
    mac: listed.mac,
    clientId: listed.clientId ?? `01${listed.mac.replaceAll(':', '')}`,
    transmitter: null,
    imported: name,
    state: 'acknowledged',
    confirmed: 'by-server',
    consentAt: readAt,
    server: null,
    hostname: listed.hostname,
    seconds: null,
    firstSeen: readAt,
    lastSeen: readAt,
    expiresAt: endOf(listed, reading),
    leasedAt: readAt,
    rivals: new LeaseRivals(),
    held: null,
    contender: null,
  };
}

/** The same object: who watches a lease goes on watching it. */
function renewed(lease: Lease, name: string, listed: ListedLease, reading: ReadingTime): Lease {
  lease.imported = name;
  lease.expiresAt = endOf(listed, reading);
  lease.lastSeen = Math.max(lease.lastSeen, reading.readAt);
  return lease;
}

/** Null: never, or nobody knows. */
function endOf({ expiresAt }: ListedLease, { ahead }: ReadingTime): Micros | null {
  return expiresAt !== null && Number.isFinite(expiresAt) ? expiresAt * SECOND - ahead : null;
}
