// The workload's own wishes leave one node for it.
import type { Cluster } from '../model/cluster.ts';
import { HOSTNAME, nodesNamed, type PodSpec } from '../model/pod-spec.ts';
import { acrossBackings, hasOtherNodes } from './backings.ts';
import type { Turns } from './verdict.ts';
import { backingText, soleIp } from './words.ts';

export function pinnedToNode(cluster: Cluster): Turns {
  return acrossBackings(cluster, (backing) => {
    const { workload } = backing;
    if (!hasOtherNodes(cluster) || !isPinned(cluster, workload.spec)) return undefined;
    const [only] = cluster.areNodesAll() ? cluster.placesOf(workload.spec) : [];
    return {
      subjects: [workload],
      ip: soleIp(backing),
      message: `${backingText(backing)}, may run on ${only?.name ?? 'one node'} only: ${reasonOf(workload.spec)}.`,
      remedy:
        'Let it run on a second node: widen its nodeSelector or affinity, or tolerate the taints of other nodes.',
    };
  });
}

/** One node alone is left; where not all nodes are known, by what the manifest names. */
export function isPinned(cluster: Cluster, spec: PodSpec): boolean {
  if (cluster.areNodesAll()) return cluster.placesOf(spec).length === 1;
  if (spec.nodeName !== null || spec.nodeSelector[HOSTNAME] !== undefined) return true;
  return spec.terms !== null && nodesNamed(spec.terms)?.length === 1;
}

function reasonOf({ nodeName, nodeSelector, terms }: PodSpec): string {
  if (nodeName !== null) return `its nodeName is ${nodeName}`;
  const selector = Object.entries(nodeSelector).map(([key, value]) => `${key}=${value}`);
  if (selector.length > 0) return `its nodeSelector is ${selector.join(', ')}`;
  return terms === null
    ? 'it does not tolerate the taints of the other nodes'
    : 'its required node affinity leaves no other';
}
