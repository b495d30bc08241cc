// Whether the kubelet gives the files of a volume to the group that a Pod names (supportsFSGroup in csi_mounter.go).
import type { Cluster, Mounted } from '../model/cluster.ts';
import type { PodSpec } from '../model/pod-spec.ts';

/** Where the volume is not known, as in files, it is taken to be one of a CSI driver with a file system. */
export function isFsGroupInForce(
  cluster: Cluster,
  { fsGroup }: PodSpec,
  { volume, accessModes }: Mounted,
): boolean {
  if (fsGroup === null) return false;
  if (volume === null) return accessModes?.includes('ReadWriteOnce') ?? false;
  if (volume.sort === 'hostPath' || volume.sort === 'nfs') return false;
  if (volume.driver === null) return true;
  const policy =
    cluster.inventory.get('csidrivers', volume.driver)?.fsGroupPolicy ?? 'ReadWriteOnceWithFSType';
  if (policy === 'None') return false;
  if (policy === 'File') return true;
  return volume.fsType !== null && volume.accessModes.includes('ReadWriteOnce');
}
