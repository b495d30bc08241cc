// Where leases are kept: by address and by client, bounded, with what changed since it was last written down.
import { TurnoverMap } from '../../base/turnover-map.ts';
import type { AddressRole } from '../../intent/index.ts';
import type { IpAddress, Mac } from '../../net/address.ts';
import { type Changed, ChangeLog } from './change-log.ts';
import { type ClientLeases, isHeld, type Lease, type Leased, type LeaseRow, leaseRow } from './lease.ts';
import type { Segment } from './segment.ts';

/** How many leases of addresses that the intent speaks of an eviction may pass over before it takes the next one anyway. */
const SECOND_CHANCES = 16;
/** The same of VIPs: a flood of leases in a large pool ends none of them. */
const CHANCES_OF_VIPS = 64;
const NONE: readonly Lease[] = [];

/** A client identifier alone may be that of several machines: of all clones of one disk. */
export interface ClientIdentity {
  readonly mac: Mac;
  readonly clientId: string;
}

interface LeaseStoreOptions {
  readonly capacity: () => number;
  /** VIPs make room last, and pools and nodes before them. */
  readonly roleOf: (ip: IpAddress) => AddressRole['kind'];
  /** Told of every held lease that makes room for another. */
  readonly onEvicted: (lease: Lease) => void;
}

export class LeaseStore {
  readonly #bySegment = new Map<Segment, TurnoverMap<string, Lease>>();
  /** Held leases only: few, since a machine that takes another address as the same client gives up the one before. */
  readonly #heldByClient = new TurnoverMap<string, ClientLeases>();
  /** Kept as long as the station has a lease of any state. */
  readonly #stations = new TurnoverMap<Mac, { hostname: string | null; leases: number }>();
  readonly #options: LeaseStoreOptions;
  readonly #changes = new ChangeLog<Lease>();
  #size = 0;
  evictions = 0;

  constructor(options: LeaseStoreOptions) {
    this.#options = options;
  }

  find(segment: Segment, leased: Leased): Lease | undefined {
    return this.#bySegment.get(segment)?.get(keyOf(leased));
  }

  /** The held leases of an address: none, one, or two while two clients contend for it. */
  heldAt(segment: Segment, leased: Leased): Lease[] {
    const lease = this.find(segment, leased);
    const held = lease && isHeld(lease) ? [lease] : [];
    if (lease?.contender && isHeld(lease.contender)) held.push(lease.contender);
    return held;
  }

  /** Who holds the address of a lease; of two that contend for it the earlier. */
  holderBeside(lease: Lease): Lease | undefined {
    const known = this.find(lease.segment, lease);
    if (!known || isHeld(known)) return known;
    return known.contender && isHeld(known.contender) ? known.contender : undefined;
  }

  /** The leases that a machine holds as this client. */
  heldBy(segment: Segment, client: ClientIdentity): readonly Lease[] {
    return this.#heldByClient.get(clientKey(segment, client))?.leases ?? NONE;
  }

  /** The name that a station gave itself in DHCP. */
  hostnameOf(mac: Mac): string | null {
    return this.#stations.get(mac)?.hostname ?? null;
  }

