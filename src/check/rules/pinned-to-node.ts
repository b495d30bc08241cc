// The workload's own wishes leave one node for it.
import type { Cluster } from '../model/cluster.ts';
import type { PodSpec } from '../model/pod-spec.ts';
import { acrossBackings, hasOtherNodes } from './backings.ts';
import type { Verdict } from './verdict.ts';
import { backingText, soleIp } from './words.ts';

const HOSTNAME = 'kubernetes.io/hostname';

export function pinnedToNode(cluster: Cluster): Verdict {
  return acrossBackings(cluster, (backing) => {
    const { workload } = backing;
    if (!hasOtherNodes(cluster) || !isPinned(cluster, workload.spec)) return undefined;
    const [only] = cluster.isKnown('nodes') ? cluster.placesOf(workload.spec) : [];
    return {
      subjects: [workload],
      ip: soleIp(backing),
      message: `${backingText(backing)}, may run on ${only?.name ?? 'one node'} only: ${reasonOf(workload.spec)}.`,
      remedy:
        'Let it run on a second node: widen its nodeSelector or affinity, or tolerate the taints of other nodes.',
    };
  });
}

/** One node at most is left; where nodes are not known, by what the manifest names. */
export function isPinned(cluster: Cluster, spec: PodSpec): boolean {
  if (cluster.isKnown('nodes')) return cluster.placesOf(spec).length === 1;
  if (spec.nodeName !== null || spec.nodeSelector[HOSTNAME] !== undefined) return true;
  return spec.terms !== null && namesIn(spec.terms).size === 1;
}

/** Infinite where some term does not go by the node's name. */
function namesIn(terms: NonNullable<PodSpec['terms']>): { readonly size: number } {
  const names = new Set<string>();
  for (const { labels, names: byField } of terms) {
    const byLabel = labels?.find(({ key, operator }) => key === HOSTNAME && operator === 'In')?.values;
    const named = byField ?? byLabel;
    if (named === undefined) return { size: Number.POSITIVE_INFINITY };
    for (const name of named) names.add(name);
  }
  return names;
}

function reasonOf({ nodeName, nodeSelector, terms }: PodSpec): string {
  if (nodeName !== null) return `its nodeName is ${nodeName}`;
  const selector = Object.entries(nodeSelector).map(([key, value]) => `${key}=${value}`);
  if (selector.length > 0) return `its nodeSelector is ${selector.join(', ')}`;
  return terms === null
    ? 'it does not tolerate the taints of the other nodes'
    : 'its required node affinity leaves no other';
}
