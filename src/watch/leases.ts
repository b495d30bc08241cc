// What DHCP was seen to lease, by segment and address.
import type { LeaseState, LeaseStep } from '../dhcp/lease.ts';
import type { Ipv4, Mac } from '../net/address.ts';
import { MINUTE, type Micros, SECOND } from '../net/time.ts';
import { type Changed, Changes } from './changes.ts';
import { LeaseRivals } from './lease-rivals.ts';
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
  readonly transmitter: Mac | null;
  state: LeaseState;
  /**
   * Who vouches for it: the server (it offered or acknowledged the address), or nobody but the server's silence after the
   * client asked for its old address (INIT-REBOOT). Null while the server may still refuse.
   */
  confirmed: 'by-server' | 'by-silence' | null;
  readonly server: Ipv4 | null;
  readonly hostname: string | null;
  readonly seconds: number | null;
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

/** An offer not taken up, and a lease that ended, stay visible for a while. */
const OFFER_LIFETIME = MINUTE;
const ENDED_LIFETIME = 10 * MINUTE;
/** Leases expire in batches: a flood of short ones costs one look at the table in this time, not one a lease. */
const EXPIRY_STEP = SECOND;

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
  /** Held leases only: few, since a client that takes another address gives up the one before. */
  readonly #heldByClient = new Map<string, Set<Lease>>();
  /** Kept as long as the station has a lease of any state. */
  readonly #stations = new Map<Mac, { hostname: string | null; leases: number }>();
  readonly #settings: WatchSettings;
  readonly #options: LeaseTableOptions;
  readonly #changes = new Changes<Lease>();
  #size = 0;
  #expiryAt: Micros = Number.POSITIVE_INFINITY;
  evictions = 0;

  constructor(options: LeaseTableOptions) {
    this.#options = options;
    this.#settings = options.settings;
  }

  find(segment: Segment, ip: Ipv4): Lease | undefined {
    return this.#bySegment.get(segment)?.get(ip);
  }

  /** The held leases of an address: none, one, or two while two clients contend for it. */
  heldAt(segment: Segment, ip: Ipv4): Lease[] {
    const lease = this.find(segment, ip);
    return lease ? [lease, ...(lease.contender ? [lease.contender] : [])].filter(isHeld) : [];
  }

  /** The name that a station gave itself in DHCP. */
  hostnameOf(mac: Mac): string | null {
    return this.#stations.get(mac)?.hostname ?? null;
  }

  /**
   * Takes a step in. Returns the leases it changed: those that it ended, because the client took another address or another
   * client this one, and the address's. Empty where the step changes nothing.
   */
  apply(segment: Segment, step: LeaseStep, transmitter: Mac | null, at: Micros): Lease[] {
    const held = this.heldAt(segment, step.ip);
    const own = held.find((lease) => lease.clientId === step.clientId);
    switch (step.state) {
      case 'offered':
        return held.length > 0
          ? []
          : [this.#store(this.#made(segment, step, transmitter, at, OFFER_LIFETIME))];
      case 'requested':
        if (step.unconfirmed && held.length > 0 && !own) return [];
        return this.#hold(segment, step, transmitter, at);
      case 'acknowledged':
        return this.#hold(segment, step, transmitter, at);
      case 'declined':
      case 'released':
      case 'refused':
        return own ? [this.#endAs(own, step.state, at)] : [];
      default:
        return step.state satisfies never;
    }
  }

  /** The client begins anew: what it merely wished for is void. Returns the leases that ended. */
  startOver(segment: Segment, clientId: string, at: Micros): Lease[] {
    return this.#heldBy(segment, clientId)
      .filter((lease) => lease.confirmed !== 'by-server')
      .map((lease) => this.#endAs(lease, 'released', at));
  }

  /** The server meant the contender. Returns the lease that it takes the place of; undefined where none contends any more. */
  settle(contender: Lease, at: Micros): Lease | undefined {
    const holder = this.find(contender.segment, contender.ip);
    return holder?.contender === contender ? this.#endAs(holder, 'released', at) : undefined;
  }

  /**
   * Removes what has expired and returns the held leases among it. A lease whose client still uses the address
   * (`lastUse`) was renewed by a unicast message that this node cannot see.
   */
  expire(now: Micros, lastUse: (lease: Lease) => Micros | undefined): Lease[] {
    if (now < this.#expiryAt) {
      this.#wakeFor(this.#expiryAt);
      return [];
    }
    this.#expiryAt = Number.POSITIVE_INFINITY;
    const expired: Lease[] = [];
    for (const lease of [...this.all()]) {
      if (lease.expiresAt === null) continue;
      const until = this.#renewedUntil(lease, lastUse);
      if (until !== lease.expiresAt) this.#changes.add(lease);
      lease.expiresAt = until;
      if (lease.expiresAt > now) {
        this.#wakeFor(lease.expiresAt);
        continue;
      }
      this.#remove(lease);
      if (isHeld(lease)) expired.push(lease);
    }
    return expired;
  }

  *all(): Generator<Lease> {
    for (const leases of this.#bySegment.values()) {
      for (const lease of leases.values()) {
        yield lease;
        if (lease.contender) yield lease.contender;
      }
    }
  }

  restore(rows: readonly LeaseRow[], segmentOf: (row: LeaseRow) => Segment | undefined): void {
    for (const row of rows) {
      const segment = segmentOf(row);
      if (!segment) continue;
      const lease: Lease = {
        ...row,
        segment,
        transmitter: row.transmitter ?? null,
        confirmed: row.state === 'acknowledged' || row.server !== null ? 'by-server' : 'by-silence',
        leasedAt: row.firstSeen,
        rivals: new LeaseRivals(),
        contender: null,
      };
      // Where two clients contended for the address, the later one has it by now.
      const other = this.find(segment, row.ip);
      if (other && lease.lastSeen < other.lastSeen) continue;
      this.#store(lease);
      this.#changes.restored(lease);
    }
  }

  rows(): LeaseRow[] {
    return [...this.all()].map(rowOf);
  }

  /** The addresses whose leases changed since they were last taken from here. */
  *takeChanged(): Generator<Changed<LeaseRow>> {
    for (const { segment, ip } of this.#changes.take()) {
      const lease = this.find(segment, ip);
      const leases = lease?.contender ? [lease, lease.contender] : lease ? [lease] : [];
      yield { segment, ip, rows: leases.map(rowOf) };
    }
  }

  /** All that was taken is to be taken again. */
  changeAgain(): void {
    this.#changes.again();
  }

  get size(): number {
    return this.#size;
  }

  #heldBy(segment: Segment, clientId: string): Lease[] {
    return [...(this.#heldByClient.get(clientKey(segment, clientId)) ?? [])];
  }

  #hold(segment: Segment, step: LeaseStep, transmitter: Mac | null, at: Micros): Lease[] {
    const ended = this.#heldBy(segment, step.clientId)
      .filter((lease) => lease.ip !== step.ip)
      .map((lease) => this.#endAs(lease, 'released', at));
    const lease = this.#made(segment, step, transmitter, at, this.#heldFor(segment, step));
    const holder = this.heldAt(segment, step.ip)[0];
    if (!holder || step.state === 'acknowledged') {
      const beaten = this.heldAt(segment, step.ip).filter((other) => !isSameStation(other, lease));
      for (const other of beaten) ended.push(this.#endAs(other, 'released', at));
      return [...ended, this.#store(lease)];
    }
    if (isSameStation(holder, lease)) {
      lease.contender = holder.contender;
      return [...ended, this.#store(lease)];
    }
    if (holder.confirmed === null) return [...ended, this.#endAs(holder, 'released', at), this.#store(lease)];
    const displaced = holder.contender;
    if (displaced) {
      if (isSameStation(displaced, lease)) this.#remove(displaced);
      else ended.push(this.#endAs(displaced, 'released', at));
    }
    holder.contender = lease;
    return [...ended, this.#enter(lease)];
  }

  #heldFor(segment: Segment, step: LeaseStep): Micros | null {
    return this.#lengthOf(step.seconds ?? this.#before(segment, step)?.seconds ?? null);
  }

  /** What is known of the client and the address already. */
  #before(segment: Segment, { ip, clientId }: LeaseStep): Lease | undefined {
    const known = this.find(segment, ip);
    return known?.contender?.clientId === clientId
      ? known.contender
      : known?.clientId === clientId
        ? known
        : undefined;
  }

  #made(
    segment: Segment,
    step: LeaseStep,
    transmitter: Mac | null,
    at: Micros,
    length: Micros | null,
  ): Lease {
    const before = this.#before(segment, step);
    const held = before && isHeld(before) ? before : undefined;
    return {
      segment,
      ip: step.ip,
      mac: step.mac,
      clientId: step.clientId,
      transmitter: transmitter ?? before?.transmitter ?? null,
      // A client that renews asks again for what it was already acknowledged.
      state: step.state === 'requested' && before?.state === 'acknowledged' ? 'acknowledged' : step.state,
      confirmed: step.unconfirmed ? (held?.confirmed ?? null) : 'by-server',
      server: step.server ?? before?.server ?? null,
      hostname: step.hostname ?? before?.hostname ?? null,
      seconds: step.seconds ?? before?.seconds ?? null,
      firstSeen: before?.firstSeen ?? at,
      lastSeen: at,
      expiresAt: length === null ? null : at + length,
      leasedAt: held?.leasedAt ?? at,
      rivals: held?.rivals ?? new LeaseRivals(),
      contender: null,
    };
  }

  /** Ends a held lease. It stays visible unless the contender takes its place. */
  #endAs(lease: Lease, state: LeaseState, at: Micros): Lease {
    const gone = lease.contender !== null || this.find(lease.segment, lease.ip) !== lease;
    if (gone) this.#remove(lease);
    else this.#letGo(lease);
    lease.state = state;
    lease.lastSeen = at;
    lease.expiresAt = at + ENDED_LIFETIME;
    if (gone) return lease;
    this.#wakeFor(lease.expiresAt);
    this.#changes.add(lease);
    return lease;
  }

  /** Puts a lease in the place of whatever is known of its address. */
  #store(lease: Lease): Lease {
    const before = this.find(lease.segment, lease.ip);
    if (before?.contender) this.#remove(before.contender);
    if (before) this.#remove(before);
    const leases = this.#bySegment.get(lease.segment) ?? new Map<Ipv4, Lease>();
    this.#bySegment.set(lease.segment, leases.set(lease.ip, lease));
    if (lease.contender) this.#enter(lease.contender);
    return this.#enter(lease);
  }

  /** Counts a lease that has its place. */
  #enter(lease: Lease): Lease {
    if (isHeld(lease)) {
      const key = clientKey(lease.segment, lease.clientId);
      this.#heldByClient.set(key, (this.#heldByClient.get(key) ?? new Set()).add(lease));
    }
    const station = this.#stations.get(lease.mac) ?? { hostname: null, leases: 0 };
    this.#stations.set(lease.mac, station);
    station.leases += 1;
    station.hostname = lease.hostname ?? station.hostname;
    this.#size += 1;
    this.#changes.add(lease);
    if (lease.expiresAt !== null) this.#wakeFor(lease.expiresAt);
    if (this.#size > this.#settings.maxLeases) this.#evict();
    return lease;
  }

  #remove(lease: Lease): void {
    const leases = this.#bySegment.get(lease.segment);
    const holder = leases?.get(lease.ip);
    if (holder?.contender === lease) holder.contender = null;
    else if (holder === lease && lease.contender) leases?.set(lease.ip, lease.contender);
    else if (holder === lease) leases?.delete(lease.ip);
    lease.contender = null;
    this.#changes.removed(lease);
    this.#letGo(lease);
    const station = this.#stations.get(lease.mac);
    if (station) station.leases -= 1;
    if (station?.leases === 0) this.#stations.delete(lease.mac);
    this.#size -= 1;
  }

  #letGo(lease: Lease): void {
    const key = clientKey(lease.segment, lease.clientId);
    const held = this.#heldByClient.get(key);
    held?.delete(lease);
    if (held?.size === 0) this.#heldByClient.delete(key);
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

  #renewedUntil(lease: Lease, lastUse: (lease: Lease) => Micros | undefined): Micros {
    const length = this.#lengthOf(lease.seconds);
    const used = isHeld(lease) ? lastUse(lease) : undefined;
    const end = lease.expiresAt ?? Number.POSITIVE_INFINITY;
    return used !== undefined && length !== null && used > end - length / 2 ? used + length : end;
  }

  #wakeFor(expiresAt: Micros): void {
    const due = Math.ceil(expiresAt / EXPIRY_STEP) * EXPIRY_STEP;
    this.#expiryAt = Math.min(this.#expiryAt, due);
    this.#options.wake(due);
  }

  #lengthOf(seconds: number | null): Micros | null {
    if (seconds === null) return this.#settings.assumedLease;
    return Number.isFinite(seconds) ? seconds * SECOND : null;
  }
}

function rowOf({
  transmitter,
  confirmed: _,
  leasedAt: __,
  rivals: ___,
  contender: ____,
  ...row
}: Lease): LeaseRow {
  return transmitter === null || transmitter === row.mac ? row : { ...row, transmitter };
}

/** As one machine's boot loader and its system are: two clients, one MAC. */
function isSameStation(a: Lease, b: Lease): boolean {
  return a.clientId === b.clientId || a.mac === b.mac;
}

function clientKey(segment: Segment, clientId: string): string {
  return `${segment.name}/${clientId}`;
}
