// k3s's servicelb gives a Service the addresses of the nodes, while MetalLB gives it one of its pool.
import { isServiceLb, servedByServiceLb } from '../model/backing.ts';
import type { Cluster } from '../model/cluster.ts';
import { keyOf } from '../model/object.ts';
import { metallbObject } from './rivals.ts';
import { counted, type Problem, skip, type Verdict } from './verdict.ts';

const REMEDY =
  'Turn servicelb off: start the k3s servers with --disable=servicelb (or disable: [servicelb] in config.yaml), those of RKE2 without --enable-servicelb.';

export function servicelbOn(cluster: Cluster): Verdict {
  const metallb = metallbObject(cluster);
  if (metallb === undefined) return skip('no MetalLB was found');
  const daemons = cluster.list('daemonsets').filter(isServiceLb);
  const looked = counted(cluster.list('daemonsets').length, 'DaemonSet');
  const served = new Set(daemons.map(servedByServiceLb));
  const classless = cluster
    .list('services')
    .filter(
      (service) =>
        service.loadBalancerClass === null && (served.has(keyOf(service)) || served.has(service.name)),
    );
  if (daemons.length > 0 && (classless.length > 0 || !cluster.isKnown('services'))) {
    const count = cluster.isKnown('services') ? classless.length : daemons.length;
    const message = `k3s's servicelb serves ${counted(count, 'Service')} beside MetalLB: it writes the addresses of the nodes into their status, and takes their ports on every node.`;
    return {
      problems: [{ subjects: [...daemons, ...classless], ip: null, message, remedy: REMEDY }],
      looked,
    };
  }
  const servers = cluster.nodes.filter(({ servesLoadBalancers }) => servesLoadBalancers);
  if (servers.length === 0 || daemons.length > 0) return { problems: [], looked };
  const message = `k3s's servicelb is on (by the arguments of ${servers[0]!.name}): it serves the next Service without a loadBalancerClass beside MetalLB.`;
  const problem: Problem = { subjects: servers, ip: null, message, remedy: REMEDY };
  return { problems: [problem], looked };
}
