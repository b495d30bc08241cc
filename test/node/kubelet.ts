// A real node: containerd, kubelet and kube-proxy on a host of the lab, as an installer of Kubernetes sets them up.
import type { Host } from '../../lab/host.ts';
import type { LabProcess } from '../../lab/process.ts';
import type { ControlPlane } from '../cluster/control-plane.ts';
import type { Cgroups } from './cgroups.ts';
import { CONTAINERD_SOCKET, kubeletConfiguration } from './kubelet-configuration.ts';
import { asOfNode } from './node-host.ts';
import type { NodePrograms } from './programs.ts';

const START_TIMEOUT_MS = 120_000;
const CNI_FOLDER = '/run/lab/cni';
const CONTAINERD_CONFIG = '/run/lab/containerd.toml';

/** Of the sandbox of every Pod. */
export const PAUSE_IMAGE = 'localhost/pause:1';

export interface NodePlace {
  readonly name: string;
  readonly host: Host;
  /** IPv4, on the LAN. */
  readonly address: string;
  /** Of its Pods, such as `10.244.1.0/24`. */
  readonly podNetwork: string;
  readonly cgroups: Cgroups;
  /** By which the API server knows the kubelet. */
  readonly token: string;
  /** By which it knows kube-proxy. */
  readonly proxyToken: string;
}

/** Resolves when containerd serves. */
export async function startContainerd(
  { host, podNetwork }: NodePlace,
  { containerd, runc, cniFolder }: NodePrograms,
): Promise<LabProcess> {
  await host.run(['sh', '-c', `mkdir -p ${CNI_FOLDER}`]);
  await host.writeFile(`${CNI_FOLDER}/10-ptp.conflist`, cniText(podNetwork));
  await host.writeFile(CONTAINERD_CONFIG, containerdText(runc, cniFolder));
  const process = host.spawn(asOfNode([containerd, '--config', CONTAINERD_CONFIG]));
  await process.waitForLine(/containerd successfully booted/, { timeoutMs: START_TIMEOUT_MS });
  return process;
}

/** Loads an image from an archive, as docs/install.md says. */
export async function importImage(host: Host, { ctr }: NodePrograms, archive: string): Promise<void> {
  const words = [`--address=${CONTAINERD_SOCKET}`, '--namespace=k8s.io', 'images', 'import', archive];
  await host.run(asOfNode([ctr, ...words]), { timeoutMs: START_TIMEOUT_MS });
}

/** Resolves when it has started; the API tells when the node is ready. */
export async function startKubelet(
  { name, host, address, token, cgroups }: NodePlace,
  controlPlane: ControlPlane,
  { kubelet }: NodePrograms,
): Promise<LabProcess> {
  await host.writeFile('/run/lab/kubelet.kubeconfig', controlPlane.kubeconfig(token), 0o600);
  await host.writeFile('/run/lab/kubelet.yaml', JSON.stringify(kubeletConfiguration(cgroups.hierarchies)));
  const flags = [
    '--config=/run/lab/kubelet.yaml',
    '--kubeconfig=/run/lab/kubelet.kubeconfig',
    `--hostname-override=${name}`,
    `--node-ip=${address}`,
    '--v=2',
  ];
  return host.spawn(asOfNode([kubelet, ...flags]));
}

/** Resolves when the node has kube-proxy's rules. */
export async function startKubeProxy(
  { name, host, proxyToken }: NodePlace,
  controlPlane: ControlPlane,
  kubeProxy: string,
): Promise<LabProcess> {
  await host.writeFile('/run/lab/proxy.kubeconfig', controlPlane.kubeconfig(proxyToken), 0o600);
  const configuration = {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'nftables',
    clusterCIDR: '10.244.0.0/16',
    clientConnection: { kubeconfig: '/run/lab/proxy.kubeconfig' },
    // The machine's, not the node's: 0 leaves them as they are.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
  };
  await host.writeFile('/run/lab/proxy.yaml', JSON.stringify(configuration));
  const process = host.spawn(
    asOfNode([kubeProxy, '--config=/run/lab/proxy.yaml', `--hostname-override=${name}`, '-v=2']),
  );
  await process.waitForLine(/SyncProxyRules complete/, { timeoutMs: START_TIMEOUT_MS });
  return process;
}

function containerdText(runc: string, cniFolder: string): string {
  return `
version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
[grpc]
  address = "${CONTAINERD_SOCKET}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${PAUSE_IMAGE}"
  # As above, of the kubelet.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${cniFolder}"
    conf_dir = "${CNI_FOLDER}"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      BinaryName = "${runc}"
      SystemdCgroup = false
`;
}

/** No masquerading: the other nodes and the API server have routes to the Pods. */
function cniText(podNetwork: string): string {
  return JSON.stringify({
    cniVersion: '0.4.0',
    name: 'pods',
    plugins: [
      {
        type: 'ptp',
        ipam: {
          type: 'host-local',
          dataDir: '/var/lib/cni/networks',
          ranges: [[{ subnet: podNetwork }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  });
}
