// Words that several rules share.

import { type IpRange, rangeOverlap, rangeText } from '../../net/range.ts';
import type { Backing } from '../model/backing.ts';
import type { CheckedVip } from '../model/cluster.ts';
import type { CheckedPool } from '../model/metallb.ts';
import { keyOf, nameOf } from '../model/object.ts';
import { addressesOf } from '../model/service.ts';
import { listed } from './verdict.ts';

/** `main-pool (192.168.1.240-192.168.1.245)`. */
export function poolText({ pool }: CheckedPool): string {
  return `${pool.name} (${pool.ranges.map(rangeText).join(', ')})`;
}

export function overlapOf(ranges: readonly IpRange[], other: IpRange): IpRange[] {
  return ranges.flatMap((range) => rangeOverlap(range, other) ?? []);
}

/** `192.168.1.240 (traefik/traefik)`. */
export function vipText({ address, service }: CheckedVip): string {
  return `${address} (${keyOf(service)})`;
}

/** The one VIP that leads to a workload; null: none is known, or there are several. */
export function soleIp({ services }: Backing): string | null {
  const addresses = [...new Set(services.flatMap(addressesOf))];
  return addresses.length === 1 ? addresses[0]! : null;
}

/** `Deployment traefik/traefik behind Service traefik/traefik`. */
export function backingText({ workload, services }: Backing): string {
  const behind = services.map((service) => {
    const gateway = service.gateway === null ? '' : ` of Gateway ${service.gateway}`;
    const address = service.ingress[0] === undefined ? '' : ` (${service.ingress[0]})`;
    return `Service ${keyOf(service)}${gateway}${address}`;
  });
  return `${nameOf(workload)}, behind ${listed(behind)}`;
}
