// What DHCP was seen to lease: what each step makes of the leases that are known, and when they end.

import { MINUTE, type Micros, SECOND, type Seconds } from '../../base/time.ts';
import type { Writable } from '../../base/writable.ts';
import type { LeaseState, LeaseStep } from '../../dhcp/lease.ts';
import type { AddressRole } from '../../intent/index.ts';
import { type IpAddress, isIpv4, type Mac } from '../../net/address.ts';
import type { Changed } from './change-log.ts';
import { areClones, isHeld, type Lease, type LeaseRow } from './lease.ts';
import { LeaseRivals } from './lease-rivals.ts';
import { type ClientIdentity, LeaseStore } from './lease-store.ts';
import type { Segment } from './segment.ts';
import type { LanSettings } from './settings.ts';

/** An offer not taken up, and a lease that ended, stay visible for a while. */
const OFFER_LIFETIME = MINUTE;
const ENDED_LIFETIME = 10 * MINUTE;
/** The intervals at which a client asks again double (RFC 2131, section 4.1), each a second more or less. */
const NEXT_REPEAT = 2;
const REPEAT_JITTER = 2 * SECOND;
/** Leases expire in batches: a flood of short ones costs one look at the table in this time, not one a lease. */
const EXPIRY_STEP = SECOND;

export interface LeaseTableOptions {
  readonly settings: LanSettings;
  /** VIPs make room last, and pools and nodes before them. */
  readonly roleOf: (ip: IpAddress) => AddressRole['kind'];
  /** Told of every held lease that makes room for another. */
  readonly onEvicted: (lease: Lease) => void;
  /** Told when a lease may expire. */
  readonly wake: (at: Micros) => void;
}

export class LeaseTable {
  readonly #store: LeaseStore;
  readonly #settings: LanSettings;
  readonly #wake: (at: Micros) => void;
  #expiryAt: Micros = Number.POSITIVE_INFINITY;

  constructor({ settings, roleOf, onEvicted, wake }: LeaseTableOptions) {
    this.#settings = settings;
    this.#wake = wake;
    this.#store = new LeaseStore({ capacity: () => settings.maxLeases, roleOf, onEvicted });
  }

  /** Of this very address: a prefix that holds it is another thing. */
  find(segment: Segment, ip: IpAddress): Lease | undefined {
    return this.#store.find(segment, { ip });
  }

  /** The held leases of an address: none, one, or two while two clients contend for it. */
  heldAt(segment: Segment, ip: IpAddress): Lease[] {
    return this.#store.heldAt(segment, { ip });
  }

  /** The held leases of prefixes that begin with an address. */
  prefixesFrom(segment: Segment, ip: IpAddress): Lease[] {
    const isPrefix = (one: Lease) =>
      one.prefixLength !== undefined && one.ip === ip && one.segment === segment;
    return isIpv4(ip) ? [] : [...this.all()].filter((one) => isPrefix(one) && isHeld(one));
  }

  /** The name that a station gave itself in DHCP. */
  hostnameOf(mac: Mac): string | null {
    return this.#store.hostnameOf(mac);
  }

  all(): Iterable<Lease> {
    return this.#store.all();
  }

  rows(): LeaseRow[] {
    return [...this.each()];
  }

  /** Row by row, and with pauses if need be. The leases are those of the beginning. */
  each(): Generator<LeaseRow> {
    return this.#store.rows();
  }

  /** The addresses whose leases changed since they were last taken from here. */
  takeChanged(): Iterable<Changed<LeaseRow>> {
    return this.#store.takeChanged();
  }

  /** All that was taken is to be taken again. */
  changeAgain(): void {
    this.#store.changeAgain();
  }

  get size(): number {
    return this.#store.size;
  }

  get evictions(): number {
    return this.#store.evictions;
  }

