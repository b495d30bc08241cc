// Who claims which address on which segment.

import type { Micros } from '../../base/time.ts';
import type { AddressRole, IntentIndex } from '../../intent/index.ts';
import type { IpAddress, Mac } from '../../net/address.ts';
import type { Claim, ClaimKind } from '../../net/claim.ts';
import { type Changed, ChangeLog } from './change-log.ts';
import type { Segment } from './segment.ts';

export interface Owner {
  readonly mac: Mac;
  readonly firstSeen: Micros;
  lastSeen: Micros;
  announcement: number;
  reply: number;
  request: number;
  /** When and for which kind of claim the detectors last looked at it. */
  judgedAt: Micros;
  judgedAs: ClaimKind | 'request-half' | 'reply-half' | null;
}

export interface ClaimedAddress {
  readonly segment: Segment;
  readonly ip: IpAddress;
  role: AddressRole;
  /** Latest first-seen last; bounded. */
  readonly owners: Owner[];
  /** Seen since it was last passed over for eviction. */
  touched: boolean;
  /** Told to whoever copies the table; spares most frames to say so again. */
  changed: boolean;
}

/** Who claims which address: one row for each segment, address and MAC. */
export interface ClaimRow {
  readonly segment: Segment;
  readonly ip: IpAddress;
  readonly mac: Mac;
  /** The cluster node that the MAC belongs to; null for any other machine. */
  readonly node: string | null;
  readonly firstSeen: Micros;
  readonly lastSeen: Micros;
  /** How often, by kind of claim. `acd-probe` and `dad` are no claims and never counted here. */
  readonly counts: Readonly<Record<Exclude<ClaimKind, 'acd-probe' | 'dad'>, number>>;
}

/** A flood of made-up MACs for one address pushes out the owner unheard for longest, not memory. */
const MAX_OWNERS = 8;
/** How many recently used addresses an eviction may pass over before it takes the next one anyway. */
const SECOND_CHANCES = 16;

