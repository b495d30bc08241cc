// Kubernetes objects as the API gives them, written by hand: whole ones to begin with, to be changed for each case.
import { INTERFACES_ANNOTATION } from '../../src/cluster/objects/agent.ts';
import { Interning } from '../../src/cluster/objects/interning.ts';
import { idOfObject } from '../../src/cluster/objects/object-id.ts';
import type { Trim, Trimmed } from '../../src/cluster/objects/trimmed.ts';
import { ClusterState } from '../../src/cluster/state.ts';

type Raw = Record<string, unknown>;

/** What is kept of an object. @throws {TypeError} where it has no name. */
export function keep<Kept>(trim: Trim<Kept>, raw: unknown): Trimmed<Kept> {
  const id = idOfObject(raw);
  if (!id) throw new TypeError('the object has no name');
  return trim(raw, id, new Interning());
}

export interface ServiceOptions {
  readonly ips?: readonly unknown[];
  readonly ingress?: unknown;
  readonly loadBalancerClass?: string;
  readonly policy?: 'Cluster' | 'Local';
  readonly labels?: Raw;
  readonly annotations?: Raw;
  readonly type?: string;
}

/** @param name `namespace/name`. */
export function service(name: string, options: ServiceOptions = {}): Raw {
  const { ips = ['192.168.1.240'], labels, annotations, loadBalancerClass, policy, type } = options;
  const ingress = options.ingress ?? ips.map((ip) => ({ ip, ipMode: 'VIP' }));
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...meta(name), labels, annotations },
    spec: {
      type: type ?? 'LoadBalancer',
      allocateLoadBalancerNodePorts: true,
      clusterIP: '10.96.12.7',
      clusterIPs: ['10.96.12.7'],
      externalTrafficPolicy: policy ?? 'Cluster',
      internalTrafficPolicy: 'Cluster',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      loadBalancerClass,
      ports: [
        { name: 'web', nodePort: 30080, port: 80, protocol: 'TCP', targetPort: 8080 },
        { name: 'quic', nodePort: 30443, port: 443, protocol: 'UDP', targetPort: 'https' },
      ],
      selector: { app: 'web' },
      sessionAffinity: 'None',
    },
    status: { loadBalancer: { ingress } },
  };
}

export interface Endpoint {
  readonly node?: string | null;
  readonly ready?: boolean | null;
  readonly serving?: boolean | null;
}

/** @param name that of the Service, `namespace/name`. */
export function slice(name: string, endpoints: readonly Endpoint[], suffix = 'x7k2p'): Raw {
  const { namespace, name: serviceName } = meta(name);
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      ...meta(`${namespace}/${serviceName}-${suffix}`),
      labels: {
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        'kubernetes.io/service-name': serviceName,
      },
    },
    addressType: 'IPv4',
    endpoints: endpoints.map(({ node, ready, serving }, i) => ({
      addresses: [`10.244.1.${i + 1}`],
      conditions: { ready, serving, terminating: false },
      nodeName: node,
      targetRef: { kind: 'Pod', name: `web-${i}`, namespace },
    })),
    ports: [{ name: 'web', port: 8080, protocol: 'TCP' }],
  };
}

export interface NodeOptions {
  readonly ips?: readonly string[];
  readonly labels?: Raw;
  readonly networkUnavailable?: string;
  readonly ready?: string;
}

export function node(name: string, options: NodeOptions = {}): Raw {
  const { ips = [], labels = {}, networkUnavailable = 'False', ready = 'True' } = options;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', ...labels } },
    spec: { podCIDR: '10.244.1.0/24' },
    status: {
      addresses: [
        ...ips.map((address) => ({ type: 'InternalIP', address })),
        { type: 'Hostname', address: name },
      ],
      conditions: [
        { type: 'NetworkUnavailable', status: networkUnavailable, reason: 'RouteCreated' },
        { type: 'Ready', status: ready, lastHeartbeatTime: '2026-03-01T16:42:58Z' },
      ],
      images: [{ names: ['registry.k8s.io/pause:3.10'], sizeBytes: 742080 }],
    },
  };
}

export function pool(name: string, addresses: unknown, spec: Raw = {}, labels: Raw = {}): Raw {
  return {
    apiVersion: 'metallb.io/v1beta1',
    kind: 'IPAddressPool',
    metadata: { ...meta(`metallb-system/${name}`), labels },
    spec: { addresses, autoAssign: true, avoidBuggyIPs: false, ...spec },
  };
}

export function l2(name: string, spec: Raw = {}): Raw {
  return {
    apiVersion: 'metallb.io/v1beta1',
    kind: 'L2Advertisement',
    metadata: meta(`metallb-system/${name}`),
    spec,
  };
}

export interface SpeakerOptions {
  readonly helm?: boolean;
  readonly namespace?: string;
  readonly ready?: string;
  readonly phase?: string;
  readonly container?: Raw;
  readonly args?: readonly string[];
  readonly memberlist?: boolean;
  /** Of its image. @default 0.16.1 */
  readonly version?: string;
  readonly deleted?: boolean;
}

const RUNNING = { state: { running: { startedAt: '2026-03-01T16:00:00Z' } }, ready: true, restartCount: 0 };

