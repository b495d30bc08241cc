// A volume that is on one node's own disk keeps the workload there.
import type { Cluster } from '../model/cluster.ts';
import { nameOf } from '../model/object.ts';
import { nodesNamed } from '../model/pod-spec.ts';
import type { Volume } from '../model/volume.ts';
import { acrossBackings, hasOtherNodes } from './backings.ts';
import type { Turns } from './verdict.ts';
import { backingText, soleIp } from './words.ts';

export function volumePinned(cluster: Cluster): Turns {
  return acrossBackings(cluster, (backing) => {
    const { workload } = backing;
    if (!hasOtherNodes(cluster)) return undefined;
    const volumes = cluster.mountsOf(workload).flatMap(({ volume }) => volume ?? []);
    const pinned = volumes.find((volume) => nodesOfVolume(cluster, volume)?.length === 1);
    if (pinned === undefined) return undefined;
    const [node] = nodesOfVolume(cluster, pinned)!;
    return {
      subjects: [workload, pinned],
      ip: soleIp(backing),
      message: `${backingText(backing)}, has ${nameOf(pinned)} on the disk of ${node}: it can only ever run there.`,
      remedy: 'Keep the data where several nodes reach it, or run replicas that each have their own.',
    };
  });
}

/** The nodes from which a volume can be reached, as far as they are known; null: all of them, or it is not known. */
export function nodesOfVolume(cluster: Cluster, { terms }: Volume): readonly string[] | null {
  if (terms === null) return null;
  if (!cluster.areNodesAll()) return nodesNamed(terms);
  return cluster.nodesOf(terms);
}
