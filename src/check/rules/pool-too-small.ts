// A Service waits for an address, and the pools that could give one are used up.
import type { Cluster } from '../model/cluster.ts';
import type { ServiceEntry } from '../model/inventory.ts';
import type { CheckedPool } from '../model/metallb.ts';
import { keyOf } from '../model/object.ts';
import { counted, listed, skip, type Verdict } from './verdict.ts';

export function poolTooSmall(cluster: Cluster): Verdict {
  const pools = cluster.list('ipaddresspools').filter(({ pool }) => pool.autoAssign);
  const known = pools.filter(({ available }) => available !== null);
  if (pools.length > 0 && known.length === 0)
    return skip(
      cluster.inventory.isOfFiles
        ? 'the status of a pool says how many addresses are free, and the files have no status'
        : 'the pools do not say how many addresses are free: MetalLB says so from 0.15 on',
    );
  const waiting = cluster
    .list('services')
    .filter(
      ({ ingress, isChoosy, loadBalancerClass }) =>
        ingress.length === 0 && !isChoosy && loadBalancerClass === null,
    );
  const looked = `${counted(pools.length, 'pool')}, ${counted(waiting.length, 'waiting Service')}`;
  const unserved = waiting.filter((service) => !pools.some((pool) => hasRoomFor(pool, service)));
  if (pools.length === 0) return { problems: [], looked };
  const names = listed(pools.map(({ pool }) => pool.name));
  const problems = [...Map.groupBy(unserved, wishOf)].map(([wish, services]) => ({
    subjects: [...services, ...pools],
    ip: null,
    message: `${listed(services.map(keyOf))} ${services.length === 1 ? 'waits' : 'wait'} for ${wish}, and ${names} ${pools.length === 1 ? 'has' : 'have'} none free.`,
    remedy: 'Add addresses to a pool, outside of the DHCP range, or delete a Service that is not needed.',
  }));
  return { problems, looked };
}

/** As MetalLB's allocator: addresses of two families come from one pool. */
function hasRoomFor({ available }: CheckedPool, { families, isOneEnough }: ServiceEntry): boolean {
  if (available === null) return true;
  const isFree = (family: 'ipv4' | 'ipv6') => available[family] > 0;
  return isOneEnough ? families.some(isFree) : families.every(isFree);
}

function wishOf({ families, isOneEnough }: ServiceEntry): string {
  if (families.length === 1) return families[0] === 'ipv4' ? 'an IPv4 address' : 'an IPv6 address';
  return isOneEnough ? 'an IPv4 or IPv6 address' : 'an IPv4 and an IPv6 address of one pool';
}
