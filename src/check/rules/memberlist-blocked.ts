// Speakers learn by memberlist (TCP and UDP 7946) which of them live. Two that cannot hear each other both announce.
import type { Cluster } from '../model/cluster.ts';
import { counted, skip, type Verdict } from './verdict.ts';

export function memberlistBlocked(cluster: Cluster): Verdict {
  const speakers = cluster.list('pods').filter(({ speaker }) => speaker !== null);
  const told = speakers.filter(({ speaker }) => speaker?.settings != null);
  if (told.length === 0) return skip('no speaker of MetalLB was found');
  const deaf = told.filter(({ speaker }) => speaker?.settings?.memberlist === false);
  const looked = counted(told.length, 'speaker');
  if (deaf.length > 0) {
    const message = `${counted(deaf.length, 'speaker')} ${deaf.length === 1 ? 'runs' : 'run'} without memberlist (METALLB_ML_BIND_ADDR is not set): nobody notices that a node is dead, and its VIPs do not move (metallb#3116).`;
    const remedy =
      'Set METALLB_ML_BIND_ADDR and METALLB_ML_LABELS, as the manifests and the chart of MetalLB do (speaker.memberlist.enabled).';
    return { problems: [{ subjects: deaf, ip: null, message, remedy }], looked };
  }
  return skip('whether port 7946 (TCP and UDP) is open from node to node cannot be seen from here');
}
