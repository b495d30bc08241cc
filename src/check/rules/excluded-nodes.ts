// A label takes nodes out of every election; kubeadm sets it on the control plane.
import { EXCLUDE_LABEL } from '../../cluster/objects/node.ts';
import type { Cluster } from '../model/cluster.ts';
import { FEW_NODES } from './backings.ts';
import { counted, listed, skip, type Verdict } from './verdict.ts';

/** As long as so many may announce, a VIP has somewhere to go. */
const ENOUGH = 2;

export function excludedNodes(cluster: Cluster): Verdict {
  if (!cluster.areNodesAll()) return skip(FEW_NODES);
  const { nodes } = cluster;
  const excluded = nodes.filter((node) => node.excluded);
  const looked = counted(nodes.length, 'node');
  const ignores = cluster.speakers().settings?.ignoreExcludeLabel ?? false;
  const left = nodes.length - excluded.length;
  if (excluded.length === 0 || ignores || left >= Math.min(ENOUGH, nodes.length))
    return { problems: [], looked };
  const names = listed(excluded.map(({ name }) => name));
  const message = `The label ${EXCLUDE_LABEL} keeps ${names} from announcing any VIP: ${left === 0 ? 'no node is' : `only ${counted(left, 'node')} ${left === 1 ? 'is' : 'are'}`} left.`;
  const remedy = `Remove it from nodes that may announce VIPs: kubectl label node NAME ${EXCLUDE_LABEL}-. Or run the speaker with --ignore-exclude-lb.`;
  return { problems: [{ subjects: excluded, ip: null, message, remedy }], looked };
}