export class ClaimsTable {
  readonly #bySegment = new Map<Segment, Map<IpAddress, ClaimedAddress>>();
  /** In the order of eviction. Apart, so that a flood of other addresses never pushes out a VIP, pool or node. */
  readonly #others = new Set<ClaimedAddress>();
  readonly #watched = new Set<ClaimedAddress>();
  /** By role, so that what is watched need not wait behind a flood of what is not. */
  readonly #changes: Readonly<Record<AddressRole['kind'], ChangeLog<ClaimedAddress>>> = {
    vip: new ChangeLog(),
    node: new ChangeLog(),
    pool: new ChangeLog(),
    other: new ChangeLog(),
  };
  readonly #capacity: number;
  #index: IntentIndex;
  #lastSegment: Segment | null = null;
  #lastAddresses: Map<IpAddress, ClaimedAddress> = new Map();
  #size = 0;
  evictions = 0;

  constructor(capacity: number, index: IntentIndex) {
    this.#capacity = capacity;
    this.#index = index;
  }

  /** The address with this claim counted in. `kind` must be a real claim. */
  record(segment: Segment, claim: Claim, at: Micros): ClaimedAddress {
    const address = this.#addressOf(segment, claim.ip);
    address.touched = true;
    const owner = ownerOf(address, claim.mac, at);
    owner.lastSeen = at;
    if (claim.kind === 'announcement') owner.announcement += 1;
    else if (claim.kind === 'reply') owner.reply += 1;
    else owner.request += 1;
    if (!address.changed) {
      address.changed = true;
      this.#changes[address.role.kind].add(address);
    }
    return address;
  }

  find(segment: Segment, ip: IpAddress): ClaimedAddress | undefined {
    return this.#bySegment.get(segment)?.get(ip);
  }

  /** The address on every segment where it was claimed. */
  everywhere(ip: IpAddress): ClaimedAddress[] {
    return [...this.#bySegment.values()].flatMap((addresses) => addresses.get(ip) ?? []);
  }

  /** The claimed addresses that the intent speaks of. */
  watched(): Iterable<ClaimedAddress> {
    return this.#watched;
  }

  /** When `mac` last claimed the address, or undefined. */
  lastClaim(segment: Segment, ip: IpAddress, mac: Mac): Micros | undefined {
    return this.find(segment, ip)?.owners.find((owner) => owner.mac === mac)?.lastSeen;
  }

  /** Any machine but those that `except` names claimed anything on the segment, since then. */
  isHeard(segment: Segment, since: Micros, except: (mac: Mac) => boolean): boolean {
    for (const { owners } of this.#bySegment.get(segment)?.values() ?? []) {
      if (owners.some(({ mac, lastSeen }) => lastSeen >= since && !except(mac))) return true;
    }
    return false;
  }

  setIndex(index: IntentIndex): void {
    this.#index = index;
    for (const address of this.#all()) {
      this.#queueOf(address).delete(address);
      const before = address.role.kind;
      address.role = index.roleOf(address.ip);
      this.#queueOf(address).add(address);
      if (address.role.kind !== before) this.#changes[before].move(address, this.#changes[address.role.kind]);
    }
  }

  /** Forgets the owners unheard since `before`. */
  forget(before: Micros): void {
    for (const address of this.#all()) {
      const kept = address.owners.filter((owner) => owner.lastSeen >= before);
      if (kept.length === address.owners.length) continue;
      address.owners.splice(0, address.owners.length, ...kept);
      if (kept.length === 0) this.#remove(address);
      else this.#changes[address.role.kind].add(address);
    }
  }

  /** The segment is none any more. */
  forgetSegment(segment: Segment): void {
    for (const address of this.#bySegment.get(segment)?.values() ?? []) this.#remove(address);
    this.#bySegment.delete(segment);
    if (this.#lastSegment === segment) this.#lastSegment = null;
  }

  restore(rows: readonly ClaimRow[], segmentOf: (row: ClaimRow) => Segment): void {
    for (const row of rows) {
      const segment = segmentOf(row);
      const { firstSeen, lastSeen, mac, counts } = row;
      const address = this.#addressOf(segment, row.ip);
      this.#changes[address.role.kind].restored(address);
      address.owners.push({
        mac,
        firstSeen,
        lastSeen,
        ...counts,
        judgedAt: 0,
        judgedAs: null,
      });
    }
  }

  rows(): ClaimRow[] {
    return [...this.each()];
  }

  /** Row by row, and with pauses if need be: a flooded table takes long to copy. The addresses are those of the beginning. */
  *each(): Generator<ClaimRow> {
    for (const address of [...this.#all()]) yield* this.#rowsOf(address);
  }

  /** The addresses of this role that changed since they were last taken from here. */
  *takeChanged(role: AddressRole['kind']): Generator<Changed<ClaimRow>> {
    for (const changed of this.#changes[role].take()) {
      changed.changed = false;
      const { segment, ip } = changed;
      const address = this.find(segment, ip);
      yield { segment, ip, rows: address ? this.#rowsOf(address) : [] };
    }
  }

  /** All that was taken is to be taken again. */
  changeAgain(): void {
    for (const changes of Object.values(this.#changes)) changes.again();
  }

  get size(): number {
    return this.#size;
  }

  *#all(): Generator<ClaimedAddress> {
    for (const addresses of this.#bySegment.values()) yield* addresses.values();
  }

  #rowsOf({ segment, ip, owners }: ClaimedAddress): ClaimRow[] {
    return owners.map(({ mac, firstSeen, lastSeen, announcement, reply, request }) => ({
      segment,
      ip,
      mac,
      node: this.#index.nodeOf(mac)?.name ?? null,
      firstSeen,
      lastSeen,
      counts: { announcement, reply, request },
    }));
  }

  #addressOf(segment: Segment, ip: IpAddress): ClaimedAddress {
    if (segment !== this.#lastSegment) {
      this.#lastAddresses = this.#bySegment.get(segment) ?? new Map();
      this.#bySegment.set(segment, this.#lastAddresses);
      this.#lastSegment = segment;
    }
    const known = this.#lastAddresses.get(ip);
    if (known) return known;
    const address: ClaimedAddress = {
      segment,
      ip,
      role: this.#index.roleOf(ip),
      owners: [],
      touched: false,
      changed: false,
    };
    this.#lastAddresses.set(ip, address);
    this.#size += 1;
    const queue = this.#queueOf(address).add(address);
    if (queue.size > this.#capacity) this.#evictFrom(queue);
    return address;
  }

  #queueOf(address: ClaimedAddress): Set<ClaimedAddress> {
    return address.role.kind === 'other' ? this.#others : this.#watched;
  }

  #evictFrom(queue: Set<ClaimedAddress>): void {
    let chances = SECOND_CHANCES;
    for (const address of queue) {
      if (address.touched && chances > 0) {
        chances -= 1;
        address.touched = false;
        queue.delete(address);
        queue.add(address);
        continue;
      }
      this.#remove(address);
      this.evictions += 1;
      return;
    }
  }

  #remove(address: ClaimedAddress): void {
    this.#queueOf(address).delete(address);
    this.#changes[address.role.kind].removed(address);
    if (this.#bySegment.get(address.segment)?.delete(address.ip)) this.#size -= 1;
  }
}

function ownerOf(address: ClaimedAddress, mac: Mac, at: Micros): Owner {
  for (const owner of address.owners) if (owner.mac === mac) return owner;
  const owner: Owner = {
    mac,
    firstSeen: at,
    lastSeen: at,
    announcement: 0,
    reply: 0,
    request: 0,
    judgedAt: 0,
    judgedAs: null,
  };
  if (address.owners.length >= MAX_OWNERS) {
    const longestUnheard = address.owners.reduce((a, b) => (b.lastSeen < a.lastSeen ? b : a));
    address.owners.splice(address.owners.indexOf(longestUnheard), 1);
  }
  address.owners.push(owner);
  return owner;
}
