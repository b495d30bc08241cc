// All Pods are healthy, and none may go: a drain waits for ever. When a node dies, that does not matter.
import { selects } from '../../cluster/objects/selector.ts';
import type { Cluster } from '../model/cluster.ts';
import { nameOf } from '../model/object.ts';
import { acrossBackings } from './backings.ts';
import type { Turns } from './verdict.ts';
import { backingText, soleIp } from './words.ts';

export function pdbBlocksDrain(cluster: Cluster): Turns {
  const budgets = Map.groupBy(
    cluster
      .list('poddisruptionbudgets')
      .filter(
        ({ disruptionsAllowed, healthy, expected }) =>
          disruptionsAllowed === 0 && expected > 0 && healthy >= expected,
      ),
    ({ namespace }) => namespace,
  );
  return acrossBackings(cluster, (backing) => {
    const { workload } = backing;
    const budget = budgets
      .get(workload.namespace)
      ?.find(({ selector }) => selects(selector, workload.podLabels));
    if (budget === undefined) return undefined;
    return {
      subjects: [budget, workload],
      ip: soleIp(backing),
      message: `${nameOf(budget)} allows no eviction of the Pods of ${backingText(backing)}, although all are healthy: a drain of their node waits for ever.`,
      remedy: 'Run more replicas than minAvailable asks for, or use maxUnavailable: 1 instead.',
    };
  });
}
