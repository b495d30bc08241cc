// What a flood of findings is in the log: its first lines, one that says so, and one with the count once it is over.

import { BoundedMap } from '../../base/bounded-map.ts';
import { MINUTE, type Micros } from '../../base/time.ts';
import type { FindingEvent } from '../../watch/finding/finding.ts';
import type { FindingKind } from '../../watch/finding/kinds.ts';

/** Lines on one kind and address, until nothing was said of it for a while. */
const LINES = 8;
/** The same once another address has had too many: a flood may be of every address. */
const LINES_IN_FLOOD = 2;
/** On one kind: of some it is a stranger who chooses the address. */
const LINES_OF_KIND = 300;
/** Longer than most findings stay quiet before they end, so that their end is part of the flood. */
const CALM = 2 * MINUTE;
const MAX_ADDRESSES = 4096;

/** What was not logged of one kind. */
type Omitted = Record<FindingEvent['action'], number>;

interface Logger {
  warn(fields: object, message: string): void;
}

export class LogFlood {
  readonly #logger: Logger;
  readonly #lines = new BoundedMap<string, { readonly count: number; readonly at: Micros }>(MAX_ADDRESSES);
  readonly #floods = new Map<FindingKind, { readonly omitted: Omitted; at: Micros }>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Whether the event is to be logged; else it is counted. */
  admits({ action, at, finding: { kind, ip } }: FindingEvent): boolean {
    const ofAddress = this.#count(`${kind} ${ip}`, at);
    const ofKind = this.#count(kind, at);
    const most = this.#floods.has(kind) ? LINES_IN_FLOOD : LINES;
    if (ofAddress <= most && ofKind <= LINES_OF_KIND) return true;
    const flood = this.#floods.get(kind) ?? this.#begins(kind);
    flood.omitted[action] += 1;
    flood.at = at;
    return false;
  }

  nextAt(): Micros {
    let first = Number.POSITIVE_INFINITY;
    for (const { at } of this.#floods.values()) first = Math.min(first, at + CALM);
    return first;
  }

  tick(now: Micros): void {
    for (const [kind, { omitted, at }] of this.#floods) if (now >= at + CALM) this.#ends(kind, omitted);
  }

  /** What goes on is told as it is by now. */
  stop(): void {
    for (const [kind, { omitted }] of this.#floods) this.#ends(kind, omitted);
  }

  /** How much was told of it since it was calm. */
  #count(key: string, at: Micros): number {
    const before = this.#lines.get(key);
    const count = 1 + (before && at - before.at < CALM ? before.count : 0);
    this.#lines.set(key, { count, at });
    return count;
  }

  #begins(kind: FindingKind): { readonly omitted: Omitted; at: Micros } {
    const flood = { omitted: { raised: 0, changed: 0, resolved: 0 }, at: Number.NEGATIVE_INFINITY };
    this.#floods.set(kind, flood);
    this.#logger.warn(
      { event: 'flood', kind },
      `Too many log lines about ${kind}: from now on they are only counted. GET /api/v1/findings lists all findings`,
    );
    return flood;
  }

  #ends(kind: FindingKind, omitted: Omitted): void {
    this.#floods.delete(kind);
    const { raised, changed, resolved } = omitted;
    this.#logger.warn(
      { event: 'flood', kind, ...omitted },
      `Not logged of ${kind}: ${raised} raised, ${changed} changed, ${resolved} resolved`,
    );
  }
}
