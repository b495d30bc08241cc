// A Service has an address that MetalLB did not give, and nothing explains it.
import type { IpAddress } from '../../net/address.ts';
import { rangeContains } from '../../net/range.ts';
import type { Cluster } from '../model/cluster.ts';
import { keyOf } from '../model/object.ts';
import { loadBalancers } from './rivals.ts';
import { counted, type Verdict } from './verdict.ts';

export function statusFromOther(cluster: Cluster): Verdict {
  const services = cluster.list('services').filter(({ loadBalancerClass }) => loadBalancerClass === null);
  const looked = counted(services.length, 'Service');
  if (loadBalancers(cluster).some(({ name }) => name !== 'MetalLB')) return { problems: [], looked };
  const pools = cluster.list('ipaddresspools');
  const inPool = (ip: IpAddress) =>
    pools.some(({ pool }) => pool.ranges.some((range) => rangeContains(range, ip)));
  const nodes = new Set<string>(cluster.nodes.flatMap(({ addresses }) => addresses));
  const problems = services.flatMap((service) =>
    service.ingress
      .filter((ip) => !inPool(ip) && !nodes.has(ip))
      .map((ip) => ({
        subjects: [service],
        ip,
        message: `Service ${keyOf(service)} has the address ${ip}, which is in no pool: MetalLB does not announce it.`,
        remedy:
          'Find out who wrote it (kubectl get service -o yaml --show-managed-fields). After a change of the pools, recreate the Service so that it gets a new address.',
      })),
  );
  return { problems, looked };
}
