// A VIP that one node alone can announce is gone with that node.
import type { Barrier } from '../../cluster/metallb/metallb.ts';
import { EXCLUDE_LABEL } from '../../cluster/objects/node.ts';
import type { Cluster } from '../model/cluster.ts';
import type { ServiceEntry } from '../model/inventory.ts';
import { keyOf } from '../model/object.ts';
import { FEW_NODES, hasOtherNodes } from './backings.ts';
import { counted, listed, type Problem, skip, type Verdict } from './verdict.ts';

const BARRIER_WORDS: Readonly<Record<Barrier, string>> = {
  'no-speaker': 'no speaker of MetalLB is ready there',
  'not-selected': 'no L2Advertisement selects it',
  excluded: `it has the label ${EXCLUDE_LABEL}`,
  'network-unavailable': 'its network is unavailable',
};
const NO_ENDPOINT = 'no endpoint of the Service is there (externalTrafficPolicy: Local)';
/** More names than a person reads. */
const MAX_NAMED = 3;

export function singleCandidate(cluster: Cluster): Verdict {
  if (!cluster.areNodesAll()) return skip(FEW_NODES);
  const services = cluster.list('services').filter(({ ingress }) => ingress.length > 0);
  const problems = services.flatMap((service): Problem[] => {
    const candidates = cluster.electionOf(service)?.candidates();
    const [only, another] = candidates ?? [];
    if (only === undefined || another !== undefined) return [];
    const ip = service.ingress[0]!;
    if (!hasOtherNodes(cluster)) {
      const message = `${only} is the only node: ${ip} (${keyOf(service)}) cannot move.`;
      const remedy = 'Nothing, as long as one node is meant to be enough.';
      return [{ level: 'info', subjects: [service], ip, message, remedy }];
    }
    const message = `Only ${only} can announce ${ip} (${keyOf(service)}): ${othersText(cluster, service, only)}.`;
    const remedy =
      'Let a second node announce it: run a speaker there, take its label off, or widen the nodeSelectors of the L2Advertisement.';
    return [{ subjects: [service], ip, message, remedy }];
  });
  return { problems, looked: counted(services.length, 'Service') };
}

function othersText(cluster: Cluster, service: ServiceEntry, only: string): string {
  const metallb = cluster.metallb();
  const pool = metallb.poolOf(service.ingress);
  const advertisements = pool === undefined ? [] : metallb.l2Advertisements(pool, service.forElection!);
  const others = cluster.nodes.filter(({ name }) => name !== only);
  const reasons = Map.groupBy(others, ({ forElection }) => {
    const barrier = metallb.barrier(advertisements, forElection);
    return barrier === null ? NO_ENDPOINT : BARRIER_WORDS[barrier];
  });
  return [...reasons]
    .map(([reason, nodes]) => {
      const names = nodes.slice(0, MAX_NAMED).map(({ name }) => name);
      const more = nodes.length - names.length;
      return `not ${listed(more > 0 ? [...names, counted(more, 'other')] : names)}, because ${reason}`;
    })
    .join('; ');
}
