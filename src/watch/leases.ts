// What DHCP was seen to lease, by segment and address.
import type { LeaseState, LeaseStep } from '../dhcp/lease.ts';
import type { Ipv4, Mac } from '../net/address.ts';
import { MINUTE, type Micros, SECOND } from '../net/time.ts';
import type { Segment } from './segment.ts';
import type { WatchSettings } from './settings.ts';
import type { LeaseRow } from './view.ts';

export interface Lease {
  readonly segment: Segment;
  readonly ip: Ipv4;
  readonly mac: Mac;
  /** RFC 2131, section 4.2: one MAC may be several clients. */
  readonly clientId: string;
  /** Ethernet source of the client's own message: a repeater's MAC where one translates; null while unseen. */
  transmitter: Mac | null;
  state: LeaseState;
  /** The client asked for its old address (INIT-REBOOT) and no server has confirmed it. */
  unconfirmed: boolean;
  server: Ipv4 | null;
  hostname: string | null;
  seconds: number | null;
  readonly firstSeen: Micros;
  lastSeen: Micros;
  expiresAt: Micros | null;
}

/** An offer not taken up, and a lease that ended, stay visible for a while. */
const OFFER_LIFETIME = MINUTE;
const ENDED_LIFETIME = 10 * MINUTE;

export function isHeld(lease: Lease): boolean {
  return lease.state === 'requested' || lease.state === 'acknowledged';
}

/** How many leases of watched addresses an eviction may pass over before it takes the next one anyway. */
const SECOND_CHANCES = 16;

interface LeaseTableOptions {
  readonly settings: WatchSettings;
  /** Addresses of VIPs, pools and nodes, which make room last. */
  readonly isWatched: (ip: Ipv4) => boolean;
  /** Told of every held lease that makes room for another. */
  readonly onEvicted: (lease: Lease) => void;
  /** Told when a lease may expire. */
  readonly wake: (at: Micros) => void;
}

export class LeaseTable {
  readonly #bySegment = new Map<Segment, Map<Ipv4, Lease>>();
  readonly #byClient = new Map<string, Set<Lease>>();
  readonly #hostnames = new Map<Mac, string>();
  readonly #settings: WatchSettings;
  readonly #options: LeaseTableOptions;
  #size = 0;
  evictions = 0;

  constructor(options: LeaseTableOptions) {
    this.#options = options;
    this.#settings = options.settings;
  }

  find(segment: Segment, ip: Ipv4): Lease | undefined {
    return this.#bySegment.get(segment)?.get(ip);
  }

  /** The name that a station gave itself in DHCP. */
  hostnameOf(mac: Mac): string | null {
    return this.#hostnames.get(mac) ?? null;
  }

