// The new Pod waits for the volume, and the old one for the new Pod.
import type { Backing } from '../model/backing.ts';
import type { Cluster, Mounted } from '../model/cluster.ts';
import { nameOf } from '../model/object.ts';
import { isShared } from '../model/volume.ts';
import type { Workload } from '../model/workload.ts';
import { acrossBackings } from './backings.ts';
import { isPinned } from './pinned-to-node.ts';
import type { Turns } from './verdict.ts';
import { nodesOfVolume } from './volume-pinned.ts';
import { backingText, soleIp } from './words.ts';

/** Where a Deployment leaves it out. */
const DEFAULT_SHARE = '25%';
const ONE_POD = 'ReadWriteOncePod';

export function rwoRollout(cluster: Cluster): Turns {
  return acrossBackings(cluster, (backing) => {
    const { workload } = backing;
    if (workload.kind !== 'Deployment' || !keepsTheOldPod(workload)) return undefined;
    const mounts = cluster.mountsOf(workload);
    const blocking = mounts.find((mounted) => isBlocking(cluster, backing, mounted));
    if (blocking === undefined) {
      const unknown = mounts.find(({ accessModes }) => accessModes === null);
      return unknown && `its claim ${unknown.name} is not there`;
    }
    const hangs = workload.hangs || hasWaitingPod(backing);
    const message = `${backingText(backing)}, mounts ${blocking.name}, a volume that one node has at a time (${blocking.accessModes!.join(', ')}), and keeps its old Pod until a new one is ready: the new Pod waits for the volume, and the old one for the new Pod.${hangs ? ' A rollout hangs so now.' : ''} It works only if both happen to be on one node.`;
    return {
      level: hangs ? 'critical' : 'warning',
      subjects: [workload, ...(blocking.claim === null ? [] : [blocking.claim])],
      ip: soleIp(backing),
      message,
      remedy: `Give ${nameOf(workload)} strategy: { type: Recreate }, or rollingUpdate: { maxUnavailable: 1, maxSurge: 0 }.`,
    };
  });
}

/** A rollout takes none away before another is ready. As Kubernetes rounds: the share that may be away down, the surge up. */
function keepsTheOldPod({ strategy, replicas, maxUnavailable, maxSurge }: Workload): boolean {
  if (replicas === 0 || (strategy ?? 'RollingUpdate') !== 'RollingUpdate') return false;
  if (countOf(maxUnavailable ?? DEFAULT_SHARE, replicas, Math.floor) > 0) return false;
  return countOf(maxSurge ?? DEFAULT_SHARE, replicas, Math.ceil) > 0;
}

function countOf(share: number | string, replicas: number, round: (value: number) => number): number {
  if (typeof share === 'number') return share;
  const percent = /^(\d+)%$/.exec(share);
  return percent === null ? Number.parseInt(share, 10) || 0 : round((replicas * Number(percent[1])) / 100);
}

function isBlocking(cluster: Cluster, { workload }: Backing, { accessModes, volume }: Mounted): boolean {
  if (accessModes === null || isShared(accessModes)) return false;
  // One Pod alone may have it, even on the same node.
  if (accessModes.includes(ONE_POD)) return true;
  if (volume !== null && (nodesOfVolume(cluster, volume)?.length ?? 2) <= 1) return false;
  return !isPinned(cluster, workload.spec);
}

function hasWaitingPod({ pods }: Backing): boolean {
  return pods.some(({ phase }) => phase === 'Pending') && pods.some(({ ready }) => ready);
}
