// Finds the range that a DHCP server hands out, by asking for addresses: what it offers lies in the range, and from there it is
// halved to its ends. An address that it does not offer may be leased: it is the end only where its neighbours are not offered
// either.
import type { Micros } from '../base/time.ts';
import { BEYOND, holesBetween, isBeyond, offeredIn, rangesShown } from '../dhcp/offered.ts';
import type { RouterRange } from '../dhcp/router-knowledge.ts';
import type { Ipv4 } from '../net/address.ts';
import type { CapturedFrame } from '../net/frame.ts';
import { hostsOf, type IpRange, ipOfNumber, numberOfIp } from '../net/range.ts';
import { type AuditSource, isHostOf } from './frames.ts';
import { type Answer, MAX_HELD, Questions } from './questions.ts';

export const MAX_DISCOVERS = 40;
/** Gaps within a range are looked at until they are so small a part of it: a smaller hole may be missed. */
const GAP_SHARE = 8n;
/** So many addresses of a range are asked for at least. */
const SAMPLES = 6;
/** Of a range, where its server keeps for a while what it offers: the others must find an address meanwhile. */
const HELD_SHARE = 4n;

interface RangeFinderOptions {
  readonly source: AuditSource;
  readonly transactionId: () => number;
  readonly isOwn: (ip: Ipv4) => boolean;
  readonly onDiscover?: () => void;
}

export interface FoundRange {
  /** That is asked; null: none answered. */
  readonly server: Ipv4 | null;
  readonly ranges: readonly RouterRange[];
  /** Other servers that offered something. */
  readonly others: readonly Ipv4[];
}

export class RangeFinder {
  readonly #options: RangeFinderOptions;
  readonly #questions: Questions;
  readonly #hosts: IpRange;
  readonly #points = new Map<bigint, boolean>();
  /** In use by a machine that may have them by DHCP or by itself: they show nothing. */
  readonly #taken = new Set<bigint>();
  readonly #asked = new Set<bigint>();
  readonly #others = new Set<Ipv4>();
  #server: Ipv4 | null = null;
  #first: Ipv4 | null = null;
  #controlled = false;
  #isOver = false;

  constructor(options: RangeFinderOptions) {
    this.#options = options;
    this.#questions = new Questions({ ...options, mayHold: () => this.#mayHold() });
    this.#hosts = hostsOf(options.source.network);
    this.#ask(this.#hosts.last);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get discovers(): number {
    return this.#questions.discovers;
  }

  get found(): FoundRange {
    const ranges = rangesShown(this.#points, this.#hosts);
    return { server: this.#server, ranges, others: [...this.#others] };
  }

  nextAt(now: Micros): Micros {
    return this.#questions.nextAt(now);
  }

  due(now: Micros): Uint8Array[] {
    return this.#questions.due(now);
  }

  frame(frame: CapturedFrame, now: Micros): void {
    this.#questions.frame(frame, now);
  }

  /** A part of what is known of the range. */
  #mayHold(): number {
    const offered = offeredIn(this.#points);
    const known = offered.length === 0 ? 0n : offered.at(-1)! - offered[0]!;
    return Math.max(MAX_HELD, Number(known / HELD_SHARE));
  }

  #ask(number: bigint): void {
    this.#asked.add(number);
    const done = (answer: Answer) => this.#answered(number, answer);
    this.#questions.ask(ipOfNumber(4, number) as Ipv4, { isTrial: true, of: this.#server, done });
  }

  #answered(number: bigint, { notAsked, offers }: Answer): void {
    if (notAsked !== null) this.#taken.add(number);
    const offer = this.#server === null ? offers[0] : offers.find(({ server }) => server === this.#server);
    for (const { server } of offers) if (server !== offer?.server) this.#others.add(server);
    if (offer) {
      this.#server = offer.server;
      this.#first ??= offer.ip;
      // Nobody leases its own address.
      this.#refused(numberOfIp(offer.server));
      this.#refused(number);
      this.#points.set(numberOfIp(offer.ip), true);
    } else if (notAsked === null) this.#taken.add(number);
    // One question may take two of them.
    const next = this.discovers + 2 <= MAX_DISCOVERS ? this.#next() : null;
    if (next === null) this.#isOver = true;
    else this.#ask(next);
  }

  /** What was offered to one asker is held for it by some servers: not to be offered to the next says nothing then. */
  #refused(number: bigint): void {
    if (!this.#points.has(number)) this.#points.set(number, false);
  }

