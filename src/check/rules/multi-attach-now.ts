// A Pod cannot start: another node has its volume. Judged by the reason and the volume, for the words of the Event change.
import type { Cluster } from '../model/cluster.ts';
import { keyOf } from '../model/object.ts';
import { isShared } from '../model/volume.ts';
import { acrossBackings } from './backings.ts';
import type { Turns } from './verdict.ts';
import { backingText, soleIp } from './words.ts';

export function multiAttachNow(cluster: Cluster): Turns {
  return acrossBackings(cluster, (backing) => {
    const { workload, pods } = backing;
    const waiting = pods.filter(
      ({ phase, waits }) => phase === 'Pending' || waits.includes('ContainerCreating'),
    );
    if (waiting.length === 0) return undefined;
    const attachments = cluster.list('volumeattachments');
    for (const pod of waiting) {
      for (const { claim, accessModes } of cluster.mountsOf(workload)) {
        if (claim?.volume == null || accessModes === null || isShared(accessModes)) continue;
        const elsewhere = attachments.find(
          ({ volume, node }) => volume === claim.volume && pod.node !== null && node !== pod.node,
        );
        const isTold = cluster.list('events').some((event) => event.pod === keyOf(pod));
        if (elsewhere === undefined && !isTold) continue;
        const where = elsewhere === undefined ? 'another node' : elsewhere.node;
        return {
          subjects: [workload, pod, claim],
          ip: soleIp(backing),
          message: `${backingText(backing)}, does not start: Pod ${pod.name} waits for the volume of ${claim.name}, which ${where} has.`,
          remedy: `Scale ${workload.kind} ${keyOf(workload)} to 0, wait until its VolumeAttachment is gone, and scale it up again. Delete the Pod by force only if ${where} is surely off.`,
        };
      }
    }
    return undefined;
  });
}
