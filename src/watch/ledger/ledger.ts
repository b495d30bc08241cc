// The logs of all addresses that the intent speaks of and that were asked for or claimed, by segment: made at the first entry,
// so that a pool of sixty thousand addresses costs nothing.
import type { Micros } from '../../base/time.ts';
import type { IpAddress, Mac } from '../../net/address.ts';
import type { Segment } from '../lan/segment.ts';
import { AddressLog } from './address-log.ts';
import { isAnnouncedHere, leftOpenSince } from './held-here.ts';
import type { ClaimRun, Half } from './run.ts';

/** A claim of a watched address. */
export interface Entry {
  readonly kind: 'answered' | 'announced';
  readonly ip: IpAddress;
  readonly mac: Mac;
  readonly to: Mac | null;
  /** The answer is for this node. */
  readonly isToOwn: boolean;
  /** This node sent it. */
  readonly isOwn: boolean;
  readonly isNode: boolean;
  readonly half: Half | null;
}

/** That of an address on one segment. */
type SegmentLog = readonly [Segment, AddressLog];
const NO_LOGS: readonly SegmentLog[] = [];

export class Ledger {
  /** An address is on few segments, mostly on one: no need of a map for each. */
  readonly #logs = new Map<IpAddress, SegmentLog[]>();
  #ownMacs: readonly Mac[] = [];
  /** Those in which this node has claimed the address and may still hold it. */
  readonly #own = new Set<AddressLog>();

  find(ip: IpAddress, segment: Segment): AddressLog | undefined {
    for (const [one, log] of this.everywhere(ip)) if (one === segment) return log;
    return undefined;
  }

  /** On every segment. */
  everywhere(ip: IpAddress): readonly SegmentLog[] {
    return this.#logs.get(ip) ?? NO_LOGS;
  }

  of(ip: IpAddress, segment: Segment): AddressLog {
    const known = this.find(ip, segment);
    if (known) return known;
    const log = new AddressLog();
    const logs = this.#logs.get(ip);
    if (logs) logs.push([segment, log]);
    else this.#logs.set(ip, [[segment, log]]);
    return log;
  }

  /** Returns whether another MAC answered the same question. */
  claimed({ kind, ip, mac, to, isToOwn, isOwn, isNode, half }: Entry, segment: Segment, at: Micros): boolean {
    const log = this.of(ip, segment);
    if (isOwn) this.#own.add(log);
    const asker = log.askerOf(to, { isToOwn, isOwn });
    return log.claimed({ kind, who: mac, to, isOwn, isNode, half }, asker, at);
  }

  /** What a node is known to have claimed before this log began. */
  resume(log: AddressLog, { who, first, last }: Pick<ClaimRun, 'who' | 'first' | 'last'>): void {
    const isOwn = this.#ownMacs.includes(who);
    if (isOwn) this.#own.add(log);
    log.resume({ kind: 'answered', who, to: null, isOwn, isNode: true }, first, last);
  }

  /** Of this very node: what it claimed before that was known stands, too. */
  setOwnMacs(macs: readonly Mac[]): void {
    this.#ownMacs = macs;
    for (const logs of this.#logs.values())
      for (const [, log] of logs) if (log.ownResumed(macs)) this.#own.add(log);
  }

  /** Nobody else's answers come here then. */
  isAnnouncedHere(log: AddressLog): boolean {
    if (!this.#own.has(log)) return false;
    if (isAnnouncedHere(log)) return true;
    this.#own.delete(log);
    return false;
  }

  /** This node claimed it, and leaves another's question open. */
  isLeftOpen(ip: IpAddress): boolean {
    if (this.#own.size === 0) return false;
    for (const [, log] of this.everywhere(ip)) if (leftOpenSince(log) < Number.POSITIVE_INFINITY) return true;
    return false;
  }

  /** This node may announce any address at all. */
  get announcesAny(): boolean {
    return this.#own.size > 0;
  }

  /** Forgets the addresses that nobody watches any more. */
  forgetUnless(isWatched: (ip: IpAddress) => boolean): void {
    for (const [ip, logs] of this.#logs) {
      if (isWatched(ip)) continue;
      this.#logs.delete(ip);
      for (const [, log] of logs) this.#own.delete(log);
    }
  }

  /** The segment is none any more. */
  forgetSegment(segment: Segment): void {
    for (const [ip, logs] of this.#logs) {
      const index = logs.findIndex(([one]) => one === segment);
      if (index < 0) continue;
      for (const [, log] of logs.splice(index, 1)) this.#own.delete(log);
      if (logs.length === 0) this.#logs.delete(ip);
    }
  }
}