  /** The next address worth a question; null: there is none. */
  #next(): bigint | null {
    const offered = offeredIn(this.#points);
    const [lowest, highest] = [offered[0], offered.at(-1)];
    if (lowest === undefined || highest === undefined) return this.#anotherBeginning();
    return (
      this.#control() ??
      this.#end(highest, 1n) ??
      this.#end(lowest, -1n) ??
      this.#hole(lowest, highest) ??
      this.#gap(offered) ??
      this.#sample(lowest, highest)
    );
  }

  /** Nobody answered for the first address, or it is somebody's: one more try elsewhere. */
  #anotherBeginning(): bigint | null {
    return (
      [this.#hosts.last, this.#hosts.last - 1n, this.#hosts.first + 9n].find((one) => this.#isOpen(one)) ??
      null
    );
  }

  /** The first address that it offered, for another asker: a server that keeps what it offers for a while offers another one. */
  #control(): bigint | null {
    const number = this.#first === null ? null : numberOfIp(this.#first);
    if (number === null || this.#controlled) return null;
    this.#controlled = true;
    return number;
  }

  /** Halves what lies between the last address that is offered and the first beyond it that is not; then looks at the neighbours. */
  #end(from: bigint, step: 1n | -1n): bigint | null {
    const limit = step > 0n ? this.#hosts.last + 1n : this.#hosts.first - 1n;
    const refused = [...this.#points].filter(([n, isOffered]) => !isOffered && (n - from) * step > 0n);
    const nearest = refused.map(([n]) => (n - from) * step).toSorted((a, b) => (a < b ? -1 : 1))[0];
    const distance = nearest ?? (limit - from) * step;
    if (distance > 1n) {
      const middle = this.#nearestOpen(from + (distance / 2n) * step, from, from + distance * step);
      if (middle !== null) return middle;
    }
    if (isBeyond(this.#points, this.#hosts, from + step, step)) return null;
    for (let n = from + step; n !== from + (BEYOND + BigInt(this.#taken.size) + 1n) * step; n += step)
      if (this.#isOpen(n)) return n;
    return null;
  }

  /** An address within that was not offered: its neighbours tell whether it is a single one. */
  #hole(lowest: bigint, highest: bigint): bigint | null {
    for (const first of holesBetween(this.#points, lowest, highest)) {
      let end = first;
      while (this.#points.get(end + 1n) === false) end += 1n;
      if (end - first + 1n >= BEYOND) continue;
      const neighbor = [end + 1n, first - 1n].find((one) => this.#isOpen(one));
      if (neighbor !== undefined) return neighbor;
    }
    return null;
  }

  /** The middle of the longest part of the range that nothing was asked of, where that is long. */
  #gap(offered: readonly bigint[]): bigint | null {
    const whole = offered.at(-1)! - offered[0]!;
    let longest: { readonly from: bigint; readonly to: bigint } | null = null;
    for (const [i, from] of offered.entries()) {
      const to = offered[i + 1];
      if (to === undefined || [...this.#points.keys()].some((n) => from < n && n < to)) continue;
      if (!longest || to - from > longest.to - longest.from) longest = { from, to };
    }
    if (!longest || (longest.to - longest.from) * GAP_SHARE <= whole) return null;
    return this.#nearestOpen((longest.from + longest.to) / 2n, longest.from, longest.to);
  }

  /** Further addresses within, spread evenly: where all of them are offered, few are leased, and the ends are what they seem. */
  #sample(lowest: bigint, highest: bigint): bigint | null {
    const within = [...this.#asked].filter((n) => lowest <= n && n <= highest);
    if (within.length >= SAMPLES || within.some((n) => !this.#points.get(n))) return null;
    const bounds = [lowest, ...within, highest].toSorted((a, b) => (a < b ? -1 : 1));
    let [from, to] = [lowest, lowest];
    for (const [i, end] of bounds.entries()) {
      const begin = bounds[i - 1] ?? end;
      if (end - begin > to - from) [from, to] = [begin, end];
    }
    for (let d = 0n; d < to - from; d += 1n)
      for (const n of [(from + to) / 2n + d, (from + to) / 2n - d])
        if (from < n && n < to && !this.#asked.has(n) && !this.#taken.has(n)) return n;
    return null;
  }

  /** The address closest to one, between two, that can still be asked for. */
  #nearestOpen(to: bigint, a: bigint, b: bigint): bigint | null {
    const [low, high] = a < b ? [a, b] : [b, a];
    for (let d = 0n; d <= high - low; d += 1n) {
      for (const n of [to + d, to - d]) if (low < n && n < high && this.#isOpen(n)) return n;
    }
    return null;
  }

  #isOpen(number: bigint): boolean {
    if (this.#points.has(number) || this.#taken.has(number)) return false;
    return isHostOf(this.#options.source.network, ipOfNumber(4, number) as Ipv4);
  }
}
