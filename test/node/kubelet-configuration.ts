// What a kubelet is told.
import type { Hierarchy } from './cgroup-layout.ts';
import { CLUSTER_DOMAIN, DNS_ADDRESS } from './dns.ts';

export const CONTAINERD_SOCKET = '/run/containerd/containerd.sock';

/** @param hierarchies of the node's control groups. */
export function kubeletConfiguration(hierarchies: readonly Hierarchy[]): object {
  const isVersion1 = hierarchies.some(({ controllers }) => controllers !== undefined);
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
    authorization: { mode: 'AlwaysAllow' },
    containerRuntimeEndpoint: `unix://${CONTAINERD_SOCKET}`,
    // No systemd is in a node that would keep its groups.
    cgroupDriver: 'cgroupfs',
    cgroupRoot: '/',
    // Only where there is no other: a kubelet refuses version 1 unless it is told so.
    ...(isVersion1 && { failCgroupV1: false }),
    enforceNodeAllocatable: [],
    // A process may raise its own value, but lower it only by a right that not every machine gives.
    oomScoreAdj: 0,
    failSwapOn: false,
    protectKernelDefaults: true,
    makeIPTablesUtilChains: false,
    volumePluginDir: '/var/lib/kubelet/plugins',
    resolvConf: '',
    clusterDNS: [DNS_ADDRESS],
    clusterDomain: CLUSTER_DOMAIN,
    // The disk is the machine's memory: how full it is says nothing about the node.
    evictionHard: { 'memory.available': '50Mi', 'nodefs.available': '0%', 'imagefs.available': '0%' },
    imageGCHighThresholdPercent: 100,
  };
}
