// A volume of one node stays attached to it after it died, until Kubernetes dares to take it away.

import type { Cluster } from '../model/cluster.ts';
import { nameOf } from '../model/object.ts';
import { isShared, type Volume } from '../model/volume.ts';
import type { Workload } from '../model/workload.ts';
import { acrossBackings, hasOtherNodes } from './backings.ts';
import type { Turns } from './verdict.ts';
import { nodesOfVolume } from './volume-pinned.ts';
import { backingText, soleIp } from './words.ts';

const LONGHORN = 'driver.longhorn.io';
const LONGHORN_POLICY = 'node-down-pod-deletion-policy';

export function rwoFailover(cluster: Cluster): Turns {
  return acrossBackings(cluster, (backing) => {
    const { workload } = backing;
    if (workload.kind === 'Pod' || !hasOtherNodes(cluster)) return undefined;
    const volumes = cluster.mountsOf(workload).flatMap(({ volume }) => volume ?? []);
    const held = volumes.find((volume) => staysAttached(cluster, volume));
    if (held === undefined || isFreedByLonghorn(cluster, held, workload)) return undefined;
    const isStateful = workload.kind === 'StatefulSet';
    const when = isStateful
      ? 'its Pod is never replaced by itself, and the volume stays with the dead node'
      : 'the volume stays attached to the dead node for up to 6 min after its Pod was given up: about 12 min in all';
    const longhorn =
      held.driver === LONGHORN
        ? ` Longhorn can do so by itself: set ${LONGHORN_POLICY} to delete-both-statefulset-and-deployment-pod.`
        : '';
    return {
      subjects: [workload, held],
      ip: soleIp(backing),
      message: `${backingText(backing)}, has ${nameOf(held)}, which one node has at a time: when that node dies, ${when}.`,
      remedy: `When a node is surely off, free its volumes: kubectl taint nodes NODE node.kubernetes.io/out-of-service=nodeshutdown:NoExecute.${longhorn} Or keep the data where several nodes reach it.`,
    };
  });
}

/** It is attached to one node at a time, and may go to another. */
export function staysAttached(cluster: Cluster, volume: Volume): boolean {
  if (volume.driver === null || isShared(volume.accessModes)) return false;
  if ((nodesOfVolume(cluster, volume)?.length ?? 2) <= 1) return false;
  const driver = cluster.inventory.get('csidrivers', volume.driver);
  return driver?.attachRequired ?? true;
}

/** Longhorn deletes the Pods of a dead node where it is told to, which frees their volumes. */
export function isFreedByLonghorn(cluster: Cluster, { driver }: Volume, { kind }: Workload): boolean {
  if (driver !== LONGHORN) return false;
  const policy = cluster.list('longhornsettings').find(({ name }) => name === LONGHORN_POLICY)?.value ?? '';
  return policy.includes('both') || policy === `delete-${kind.toLowerCase()}-pod`;
}
