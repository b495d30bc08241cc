// Goes through what runs behind VIPs, for the rules about workloads.
import type { Backing } from '../model/backing.ts';
import type { Cluster } from '../model/cluster.ts';
import { nameOf } from '../model/object.ts';
import { counted, type Problem, skip, type Turns } from './verdict.ts';

const MAKERS = ['deployments', 'statefulsets', 'daemonsets'] as const;

/** Of one workload: what is wrong, undefined where nothing is, or a text that says why it cannot be told. */
export type JudgeBacking = (backing: Backing) => Problem | string | undefined;

/** Judged in one turn: where each wishes something else, every node is looked at for each. */
const SLICE = 50;

export function* acrossBackings(cluster: Cluster, judge: JudgeBacking): Turns {
  const { inventory } = cluster;
  const reasons = MAKERS.flatMap((key) => inventory.whyUnknown(key) ?? []);
  const hasSolo = inventory.isOfFiles && cluster.isKnown('pods');
  if (reasons.length === MAKERS.length && !hasSolo)
    return skip(inventory.isOfFiles ? 'the files hold no workload' : reasons[0]!);
  const backings = cluster.backings();
  if (backings.length === 0 && inventory.isOfFiles)
    return skip('the files hold no workload behind a LoadBalancer Service');
  const untold: string[] = inventory.isOfFiles ? [] : reasons;
  const problems: Problem[] = [];
  for (const [i, backing] of backings.entries()) {
    if (i % SLICE === 0) yield;
    const judged = judge(backing);
    if (typeof judged === 'string') untold.push(`${nameOf(backing.workload)}: ${judged}`);
    else if (judged !== undefined) problems.push(judged);
  }
  const looked = counted(backings.length, 'workload');
  return untold.length === 0 ? { problems, looked } : { problems, looked, untold: untold[0]! };
}

/** Why elections of files are not judged. */
export const FEW_NODES = 'the files may not hold every node: they do not hold all Pods';

/** With one node nothing can go elsewhere, whatever it wishes. */
export function hasOtherNodes(cluster: Cluster): boolean {
  return !cluster.areNodesAll() || cluster.nodes.length > 1;
}
