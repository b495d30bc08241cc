// The kinds of objects that are read, and nothing beside them. Never a Secret.

interface KindRow {
  readonly kind: string;
  /** Of the API group, without its version: a file may name an older one. */
  readonly group: string;
  /** Where the API lists them. */
  readonly path: string;
  /** Only these are asked for. */
  readonly query?: string;
}

export const KINDS = {
  nodes: { kind: 'Node', group: '', path: '/api/v1/nodes' },
  pods: { kind: 'Pod', group: '', path: '/api/v1/pods' },
  services: { kind: 'Service', group: '', path: '/api/v1/services' },
  endpointslices: {
    kind: 'EndpointSlice',
    group: 'discovery.k8s.io',
    path: '/apis/discovery.k8s.io/v1/endpointslices',
  },
  persistentvolumes: { kind: 'PersistentVolume', group: '', path: '/api/v1/persistentvolumes' },
  persistentvolumeclaims: {
    kind: 'PersistentVolumeClaim',
    group: '',
    path: '/api/v1/persistentvolumeclaims',
  },
  deployments: { kind: 'Deployment', group: 'apps', path: '/apis/apps/v1/deployments' },
  statefulsets: { kind: 'StatefulSet', group: 'apps', path: '/apis/apps/v1/statefulsets' },
  daemonsets: { kind: 'DaemonSet', group: 'apps', path: '/apis/apps/v1/daemonsets' },
  replicasets: { kind: 'ReplicaSet', group: 'apps', path: '/apis/apps/v1/replicasets' },
  poddisruptionbudgets: {
    kind: 'PodDisruptionBudget',
    group: 'policy',
    path: '/apis/policy/v1/poddisruptionbudgets',
  },
  csidrivers: { kind: 'CSIDriver', group: 'storage.k8s.io', path: '/apis/storage.k8s.io/v1/csidrivers' },
  volumeattachments: {
    kind: 'VolumeAttachment',
    group: 'storage.k8s.io',
    path: '/apis/storage.k8s.io/v1/volumeattachments',
  },
  events: {
    kind: 'Event',
    group: '',
    path: '/api/v1/events',
    query: 'fieldSelector=reason%3DFailedAttachVolume',
  },
  configmaps: {
    kind: 'ConfigMap',
    group: '',
    path: '/api/v1/namespaces/kube-system/configmaps',
    query: 'fieldSelector=metadata.name%3Dkube-proxy',
  },
  ipaddresspools: {
    kind: 'IPAddressPool',
    group: 'metallb.io',
    path: '/apis/metallb.io/v1beta1/ipaddresspools',
  },
  l2advertisements: {
    kind: 'L2Advertisement',
    group: 'metallb.io',
    path: '/apis/metallb.io/v1beta1/l2advertisements',
  },
  bgpadvertisements: {
    kind: 'BGPAdvertisement',
    group: 'metallb.io',
    path: '/apis/metallb.io/v1beta1/bgpadvertisements',
  },
  configurationstates: {
    kind: 'ConfigurationState',
    group: 'metallb.io',
    path: '/apis/metallb.io/v1beta1/configurationstates',
  },
  longhornsettings: {
    kind: 'Setting',
    group: 'longhorn.io',
    path: '/apis/longhorn.io/v1beta2/settings',
  },
  ciliumpools: {
    kind: 'CiliumLoadBalancerIPPool',
    group: 'cilium.io',
    path: '/apis/cilium.io/v2alpha1/ciliumloadbalancerippools',
  },
  ciliumpolicies: {
    kind: 'CiliumL2AnnouncementPolicy',
    group: 'cilium.io',
    path: '/apis/cilium.io/v2alpha1/ciliuml2announcementpolicies',
  },
} as const satisfies Readonly<Record<string, KindRow>>;

export type KindKey = keyof typeof KINDS;

export const KIND_KEYS = Object.keys(KINDS) as readonly KindKey[];

const BY_NAME = new Map<string, KindKey>(
  KIND_KEYS.map((key) => [`${KINDS[key].group}/${KINDS[key].kind}`, key]),
);

/** Undefined for a kind that no check reads. */
export function kindKeyOf(apiVersion: string, kind: string): KindKey | undefined {
  const slash = apiVersion.lastIndexOf('/');
  return BY_NAME.get(`${slash < 0 ? '' : apiVersion.slice(0, slash)}/${kind}`);
}