  *all(): Generator<Lease> {
    for (const segment of this.#bySegment.keys()) yield* this.#at(segment);
  }

  ofSegment(segment: Segment): Lease[] {
    return [...this.#at(segment)];
  }

  *rows(): Generator<LeaseRow> {
    for (const lease of [...this.all()]) yield leaseRow(lease);
  }

  /** Puts a lease in the place of whatever is known of its address. */
  put(lease: Lease): Lease {
    const before = this.find(lease.segment, lease);
    if (before?.contender) this.remove(before.contender);
    if (before) this.remove(before);
    const leases = this.#bySegment.get(lease.segment) ?? new TurnoverMap<string, Lease>();
    leases.set(keyOf(lease), lease);
    this.#bySegment.set(lease.segment, leases);
    if (lease.contender) this.enter(lease.contender);
    return this.enter(lease);
  }

  /** Counts a lease that has its place. */
  enter(lease: Lease): Lease {
    if (isHeld(lease)) this.#hold(lease);
    const station = this.#stations.get(lease.mac) ?? { hostname: null, leases: 0 };
    this.#stations.set(lease.mac, station);
    station.leases += 1;
    station.hostname = lease.hostname ?? station.hostname;
    this.#size += 1;
    // An offer is over within a minute: nobody wants it back after a restart, and a flood of them is not written down.
    if (lease.state !== 'offered') this.#changes.add(lease);
    if (this.#size > this.#options.capacity()) this.#evict();
    return lease;
  }

  /** A contender takes the place of the lease that is removed. */
  remove(lease: Lease): void {
    const leases = this.#bySegment.get(lease.segment);
    const key = keyOf(lease);
    const holder = leases?.get(key);
    if (holder?.contender === lease) holder.contender = null;
    else if (holder === lease && lease.contender) leases?.set(key, lease.contender);
    else if (holder === lease) leases?.delete(key);
    if (leases?.size === 0) this.#bySegment.delete(lease.segment);
    lease.contender = null;
    this.#changes.removed(lease);
    this.letGo(lease);
    const station = this.#stations.get(lease.mac);
    if (station) station.leases -= 1;
    if (station?.leases === 0) this.#stations.delete(lease.mac);
    this.#size -= 1;
  }

  /** Its client holds it no more. It stays where it is. */
  letGo(lease: Lease): void {
    const { held } = lease;
    if (!held) return;
    lease.held = null;
    if (held.leases.length === 1) this.#heldByClient.delete(held.key);
    else held.leases = held.leases.filter((one) => one !== lease);
  }

  /** What is known of it is another than before. */
  changed(lease: Lease): void {
    this.#changes.add(lease);
  }

  /** It was read from where changes are written. */
  restored(lease: Lease): void {
    this.#changes.restored(lease);
  }

  /** The addresses whose leases changed since they were last taken from here. */
  *takeChanged(): Generator<Changed<LeaseRow>> {
    for (const changed of this.#changes.take()) {
      const { segment, ip, prefixLength } = changed;
      const lease = this.find(segment, changed);
      const leases = lease?.contender ? [lease, lease.contender] : lease ? [lease] : [];
      yield { segment, ip, ...(prefixLength !== undefined && { prefixLength }), rows: leases.map(leaseRow) };
    }
  }

  /** All that was taken is to be taken again. */
  changeAgain(): void {
    this.#changes.again();
  }

  get size(): number {
    return this.#size;
  }

  #hold(lease: Lease): void {
    const key = clientKey(lease.segment, lease);
    const known = this.#heldByClient.get(key);
    const held = known ?? { key, leases: NONE };
    held.leases = [...held.leases, lease];
    lease.held = held;
    if (!known) this.#heldByClient.set(key, held);
  }

  *#at(segment: Segment): Generator<Lease> {
    for (const lease of this.#bySegment.get(segment)?.values() ?? []) {
      yield lease;
      if (lease.contender) yield lease.contender;
    }
  }

  /** Oldest first, on the segment that holds most: a flood on one segment does not empty another's table. */
  #evict(): void {
    const largest = [...this.#bySegment.values()].reduce((a, b) => (b.size > a.size ? b : a));
    const chances = { vip: CHANCES_OF_VIPS, pool: SECOND_CHANCES, node: SECOND_CHANCES, other: 0 };
    for (;;) {
      const [key, lease] = largest.takeOldest();
      largest.set(key, lease);
      const role = this.#options.roleOf(lease.ip);
      if (chances[role] > 0) {
        chances[role] -= 1;
        continue;
      }
      this.remove(lease);
      this.evictions += 1;
      if (isHeld(lease)) this.#options.onEvicted(lease);
      return;
    }
  }
}

function keyOf({ ip, prefixLength }: Leased): string {
  return prefixLength === undefined ? ip : `${ip}/${prefixLength}`;
}

function clientKey(segment: Segment, { mac, clientId }: ClientIdentity): string {
  return `${segment.name}/${mac}/${clientId}`;
}