  /**
   * Takes a step in. Returns the leases it changed: those that it ended, because the client took another address or another
   * client this one, and the address's. Empty where the step changes nothing.
   */
  apply(segment: Segment, step: LeaseStep, transmitter: Mac | null, at: Micros): Lease[] {
    const held = this.#store.heldAt(segment, step);
    const own = held.find((lease) => lease.clientId === step.clientId && lease.mac === step.mac);
    switch (step.state) {
      case 'offered':
        return held.length > 0 ? [] : [this.#put(this.#made(segment, step, transmitter, at, OFFER_LIFETIME))];
      case 'requested':
        if (step.unconfirmed && held.length > 0 && !own) return [];
        return this.#hold(segment, step, transmitter, held, at);
      case 'acknowledged':
        return this.#hold(segment, step, transmitter, held, at);
      case 'declined':
      case 'released':
      case 'refused':
        return own ? [this.#endAs(own, step.state, at)] : [];
      default:
        return step.state satisfies never;
    }
  }

  /** The client begins anew: what it merely wished for is void. Returns the leases that ended. */
  startOver(segment: Segment, client: ClientIdentity, at: Micros): Lease[] {
    return this.#store
      .heldBy(segment, client)
      .filter(({ confirmed }) => confirmed === null || confirmed === 'by-silence')
      .map((lease) => this.#endAs(lease, 'released', at));
  }

  /** The server meant the contender. Returns the lease that it takes the place of; undefined where none contends any more. */
  settle(contender: Lease, at: Micros): Lease | undefined {
    const holder = this.#store.find(contender.segment, contender);
    if (holder?.contender !== contender || areClones(holder, contender)) return undefined;
    return this.#endAs(holder, 'released', at);
  }

  /** The address is used by `mac`. Returns its lease, where that was a mere wish until now. */
  used(segment: Segment, ip: IpAddress, mac: Mac): Lease | undefined {
    if (!this.find(segment, ip)) return undefined;
    const isWish = (one: Lease) => one.confirmed === null && (one.mac === mac || one.transmitter === mac);
    const wish = this.heldAt(segment, ip).find(isWish);
    if (wish) wish.confirmed = 'by-use';
    return wish;
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
      if (until !== lease.expiresAt) this.#store.changed(lease);
      lease.expiresAt = until;
      if (lease.expiresAt > now) {
        this.#wakeFor(lease.expiresAt);
        continue;
      }
      this.#store.remove(lease);
      if (isHeld(lease)) expired.push(lease);
    }
    return expired;
  }

  /** The segment is none any more. Returns the leases that were held there. */
  forgetSegment(segment: Segment): Lease[] {
    const leases = this.#store.ofSegment(segment);
    for (const lease of leases) this.#store.remove(lease);
    return leases.filter(isHeld);
  }

  restore(rows: readonly LeaseRow[], segmentOf: (row: LeaseRow) => Segment): void {
    for (const row of rows) {
      const segment = segmentOf(row);
      const lease: Lease = {
        ...row,
        segment,
        transmitter: row.transmitter ?? null,
        imported: null,
        confirmed:
          row.state === 'acknowledged' || row.server !== null ? 'by-server' : (row.confirmed ?? null),
        // Whether the client asked anew while this agent was away, nobody knows.
        consentAt: Number.POSITIVE_INFINITY,
        leasedAt: row.firstSeen,
        rivals: new LeaseRivals(),
        held: null,
        contender: null,
      };
      // Where two clients contended for the address, the later one has it by now.
      const other = this.#store.find(segment, row);
      const cloned = other !== undefined && areClones(other, lease);
      if (other && !cloned && lease.lastSeen < other.lastSeen) continue;
      if (cloned) this.#place(lease, []);
      else this.#put(lease);
      this.#store.restored(lease);
    }
  }

  /** @param held the leases of the address. */
  #hold(
    segment: Segment,
    step: LeaseStep,
    transmitter: Mac | null,
    held: readonly Lease[],
    at: Micros,
  ): Lease[] {
    const changed: Lease[] = [];
    for (const other of this.#store.heldBy(segment, step))
      if (other.ip !== step.ip && !step.beside?.includes(other.ip))
        changed.push(this.#endAs(other, 'released', at));
    const lease = this.#made(segment, step, transmitter, at, this.#heldFor(segment, step));
    for (const other of held) {
      if (other.mac === lease.mac || areClones(other, lease)) continue;
      if (step.state === 'acknowledged' || other.confirmed === null)
        changed.push(this.#endAs(other, 'released', at));
    }
    this.#place(lease, changed);
    return changed;
  }

  /** Beside the one that another machine holds, in place of its own. Adds what made room for it, then the lease itself. */
  #place(lease: Lease, changed: Lease[]): void {
    const holder = this.#store.holderBeside(lease);
    if (!holder || holder.mac === lease.mac) {
      lease.contender = holder?.contender ?? null;
      changed.push(this.#put(lease));
      return;
    }
    const displaced = holder.contender;
    if (displaced && displaced.mac !== lease.mac)
      changed.push(this.#endAs(displaced, 'released', lease.lastSeen));
    if (holder.contender) this.#store.remove(holder.contender);
    holder.contender = lease;
    changed.push(this.#woken(this.#store.enter(lease)));
  }

  #heldFor(segment: Segment, step: LeaseStep): Micros | null {
    return this.#lengthOf(step.seconds ?? this.#before(segment, step)?.seconds ?? null);
  }

  /** What is known of the client and the address already. */
  #before(segment: Segment, step: LeaseStep): Lease | undefined {
    const { mac, clientId } = step;
    const known = this.#store.find(segment, step);
    return (
      [known?.contender, known].find((one) => one?.mac === mac && one.clientId === clientId) ?? undefined
    );
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
    const lease: Writable<Lease> = {
      segment,
      ip: step.ip,
      mac: step.mac,
      clientId: step.clientId,
      transmitter: transmitter ?? before?.transmitter ?? null,
      imported: null,
      // A client that renews asks again for what it was already acknowledged.
      state: step.state === 'requested' && before?.state === 'acknowledged' ? 'acknowledged' : step.state,
      confirmed: step.unconfirmed ? (held?.confirmed ?? null) : 'by-server',
      consentAt: this.#consentAt(step.unconfirmed && held?.confirmed === null ? held : undefined, at),
      server: step.server ?? before?.server ?? null,
      hostname: step.hostname ?? before?.hostname ?? null,
      seconds: step.seconds ?? before?.seconds ?? null,
      firstSeen: before?.firstSeen ?? at,
      lastSeen: at,
      expiresAt: length === null ? null : at + length,
      leasedAt: held?.leasedAt ?? at,
      rivals: held?.rivals ?? new LeaseRivals(),
      held: null,
      contender: null,
    };
    if (step.prefixLength !== undefined) lease.prefixLength = step.prefixLength;
    return lease;
  }

  /** A client that was not answered asks again: until then its silence says nothing. */
  #consentAt(wish: Lease | undefined, at: Micros): Micros {
    const nextRepeat = wish ? NEXT_REPEAT * (at - wish.lastSeen) + REPEAT_JITTER : 0;
    return at + Math.max(this.#settings.consentAfter, nextRepeat);
  }

  /** Ends a held lease. It stays visible unless the contender takes its place. */
  #endAs(lease: Lease, state: LeaseState, at: Micros): Lease {
    const gone = lease.contender !== null || this.#store.find(lease.segment, lease) !== lease;
    if (gone) this.#store.remove(lease);
    else this.#store.letGo(lease);
    lease.state = state;
    lease.lastSeen = at;
    lease.expiresAt = at + ENDED_LIFETIME;
    if (gone) return lease;
    this.#wakeFor(lease.expiresAt);
    this.#store.changed(lease);
    return lease;
  }

  #renewedUntil(lease: Lease, lastUse: (lease: Lease) => Micros | undefined): Micros {
    const length = this.#lengthOf(lease.seconds);
    const used = isHeld(lease) ? lastUse(lease) : undefined;
    const end = lease.expiresAt ?? Number.POSITIVE_INFINITY;
    return used !== undefined && length !== null && used > end - length / 2 ? used + length : end;
  }

  #put(lease: Lease): Lease {
    return this.#woken(this.#store.put(lease));
  }

  #woken(lease: Lease): Lease {
    if (lease.expiresAt !== null) this.#wakeFor(lease.expiresAt);
    return lease;
  }

  #wakeFor(expiresAt: Micros): void {
    const due = Math.ceil(expiresAt / EXPIRY_STEP) * EXPIRY_STEP;
    this.#expiryAt = Math.min(this.#expiryAt, due);
    this.#wake(due);
  }

  #lengthOf(seconds: Seconds | null): Micros | null {
    if (seconds === null) return this.#settings.assumedLease;
    return Number.isFinite(seconds) ? seconds * SECOND : null;
  }
}
