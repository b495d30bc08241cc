// In IPVS mode each node has every VIP on kube-ipvs0, and its kernel answers ARP for it unless it is told not to.
import type { Cluster } from '../model/cluster.ts';
import type { NodeEntry } from '../model/inventory.ts';
import { counted, skip, type Verdict } from './verdict.ts';

const DEPRECATED = 'IPVS is deprecated: off by default from Kubernetes 1.40 on, gone in 1.43.';

export function ipvsWithoutStrictArp(cluster: Cluster): Verdict {
  const [proxy] = cluster.list('configmaps');
  if (proxy !== undefined) {
    const looked = `ConfigMap kube-system/kube-proxy: ${proxy.mode || 'the default mode'}`;
    if (proxy.mode !== 'ipvs' || proxy.strictArp) return { problems: [], looked };
    const message =
      'kube-proxy runs in IPVS mode without strictARP: every node answers ARP for every VIP, not only the one that MetalLB elects.';
    const remedy = `Set ipvs.strictARP: true in the ConfigMap kube-system/kube-proxy, then restart kube-proxy. ${DEPRECATED}`;
    return { problems: [{ subjects: [proxy], ip: null, message, remedy }], looked };
  }
  const nodes = cluster.nodes.filter(({ k3sArgs }) => k3sArgs !== null);
  if (nodes.length > 0) return ofK3s(nodes);
  const reason = cluster.inventory.whyUnknown('configmaps');
  return skip(reason ?? 'how kube-proxy runs is not known: no ConfigMap kube-system/kube-proxy is there');
}

function ofK3s(nodes: readonly NodeEntry[]): Verdict {
  const has = (args: readonly string[] | null, word: RegExp) => (args ?? []).some((arg) => word.test(arg));
  const wrong = nodes.filter(
    ({ k3sArgs }) => has(k3sArgs, /proxy-mode=ipvs/) && !has(k3sArgs, /ipvs-strict-arp(=true)?$/),
  );
  const looked = `the arguments of ${counted(nodes.length, 'node')}`;
  if (wrong.length === 0) return { problems: [], looked };
  const message = `kube-proxy runs in IPVS mode without strictARP on ${counted(wrong.length, 'node')}: each answers ARP for every VIP.`;
  const remedy = `Start k3s with --kube-proxy-arg=ipvs-strict-arp, or without IPVS. ${DEPRECATED}`;
  return { problems: [{ subjects: wrong, ip: null, message, remedy }], looked };
}
