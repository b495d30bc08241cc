// Two load balancers that serve Services without a class take turns in writing their addresses.
import type { Cluster } from '../model/cluster.ts';
import { loadBalancers, metallbObject } from './rivals.ts';
import { counted, listed, type Problem, skip, type Verdict } from './verdict.ts';

export function twoLoadBalancers(cluster: Cluster): Verdict {
  const all = loadBalancers(cluster);
  const reason = cluster.inventory.whyUnknown('daemonsets') ?? cluster.inventory.whyUnknown('deployments');
  if (all.length === 0 || (!cluster.inventory.isOfFiles && reason !== null))
    return skip(reason ?? 'no load balancer was found');
  const looked = counted(all.length, 'load balancer');
  const metallb = metallbObject(cluster);
  // Another rule tells of servicelb beside MetalLB, and what to do about it.
  const isToldElsewhere = all.length <= 2 && metallb !== undefined;
  const others = all.filter(({ name }) => !isToldElsewhere || name !== "k3s's servicelb");
  if (others.length > 1) {
    const message = `${listed(others.map(({ name }) => name))} give addresses to the same Services: those without a loadBalancerClass.`;
    const remedy =
      'Leave one of them, or give each a class of its own: MetalLB takes one by --lb-class, and serves those Services alone that name it by spec.loadBalancerClass.';
    return {
      problems: [{ subjects: others.map(({ object }) => object), ip: null, message, remedy }],
      looked,
    };
  }
  const [policy] = cluster.list('ciliumpolicies');
  if (policy === undefined || metallb === undefined) return { problems: [], looked };
  const note: Problem = {
    level: 'info',
    subjects: [policy, metallb],
    ip: null,
    message: 'Cilium announces by ARP beside MetalLB: that is fine where MetalLB only gives the addresses.',
    remedy: 'Where MetalLB announces as well, delete its L2Advertisements or the policy of Cilium.',
  };
  return { problems: [note], looked };
}
