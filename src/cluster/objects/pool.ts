// MetalLB's address pools.

import { at, items } from '../../base/json.ts';
import type { Pool } from '../../intent/intent.ts';
import { type IpRange, parseRange, rangeOverlap } from '../../net/range.ts';
import type { Interning } from './interning.ts';
import { type Labels, labelsOf, type ObjectId } from './object-id.ts';
import { kept, type SkipReason, skipped, type Trimmed } from './trimmed.ts';

export interface PoolObject extends ObjectId {
  /** Those that can be read, in the order in which they are written. */
  readonly ranges: readonly IpRange[];
  readonly autoAssign: boolean;
  readonly avoidBuggyIps: boolean;
  readonly labels: Labels;
}

export function trimPool(raw: unknown, id: ObjectId, interning: Interning): Trimmed<PoolObject> {
  const written = items(at(raw, 'spec', 'addresses'));
  if (written.length === 0) return skipped('no-ranges');
  const problems: SkipReason[] = [];
  const ranges: IpRange[] = [];
  for (const text of written) {
    const range = poolRange(text);
    if (typeof range === 'string') problems.push(range);
    else ranges.push(range);
  }
  if (ranges.length === 0) return skipped(...problems);
  const pool: PoolObject = {
    ...id,
    ranges,
    autoAssign: at(raw, 'spec', 'autoAssign') !== false,
    avoidBuggyIps: at(raw, 'spec', 'avoidBuggyIPs') === true,
    labels: labelsOf(raw, interning),
  };
  return kept(pool, problems);
}

/** A CIDR or FIRST-LAST; MetalLB takes no bare address, as our own configuration does. */
function poolRange(text: unknown): IpRange | SkipReason {
  if (typeof text !== 'string' || !/[-/]/.test(text)) return 'bad-range';
  const range = parseRange(text);
  if (typeof range !== 'string') return range;
  return range.includes('runs backwards') ? 'reversed-range' : 'bad-range';
}

/** Why MetalLB refuses an entry of `spec.addresses`; null: it takes it. */
export function poolRangeProblem(text: unknown): string | null {
  if (typeof text !== 'string') return 'an entry is not a string';
  const range = parseRange(text);
  if (typeof range === 'string') return range;
  return typeof poolRange(text) === 'string'
    ? `"${text}" is a bare address: write ${text}/${range.family === 4 ? 32 : 128}`
    : null;
}

export interface PoolOverlap {
  readonly pool: PoolObject;
  readonly range: IpRange;
}

/** The ranges that reach into one of an earlier pool, or of the same: MetalLB refuses a configuration with such. */
export function overlaps(pools: readonly PoolObject[]): PoolOverlap[] {
  const before: IpRange[] = [];
  return pools.flatMap((pool) =>
    pool.ranges.flatMap((range) => {
      const clashes = before.some((other) => rangeOverlap(other, range) !== undefined);
      if (!clashes) before.push(range);
      return clashes ? [{ pool, range }] : [];
    }),
  );
}

/** In the order of their names, so that of two which overlap it is always the same that yields. */
export function poolsInOrder(pools: Iterable<PoolObject>): PoolObject[] {
  return [...pools].toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

/** A pool of more /24s than this is kept whole: what it may not hand out is too little to matter. */
const MAX_BUGGY_NETWORKS = 256n;

/** What the watcher is told of a pool: the addresses that MetalLB may hand out. */
export function intendedPool({ name, ranges, autoAssign, avoidBuggyIps }: PoolObject): Pool {
  return { name, ranges: avoidBuggyIps ? ranges.flatMap(withoutBuggy) : ranges, autoAssign };
}

/**
 * `avoidBuggyIPs`: without the .0 and the .255 of each /24, whatever the range's own prefix. IPv4 alone; a range of
 * more than 256 such networks is left as it is.
 */
export function withoutBuggy(range: IpRange): IpRange[] {
  const networks = (range.last >> 8n) - (range.first >> 8n) + 1n;
  if (range.family === 6 || networks > MAX_BUGGY_NETWORKS) return [range];
  return Array.from({ length: Number(networks) }, (_, i) => {
    const network = ((range.first >> 8n) + BigInt(i)) << 8n;
    const usable: IpRange = { family: 4, first: network + 1n, last: network + 254n };
    return rangeOverlap(range, usable);
  }).filter((part) => part !== undefined);
}
