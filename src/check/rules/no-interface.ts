// The election does not ask for interfaces: a node that lacks those named may win, and then nobody announces.
import type { Cluster } from '../model/cluster.ts';
import { keyOf } from '../model/object.ts';
import { counted, listed, type Problem, type Verdict } from './verdict.ts';

export function noInterface(cluster: Cluster): Verdict {
  const services = cluster.list('services').filter(({ ingress }) => ingress.length > 0);
  const looked = counted(services.length, 'Service');
  // An election of a thousand nodes takes a millisecond: none is held where its outcome does not matter.
  const isNamed = cluster
    .list('l2advertisements')
    .some(({ advertisement }) => advertisement.interfaces.length > 0);
  if (!isNamed) return { problems: [], looked };
  let untold: string | undefined;
  const problems = services.flatMap((service): Problem[] => {
    const election = cluster.electionOf(service)?.elect();
    if (election == null || election.node === null || election.interfaces === null) return [];
    const there = cluster.interfacesOf(election.node);
    if (there === undefined) {
      untold = `which interfaces ${election.node} has is not known: no vipwatch agent publishes them`;
      return [];
    }
    if (election.interfaces.some((name) => there.includes(name))) return [];
    const ip = service.ingress[0]!;
    const message = `MetalLB elects ${election.node} for ${ip} (${keyOf(service)}), and announces only on ${listed(election.interfaces)}: that node has ${listed(there)}. No node announces the VIP.`;
    const remedy =
      'Select the nodes that have the interface with spec.nodeSelectors of the L2Advertisement, or name the interfaces of all nodes.';
    return [{ subjects: [service], ip, message, remedy }];
  });
  return untold === undefined ? { problems, looked } : { problems, looked, untold };
}
