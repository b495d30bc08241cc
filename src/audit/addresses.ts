// Which addresses an audit asks for: the cluster's, for these are what no router should lease.
import type { Intent } from '../intent/intent.ts';
import { type IpAddress, type Ipv4, isIpv4 } from '../net/address.ts';
import { ipOfNumber } from '../net/range.ts';

/** So many free addresses of the pools, in one audit or in a day. */
export const MAX_FREE = 32;

export function vipsOf({ vips }: Intent): Ipv4[] {
  return vips.map(({ address }) => address).filter(isIpv4);
}

/** Addresses of the pools that no Service has: as many from each pool, the first of them first. */
export function freeOf({ pools, vips, nodes }: Intent, most: number): Ipv4[] {
  const taken = new Set<IpAddress>([
    ...vips.map(({ address }) => address),
    ...nodes.flatMap(({ addresses }) => addresses),
  ]);
  const rows = pools.map(({ ranges }) => freeWithin(ranges, taken));
  const free: Ipv4[] = [];
  let left = rows;
  while (free.length < most && left.length > 0) {
    left = left.filter((row) => {
      const { value, done } = row.next();
      if (!done && free.length < most) free.push(value);
      return !done;
    });
  }
  return free;
}

function* freeWithin(
  ranges: Intent['pools'][number]['ranges'],
  taken: ReadonlySet<IpAddress>,
): Generator<Ipv4, undefined> {
  for (const { family, first, last } of ranges) {
    if (family !== 4) continue;
    for (let number = first; number <= last; number += 1n) {
      const ip = ipOfNumber(4, number) as Ipv4;
      if (!taken.has(ip)) yield ip;
    }
  }
  return undefined;
}
