// All leases that are known: those that were heard, and beside them those that servers' own tables list. A table changes nothing of
// what was heard; what is heard ends what a table listed before.
import type { Micros } from '../../base/time.ts';
import type { LeaseStep } from '../../dhcp/lease.ts';
import type { IpAddress, Mac } from '../../net/address.ts';
import type { Changed } from './change-log.ts';
import { type ImportChange, ImportedLeases, type LeaseList, type PlaceOf } from './imported-leases.ts';
import { isHeld, type Lease, type LeaseRow, leaseRow } from './lease.ts';
import type { ClientIdentity } from './lease-store.ts';
import { LeaseTable, type LeaseTableOptions } from './lease-table.ts';
import type { Segment } from './segment.ts';

export class KnownLeases {
  readonly #heard: LeaseTable;
  readonly #imported = new ImportedLeases();
  readonly #wake: (at: Micros) => void;

  constructor(options: LeaseTableOptions) {
    this.#heard = new LeaseTable(options);
    this.#wake = options.wake;
  }

  /** One that was heard and is held comes before one that a table lists. */
  find(segment: Segment, ip: IpAddress): Lease | undefined {
    const heard = this.#heard.find(segment, ip);
    return heard && isHeld(heard) ? heard : (this.#imported.find(segment, ip)[0] ?? heard);
  }

  /** The held leases of an address: none, one, two while two clients contend for it, and those of others that tables list. */
  heldAt(segment: Segment, ip: IpAddress): Lease[] {
    const listed = this.#imported.find(segment, ip);
    const heard = this.#heard.heldAt(segment, ip);
    return listed.length === 0 ? heard : [...heard, ...listed.filter((lease) => !this.#isHeard(lease))];
  }

  /** Held leases of an address, or of prefixes that begin with it. */
  heldFrom(segment: Segment, ip: IpAddress): Lease[] {
    return [...this.heldAt(segment, ip), ...this.#heard.prefixesFrom(segment, ip)];
  }

  /** The lease of the same machine and address that a table lists, where it is not held by what was heard. */
  listed({ segment, ip, mac }: Lease): Lease | undefined {
    const lease = this.#imported.find(segment, ip).find((one) => one.mac === mac);
    return lease && !this.#isHeard(lease) ? lease : undefined;
  }

  /** The name that a station gave itself in DHCP. */
  hostnameOf(mac: Mac): string | null {
    return this.#heard.hostnameOf(mac) ?? this.#imported.hostnameOf(mac);
  }

  *all(): Generator<Lease> {
    yield* this.#heard.all();
    yield* this.#listedAlone();
  }

  rows(): LeaseRow[] {
    return [...this.each()];
  }

  /** Row by row, and with pauses if need be. The leases are those of the beginning. */
  *each(): Generator<LeaseRow> {
    const listed = this.#listedAlone();
    yield* this.#heard.each();
    for (const lease of listed) yield leaseRow(lease);
  }

  /** The addresses of which something else was heard since they were last taken from here. */
  takeChanged(): Iterable<Changed<LeaseRow>> {
    return this.#heard.takeChanged();
  }

  /** All that was taken is to be taken again. */
  changeAgain(): void {
    this.#heard.changeAgain();
  }

  /** How many were heard. */
  get size(): number {
    return this.#heard.size;
  }

  get evictions(): number {
    return this.#heard.evictions;
  }

  /** What a server's table lists from now on; null: it is read no more. Returns the leases that begin and end by that. */
  setImport(name: string, list: LeaseList | null, placeOf: PlaceOf): ImportChange {
    return this.#news(this.#imported.set(name, list, placeOf));
  }

  /** The same tables, by another intent or other networks of this machine. */
  placeImports(placeOf: PlaceOf): ImportChange {
    return this.#news(this.#imported.place(placeOf));
  }

  /** Takes a step in. Returns the leases it changed, those that it ended first. */
  apply(segment: Segment, step: LeaseStep, transmitter: Mac | null, at: Micros): Lease[] {
    const over = this.#over(segment, step, at);
    const changed = this.#heard.apply(segment, step, transmitter, at);
    return over.length === 0 ? changed : [...over, ...changed];
  }

  startOver(segment: Segment, client: ClientIdentity, at: Micros): Lease[] {
    return this.#heard.startOver(segment, client, at);
  }

  settle(contender: Lease, at: Micros): Lease | undefined {
    return this.#heard.settle(contender, at);
  }

  used(segment: Segment, ip: IpAddress, mac: Mac): Lease | undefined {
    return this.#heard.used(segment, ip, mac);
  }

  /** Removes what has expired and returns the held leases among it. */
  expire(now: Micros, lastUse: (lease: Lease) => Micros | undefined): Lease[] {
    const listed = this.#imported.expire(now).filter((lease) => !this.#isHeard(lease));
    this.#wake(this.#imported.nextAt);
    const expired = this.#heard.expire(now, lastUse);
    return listed.length === 0 ? expired : [...listed, ...expired];
  }

  forgetSegment(segment: Segment): Lease[] {
    return this.#heard.forgetSegment(segment);
  }

  restore(rows: readonly LeaseRow[], segmentOf: (row: LeaseRow) => Segment): void {
    this.#heard.restore(rows, segmentOf);
  }

  /**
   * What a table listed before and this step ends: the client gives the address up, or the server refuses it or gives it to
   * another machine. Those that are held by what was heard as well are told as such.
   */
  #over(segment: Segment, { state, ip, mac }: LeaseStep, at: Micros): Lease[] {
    const listed = this.#imported.find(segment, ip);
    if (listed.length === 0 || state === 'offered' || state === 'requested') return [];
    const isOver = (lease: Lease) =>
      state === 'acknowledged' ? lease.mac !== mac && lease.lastSeen < at : lease.mac === mac;
    return listed.filter(isOver).flatMap((lease): Lease[] => {
      this.#imported.remove(lease);
      return this.#isHeard(lease) ? [] : [{ ...lease, state: 'released' }];
    });
  }

  /** Without what is held by what was heard: of that nothing is new. */
  #news({ begun, ended }: ImportChange): ImportChange {
    this.#wake(this.#imported.nextAt);
    const isNews = (lease: Lease) => !this.#isHeard(lease);
    return { begun: begun.filter(isNews), ended: ended.filter(isNews) };
  }

  #listedAlone(): Lease[] {
    return [...this.#imported.all()].filter((lease) => !this.#isHeard(lease));
  }

  #isHeard({ segment, ip, mac }: Lease): boolean {
    return this.#heard.heldAt(segment, ip).some((lease) => lease.mac === mac);
  }
}
