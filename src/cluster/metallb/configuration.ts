// MetalLB's own configuration: its pools and advertisements, as far as they can be read.

import type { Pool } from '../../intent/intent.ts';
import type { AdvertisementObject, L2AdvertisementObject } from '../objects/advertisement.ts';
import type { ObjectId } from '../objects/object-id.ts';
import { intendedPool, overlaps, type PoolObject, poolsInOrder } from '../objects/pool.ts';
import type { Kind } from '../objects/resources.ts';
import type { Store } from '../objects/store.ts';
import type { Skipped } from '../objects/trimmed.ts';

export interface ConfigurationStores {
  readonly pools: Store<PoolObject>;
  readonly l2Advertisements: Store<L2AdvertisementObject>;
  readonly bgpAdvertisements: Store<AdvertisementObject>;
}

export interface Configuration {
  /** Without overlaps. */
  readonly pools: readonly PoolObject[];
  /** The same, as the watcher is told of them. */
  readonly intended: readonly Pool[];
  readonly l2Advertisements: readonly L2AdvertisementObject[];
  readonly bgpAdvertisements: readonly AdvertisementObject[];
  /** What is well-formed by itself and left out all the same. */
  readonly skipped: readonly Skipped[];
  /** It has a fault. MetalLB then refuses the whole of it and goes on with the one before, which the API doesn't show. */
  readonly refused: boolean;
}

/** @param namespace MetalLB's own, the only one where it looks; null: not known, so all are read. */
export function readConfiguration(stores: ConfigurationStores, namespace: string | null): Configuration {
  const skipped: Skipped[] = [];
  const own = <Kept extends ObjectId>(kind: Kind, store: Store<Kept>): Kept[] =>
    [...store.objects()].filter((object) => {
      const isOwn = namespace === null || object.namespace === namespace;
      if (!isOwn) skipped.push({ kind, object: object.key, reason: 'other-namespace' });
      return isOwn;
    });
  const listed = poolsInOrder(own('pools', stores.pools));
  const overlapping = overlaps(listed);
  for (const { pool } of overlapping)
    skipped.push({ kind: 'pools', object: pool.key, reason: 'overlapping-range' });
  const pools = withoutRanges(
    listed,
    overlapping.map(({ range }) => range),
  );
  const isFault = ([key]: readonly [string, unknown]) =>
    namespace === null || key.startsWith(`${namespace}/`);
  return {
    pools,
    intended: pools.map(intendedPool),
    l2Advertisements: own('l2Advertisements', stores.l2Advertisements),
    bgpAdvertisements: own('bgpAdvertisements', stores.bgpAdvertisements),
    skipped,
    refused:
      overlapping.length > 0 || Object.values(stores).some((store) => [...store.problems()].some(isFault)),
  };
}

function withoutRanges(pools: readonly PoolObject[], left: readonly PoolObject['ranges'][number][]) {
  if (left.length === 0) return pools;
  return pools
    .map((pool) => ({ ...pool, ranges: pool.ranges.filter((range) => !left.includes(range)) }))
    .filter(({ ranges }) => ranges.length > 0);
}
