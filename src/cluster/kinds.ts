// What to list and watch for a ClusterState, and nothing beside it. The client hands every object over as it came.

export interface WatchedKind {
  readonly path: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

/** Every kind is one list and one watch; that of a kind whose path answers 404 is `forget`-ted until it appears. */
export const KINDS = {
  services: { path: '/api/v1/services', fieldSelector: 'spec.type=LoadBalancer' },
  endpointSlices: {
    path: '/apis/discovery.k8s.io/v1/endpointslices',
    labelSelector: 'kubernetes.io/service-name',
  },
  nodes: { path: '/api/v1/nodes' },
  pools: { path: '/apis/metallb.io/v1beta1/ipaddresspools' },
  l2Advertisements: { path: '/apis/metallb.io/v1beta1/l2advertisements' },
  /** To tell a pool that is not meant for the LAN from one whose advertisement was forgotten. */
  bgpAdvertisements: { path: '/apis/metallb.io/v1beta1/bgpadvertisements' },
  l2Statuses: { path: '/apis/metallb.io/v1beta1/servicel2statuses' },
  /** Of MetalLB's manifests and its operator. A label selector knows no "or", hence two kinds. */
  speakers: { path: '/api/v1/pods', labelSelector: 'app=metallb,component=speaker' },
  /** Of MetalLB's Helm chart, which may have been given another name. */
  helmSpeakers: { path: '/api/v1/pods', labelSelector: 'app.kubernetes.io/component=speaker' },
  agents: { path: '/api/v1/pods', labelSelector: 'app.kubernetes.io/name=vipwatch' },
} as const satisfies Record<string, WatchedKind>;

export type Kind = keyof typeof KINDS;

/** Without having listed each of these, nothing can be said of MetalLB's election. */
export const ELECTION_KINDS = [
  'services',
  'endpointSlices',
  'nodes',
  'pools',
  'l2Advertisements',
  'bgpAdvertisements',
  'speakers',
  'helmSpeakers',
] as const satisfies readonly Kind[];
