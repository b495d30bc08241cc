// What to list and watch for a ClusterState, and nothing beside it. The client hands every object over as it came.

export type Kind =
  | 'services'
  | 'endpointSlices'
  | 'nodes'
  | 'pools'
  | 'l2Advertisements'
  | 'bgpAdvertisements'
  | 'l2Statuses'
  | 'speakers'
  | 'helmSpeakers'
  | 'agents';

/** One list and one watch. */
export interface WatchedKind {
  readonly path: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

/**
 * MetalLB's objects and all Pods are asked for in one namespace only, so that no right beyond it is needed.
 * @param namespaces where MetalLB runs, and where the agents do.
 */
export function watchedKinds(namespaces: {
  readonly metallb: string;
  readonly agents: string;
}): Readonly<Record<Kind, WatchedKind>> {
  const pods = (namespace: string) => `/api/v1/namespaces/${namespace}/pods`;
  const metallb = `/apis/metallb.io/v1beta1/namespaces/${namespaces.metallb}`;
  return {
    services: { path: '/api/v1/services', fieldSelector: 'spec.type=LoadBalancer' },
    endpointSlices: {
      path: '/apis/discovery.k8s.io/v1/endpointslices',
      // As kube-proxy asks: a headless Service is never of the type LoadBalancer.
      labelSelector: 'kubernetes.io/service-name,!service.kubernetes.io/headless',
    },
    nodes: { path: '/api/v1/nodes' },
    pools: { path: `${metallb}/ipaddresspools` },
    l2Advertisements: { path: `${metallb}/l2advertisements` },
    // To tell a pool that is not meant for the LAN from one whose advertisement was forgotten.
    bgpAdvertisements: { path: `${metallb}/bgpadvertisements` },
    l2Statuses: { path: `${metallb}/servicel2statuses` },
    // Of MetalLB's manifests and its operator. A label selector knows no "or", hence two kinds.
    speakers: { path: pods(namespaces.metallb), labelSelector: 'app=metallb,component=speaker' },
    // Of MetalLB's Helm chart, which may have been given another name.
    helmSpeakers: {
      path: pods(namespaces.metallb),
      labelSelector: 'app.kubernetes.io/component=speaker',
    },
    agents: { path: pods(namespaces.agents), labelSelector: 'app.kubernetes.io/name=vipwatch' },
  };
}

/** Without having listed each of these, nothing can be said of MetalLB's election. */
export const ELECTION_KINDS: readonly Kind[] = [
  'services',
  'endpointSlices',
  'nodes',
  'pools',
  'l2Advertisements',
  'bgpAdvertisements',
  'speakers',
  'helmSpeakers',
];