/** The speaker's Pod on that node: of the manifests, or of the Helm chart. */
export function speaker(nodeName: string, options: SpeakerOptions = {}): Raw {
  const { helm = false, ready = 'True', phase = 'Running', container = RUNNING, args = [] } = options;
  const from = (fieldPath: string) => ({ valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath } } });
  const memberlist = [
    { name: 'METALLB_ML_BIND_ADDR', ...from('status.podIP') },
    { name: 'METALLB_ML_LABELS', value: 'app=metallb,component=speaker' },
    { name: 'METALLB_ML_SECRET_KEY_PATH', value: '/etc/ml_secret_key' },
  ];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...meta(`${options.namespace ?? 'metallb-system'}/${helm ? 'metallb-' : ''}speaker-${nodeName}`),
      labels: helm
        ? { 'app.kubernetes.io/name': 'metallb', 'app.kubernetes.io/component': 'speaker' }
        : { app: 'metallb', component: 'speaker', 'pod-template-generation': '1' },
      ...(options.deleted && { deletionTimestamp: '2026-03-01T17:00:00Z', deletionGracePeriodSeconds: 2 }),
    },
    spec: {
      nodeName,
      hostNetwork: true,
      containers: [
        {
          name: 'speaker',
          image: `quay.io/metallb/speaker:v${options.version ?? '0.16.1'}`,
          args: ['--port=9120', '--log-level=info', ...args],
          env: [
            { name: 'METALLB_NODE_NAME', ...from('spec.nodeName') },
            ...((options.memberlist ?? true) ? memberlist : []),
          ],
        },
      ],
    },
    status: {
      phase,
      conditions: [
        { type: 'PodScheduled', status: 'True' },
        { type: 'Ready', status: ready },
      ],
      containerStatuses: [{ name: 'speaker', ...container }],
    },
  };
}

/** As MetalLB writes it since 0.14.6. */
export function l2Status(name: string, nodeName: string, suffix = '4hjk2'): Raw {
  const { namespace, name: serviceName } = meta(name);
  return {
    apiVersion: 'metallb.io/v1beta1',
    kind: 'ServiceL2Status',
    metadata: {
      ...meta(`metallb-system/l2-${suffix}`),
      labels: {
        'metallb.io/node': nodeName,
        'metallb.io/service-name': serviceName,
        'metallb.io/service-namespace': namespace,
      },
    },
    status: { node: nodeName, serviceName, serviceNamespace: namespace, interfaces: [{ name: 'eth0' }] },
  };
}

export interface AgentOptions {
  /** Of its condition Ready; null: it has no such condition. */
  readonly ready?: string | null;
  /** When its readiness changed last. */
  readonly changed?: string;
  readonly created?: string;
  readonly deleted?: boolean;
}

export function agent(nodeName: string, annotation?: string, options: AgentOptions = {}): Raw {
  const { ready = 'True', changed = '2026-03-01T16:00:05Z', created = '2026-03-01T16:00:00Z' } = options;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...meta(`vipwatch/vipwatch-${nodeName}`),
      labels: { 'app.kubernetes.io/name': 'vipwatch' },
      annotations: { [INTERFACES_ANNOTATION]: annotation },
      creationTimestamp: created,
      ...(options.deleted && { deletionTimestamp: '2026-03-01T17:00:00Z', deletionGracePeriodSeconds: 30 }),
    },
    spec: { nodeName },
    status: {
      phase: 'Running',
      conditions: [
        { type: 'PodScheduled', status: 'True', lastTransitionTime: created },
        ...(ready === null ? [] : [{ type: 'Ready', status: ready, lastTransitionTime: changed }]),
      ],
    },
  };
}

export interface Cluster {
  readonly services?: readonly unknown[];
  readonly endpointSlices?: readonly unknown[];
  readonly nodes?: readonly unknown[];
  readonly pools?: readonly unknown[];
  readonly l2Advertisements?: readonly unknown[];
  readonly bgpAdvertisements?: readonly unknown[];
  readonly l2Statuses?: readonly unknown[];
  readonly speakers?: readonly unknown[];
  readonly helmSpeakers?: readonly unknown[];
  readonly agents?: readonly unknown[];
}

/** Three nodes with their speakers, one pool, one advertisement, one Service with an endpoint. */
export const SMALL: Required<Cluster> = {
  services: [service('traefik/traefik')],
  endpointSlices: [slice('traefik/traefik', [{ node: 'w1', ready: true }])],
  nodes: [
    node('cp', { ips: ['192.168.1.10'] }),
    node('w1', { ips: ['192.168.1.11'] }),
    node('w2', { ips: ['192.168.1.12'] }),
  ],
  pools: [pool('main-pool', ['192.168.1.240-192.168.1.245'])],
  l2Advertisements: [l2('all')],
  bgpAdvertisements: [],
  l2Statuses: [],
  speakers: [speaker('cp'), speaker('w1'), speaker('w2')],
  helmSpeakers: [],
  agents: [],
};

/** Every kind listed once, as after the start. */
export function cluster(changes: Cluster = {}): ClusterState {
  const state = new ClusterState();
  const lists = { ...SMALL, ...changes };
  for (const [kind, objects] of Object.entries(lists)) state.replace(kind as keyof Cluster, objects);
  return state;
}

function meta(key: string): { namespace: string; name: string; resourceVersion: string; uid: string } {
  const [namespace = '', name = ''] = key.split('/');
  return { namespace, name, resourceVersion: '4711', uid: '5f0c6d3e-0000-4000-8000-000000000001' };
}
