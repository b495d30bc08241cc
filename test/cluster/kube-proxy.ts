// kube-proxy as kubeadm installs it, in its mode nftables: a Pod on each node, in the node's own network.
import type { Cluster } from './cluster.ts';
import type { Images } from './container.ts';
import { hostNetworkDaemonSet } from './objects.ts';
import type { Program } from './programs.ts';

const NAMESPACE = 'kube-system';
const NAME = 'kube-proxy';
const FOLDER = '/var/lib/kube-proxy';
const START_TIMEOUT_MS = 60_000;

/** For the cluster that {@link installKubeProxy} is called with. */
export function kubeProxyImages(kubeProxy: Program): Images {
  return { 'registry.k8s.io/kube-proxy': [kubeProxy] };
}

/** Resolves when each node has kube-proxy's rules. */
export async function installKubeProxy(cluster: Cluster): Promise<void> {
  await cluster.controlPlane.apply(OBJECTS);
  await Promise.all(cluster.nodes.map(({ name }) => untilProxying(cluster, name)));
}

/** To be called again where the node was without power. */
export async function untilProxying(cluster: Cluster, node: string): Promise<void> {
  // A real node's CNI sees to that.
  await cluster.node(node).host.run(['sh', '-c', 'echo 1 >/proc/sys/net/ipv4/ip_forward']);
  const process = await cluster.untilStarted(node, NAME);
  await process.waitForLine(/SyncProxyRules complete/, { timeoutMs: START_TIMEOUT_MS });
}

const CONFIGURATION = {
  apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
  kind: 'KubeProxyConfiguration',
  mode: 'nftables',
  clusterCIDR: '10.244.0.0/16',
  // The machine's, not the node's: 0 leaves them as they are.
  conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
};

const metadata = { name: NAME, namespace: NAMESPACE };

const CONTAINER = {
  name: NAME,
  image: 'registry.k8s.io/kube-proxy',
  args: [`--config=${FOLDER}/config.conf`, '--hostname-override=$(NODE_NAME)', '-v=2'],
  env: [{ name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
  securityContext: { privileged: true },
  volumeMounts: [{ name: NAME, mountPath: FOLDER }],
};

const OBJECTS = [
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'kubeadm:node-proxier' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:node-proxier' },
    subjects: [{ kind: 'ServiceAccount', name: NAME, namespace: NAMESPACE }],
  },
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata,
    data: { 'config.conf': JSON.stringify(CONFIGURATION) },
  },
  hostNetworkDaemonSet(NAME, NAMESPACE, {
    priorityClassName: 'system-node-critical',
    tolerations: [{ operator: 'Exists' }],
    containers: [CONTAINER],
    volumes: [{ name: NAME, configMap: { name: NAME } }],
  }),
];
