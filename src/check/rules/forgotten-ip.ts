// Ways to ask for an address that will go: the annotations of before MetalLB 0.13, and a field of Kubernetes.
import type { Cluster } from '../model/cluster.ts';
import { nameOf } from '../model/object.ts';
import { counted, listed, type Verdict } from './verdict.ts';

export function forgottenIp(cluster: Cluster): Verdict {
  const services = cluster.list('services');
  const problems = services
    .filter(({ deprecated }) => deprecated.length > 0)
    .map((service) => ({
      subjects: [service],
      ip: service.wanted[0] ?? null,
      message: `${nameOf(service)} uses deprecated fields: ${listed(service.deprecated)}.`,
      remedy:
        'Use the annotations metallb.io/loadBalancerIPs, metallb.io/address-pool and metallb.io/allow-shared-ip.',
    }));
  return { problems, looked: counted(services.length, 'Service') };
}