  /** The held leases of a client other than the one for `except`. */
  heldBy(segment: Segment, clientId: string, except: Ipv4 | null): Lease[] {
    return [...(this.#byClient.get(clientKey(segment, clientId)) ?? [])].filter(
      (lease) => lease.ip !== except && isHeld(lease),
    );
  }

  /**
   * Takes a step in. Returns the leases it changed: the address's, and those that the client gave up by taking another
   * address. Empty where the step changes nothing.
   */
  apply(segment: Segment, step: LeaseStep, transmitter: Mac | null, at: Micros): Lease[] {
    const known = this.find(segment, step.ip);
    const same = known?.clientId === step.clientId ? known : undefined;
    switch (step.state) {
      case 'offered':
        return known && isHeld(known) ? [] : [this.#put(segment, step, transmitter, at, OFFER_LIFETIME)];
      case 'requested':
        if (known && isHeld(known) && !same && step.unconfirmed) return [];
        return this.#hold(segment, step, transmitter, at, same);
      case 'acknowledged':
        return this.#hold(segment, step, transmitter, at, same);
      case 'declined':
      case 'released':
      case 'refused':
        return same && isHeld(same) ? [this.#endAs(same, step.state, at)] : [];
      default:
        return step.state satisfies never;
    }
  }

  /** Ends a held lease. */
  #endAs(lease: Lease, state: LeaseState, at: Micros): Lease {
    lease.state = state;
    lease.lastSeen = at;
    lease.expiresAt = at + ENDED_LIFETIME;
    this.#options.wake(lease.expiresAt);
    return lease;
  }

  /** The client begins anew: what it merely wished for is void. Returns the leases that ended. */
  startOver(segment: Segment, clientId: string, at: Micros): Lease[] {
    return this.heldBy(segment, clientId, null)
      .filter((lease) => lease.unconfirmed)
      .map((lease) => this.#endAs(lease, 'released', at));
  }

  /**
   * Removes what has expired and returns the held leases among it. A lease whose client still uses the address
   * (`lastUse`) was renewed by a unicast message that this node cannot see.
   */
  expire(now: Micros, lastUse: (lease: Lease) => Micros | undefined): Lease[] {
    const expired: Lease[] = [];
    for (const leases of this.#bySegment.values()) {
      for (const lease of leases.values()) {
        if (lease.expiresAt === null) continue;
        lease.expiresAt = this.#renewedUntil(lease, lastUse);
        if (lease.expiresAt > now) {
          this.#options.wake(lease.expiresAt);
          continue;
        }
        this.#remove(lease);
        if (isHeld(lease)) expired.push(lease);
      }
    }
    return expired;
  }

  *all(): Generator<Lease> {
    for (const leases of this.#bySegment.values()) yield* leases.values();
  }

  restore(rows: readonly LeaseRow[], segmentOf: (row: LeaseRow) => Segment | undefined): void {
    for (const row of rows) {
      const segment = segmentOf(row);
      if (segment) this.#store({ ...row, segment, transmitter: null, unconfirmed: false });
    }
  }

  rows(): LeaseRow[] {
    return [...this.all()].map(({ transmitter: _, unconfirmed: __, ...row }) => row);
  }

  get size(): number {
    return this.#size;
  }

  #hold(
    segment: Segment,
    step: LeaseStep,
    transmitter: Mac | null,
    at: Micros,
    same: Lease | undefined,
  ): Lease[] {
    const given = this.heldBy(segment, step.clientId, step.ip).map((lease) =>
      this.#endAs(lease, 'released', at),
    );
    const length = this.#lengthOf(step.seconds ?? same?.seconds ?? null);
    const lease = this.#put(segment, step, transmitter, at, length);
    if (same && isHeld(same)) lease.unconfirmed = same.unconfirmed && step.unconfirmed;
    return [...given, lease];
  }

  #put(segment: Segment, step: LeaseStep, transmitter: Mac | null, at: Micros, length: Micros | null): Lease {
    const known = this.find(segment, step.ip);
    const same = known?.clientId === step.clientId ? known : undefined;
    return this.#store({
      segment,
      ip: step.ip,
      mac: step.mac,
      clientId: step.clientId,
      transmitter: transmitter ?? same?.transmitter ?? null,
      // A client that renews asks again for what it was already acknowledged.
      state: step.state === 'requested' && same?.state === 'acknowledged' ? 'acknowledged' : step.state,
      unconfirmed: step.unconfirmed,
      server: step.server ?? same?.server ?? null,
      hostname: step.hostname ?? same?.hostname ?? null,
      seconds: step.seconds ?? same?.seconds ?? null,
      firstSeen: same?.firstSeen ?? at,
      lastSeen: at,
      expiresAt: length === null ? null : at + length,
    });
  }

  #store(lease: Lease): Lease {
    const before = this.find(lease.segment, lease.ip);
    if (before) this.#remove(before);
    const leases = this.#bySegment.get(lease.segment) ?? new Map<Ipv4, Lease>();
    this.#bySegment.set(lease.segment, leases.set(lease.ip, lease));
    const key = clientKey(lease.segment, lease.clientId);
    this.#byClient.set(key, (this.#byClient.get(key) ?? new Set()).add(lease));
    if (lease.hostname) this.#hostnames.set(lease.mac, lease.hostname);
    this.#size += 1;
    if (lease.expiresAt !== null) this.#options.wake(lease.expiresAt);
    if (this.#size > this.#settings.maxLeases) this.#evict();
    return lease;
  }

  #renewedUntil(
    lease: Lease & { expiresAt: Micros | null },
    lastUse: (lease: Lease) => Micros | undefined,
  ): Micros {
    const length = this.#lengthOf(lease.seconds);
    const used = isHeld(lease) ? lastUse(lease) : undefined;
    const end = lease.expiresAt ?? Number.POSITIVE_INFINITY;
    return used !== undefined && length !== null && used > end - length / 2 ? used + length : end;
  }

  #remove(lease: Lease): void {
    this.#bySegment.get(lease.segment)?.delete(lease.ip);
    const key = clientKey(lease.segment, lease.clientId);
    const others = this.#byClient.get(key);
    others?.delete(lease);
    if (others?.size === 0) this.#byClient.delete(key);
    if (!others?.size) this.#hostnames.delete(lease.mac);
    this.#size -= 1;
  }

  /** Oldest first, on the segment that holds most: a flood on one segment does not empty another's table. */
  #evict(): void {
    const largest = [...this.#bySegment.values()].reduce((a, b) => (b.size > a.size ? b : a));
    let chances = SECOND_CHANCES;
    for (const lease of largest.values()) {
      if (chances > 0 && this.#options.isWatched(lease.ip)) {
        chances -= 1;
        largest.delete(lease.ip);
        largest.set(lease.ip, lease);
        continue;
      }
      this.#remove(lease);
      this.evictions += 1;
      if (isHeld(lease)) this.#options.onEvicted(lease);
      return;
    }
  }

  #lengthOf(seconds: number | null): Micros | null {
    if (seconds === null) return this.#settings.assumedLease;
    return Number.isFinite(seconds) ? seconds * SECOND : null;
  }
}

function clientKey(segment: Segment, clientId: string): string {
  return `${segment.name}/${clientId}`;
}
