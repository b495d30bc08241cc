// What somebody may write who has taken an agent's token from its node: the real API server, with the policies of the chart.
// RBAC alone would let all of it through, which the last test shows.
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { Helm, helmUnavailable } from '../chart/helm.ts';
import { agentToken } from './agent-rights.ts';
import { type BareCluster, startBareCluster } from './bare-cluster.ts';
import type { Cluster } from './cluster.ts';
import type { KubernetesApi } from './kubernetes-api.ts';
import { METALLB_NAMESPACE } from './metallb.ts';
import type { Pod } from './pod.ts';
import {
  Agents,
  imageUnavailable,
  VIPWATCH_NAMESPACE as NAMESPACE,
  VIPWATCH_PODS as PODS,
} from './vipwatch.ts';

const search = inject('cluster');
const programs = search.ok ? search.programs : undefined;

const MARK = 'vipwatch-6d1ae3a4-9a2c-4b64-8f3c-0123456789ab';
const EXCLUDE_LABEL = 'node.kubernetes.io/exclude-from-external-load-balancers';
const TAINT = { key: 'vipwatch.dev/failover-test', value: MARK, effect: 'NoSchedule' };
const METALLB_PODS = `/api/v1/namespaces/${METALLB_NAMESPACE}/pods`;
const EVENTS = '/api/v1/namespaces/default/events';
const ACKNOWLEDGEMENTS = `/api/v1/namespaces/${NAMESPACE}/configmaps/vipwatch-acknowledgements`;
const KEY = '0123456789abcdef'.repeat(4);
const DENIED =
  /ValidatingAdmissionPolicy 'vipwatch-(configmaps|nodes|pods|events)' .*denied request: (an agent|the label|a taint)/;
/** A policy is known to the API server a moment after it was written. */
const KNOWN_WITHIN = { timeout: 60_000, interval: 500 };

/** What is written, and nothing of it stays: the API server only says whether it would do it. */
type Attempt = (api: KubernetesApi) => Promise<unknown>;

const patch =
  (path: string, change: object): Attempt =>
  (api) =>
    api.patch(`${path}?dryRun=All`, change);
const create =
  (path: string, object: object): Attempt =>
  (api) =>
    api.create(`${path}?dryRun=All`, object);
const remove =
  (path: string): Attempt =>
  (api) =>
    api.text('DELETE', `${path}?dryRun=All`);

const node = (change: object): Attempt => patch('/api/v1/nodes/node-2', change);
const labelled = (value: string | null) => node({ metadata: { labels: { [EXCLUDE_LABEL]: value } } });

const event = (fields: object) => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: 'vipwatch-silent-vip.1' },
  involvedObject: { apiVersion: 'v1', kind: 'Service', namespace: 'default', name: 'web', uid: '1' },
  type: 'Warning',
  reason: 'SilentVip',
  message: 'words',
  source: { component: 'vipwatch' },
  reportingComponent: 'vipwatch',
  ...fields,
});

const freezer = (container: object = {}, spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: MARK, labels: { 'app.kubernetes.io/name': 'vipwatch-freezer' } },
  spec: {
    nodeName: 'node-2',
    hostPID: true,
    serviceAccountName: 'vipwatch',
    automountServiceAccountToken: false,
    restartPolicy: 'Never',
    activeDeadlineSeconds: 85,
    containers: [
      {
        name: 'freezer',
        image: 'localhost/vipwatch:0.1.0',
        args: ['freeze-speaker', '--pod', 'speaker-1', '--seconds', '25'],
        securityContext: {
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'], add: ['KILL', 'SYS_PTRACE'] },
        },
        ...container,
      },
    ],
    ...spec,
  },
});

describe.skipIf(!programs || imageUnavailable || helmUnavailable())('a stolen token', () => {
  let bare: BareCluster;
  let cluster: Cluster;
  let thief: KubernetesApi;
  /** The Pod that the token is bound to, and that of the other node. */
  let own: string;
  let other: string;

  beforeAll(async () => {
    bare = await startBareCluster(programs!);
    cluster = bare.cluster;
    const { api, controlPlane } = cluster;
    await controlPlane.apply([
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: METALLB_NAMESPACE } },
      {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 'default', namespace: METALLB_NAMESPACE },
      },
      podOfMetallb('speaker', { component: 'speaker' }),
      podOfMetallb('controller', { component: 'controller' }),
    ]);
    const modes = ['observe', 'drain', 'delete-pod', 'freeze'];
    const helm = await Helm.find();
    await Agents.install(
      cluster,
      await helm.render({ namespace: { create: true }, config: { failoverTest: { modes } } }),
    );
    const pods = await api.list<Pod>(PODS);
    const podOn = (name: string) => pods.find(({ spec }) => spec.nodeName === name)!;
    own = podOn('node-1').metadata.name;
    other = podOn('node-2').metadata.name;
    thief = await controlPlane.apiWith(await agentToken(cluster, podOn('node-1')));
    await api.create(
      EVENTS,
      event({ metadata: { name: 'of-the-kubelet' }, source: { component: 'kubelet' } }),
    );
    await api.create(
      EVENTS,
      event({ metadata: { name: 'vipwatch-silent-vip.2' }, reportingInstance: other }),
    );
    for (const denied of [
      labelled('mine'),
      annotated(other),
      writes({ reportingInstance: other }),
      acknowledged({ other: 'x' }),
    ])
      await vi.waitFor(async () => expect(await problemOf(denied)).toMatch(DENIED), KNOWN_WITHIN);
  });

  afterAll(async () => {
    await bare?.[Symbol.asyncDispose]();
  });

  const podOfMetallb = (name: string, labels: object) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: METALLB_NAMESPACE, labels: { app: 'metallb', ...labels } },
    spec: { containers: [{ name, image: name }], automountServiceAccountToken: false },
  });

  async function problemOf(attempt: Attempt, api = thief): Promise<string> {
    try {
      await attempt(api);
      return '';
    } catch (error) {
      return String(error);
    }
  }

  const annotated = (pod: string) =>
    patch(`${PODS}/${pod}`, { metadata: { annotations: { 'vipwatch.dev/interfaces': '{}' } } });
  const acknowledged = (data: object, other: object = {}) => patch(ACKNOWLEDGEMENTS, { data, ...other });
  const writes = (fields: object) => create(EVENTS, event(fields));

  /** What an agent does. */
  const rightful = (): Record<string, Attempt> => ({
    'publishes its interfaces': annotated(own),
    'drains a node for a test': labelled(MARK),
    'taints a node for a test': node({ spec: { taints: [TAINT] } }),
    'deletes a speaker for a test': remove(`${METALLB_PODS}/speaker`),
    'makes a freezer': create(PODS, freezer()),
    'tells of a finding': writes({ reportingInstance: own }),
    'tells on what another began': patch(`${EVENTS}/vipwatch-silent-vip.2`, { count: 2 }),
    'acknowledges a finding': acknowledged({ [KEY]: '{}' }),
    'asks for a failover test': create(`/apis/vipwatch.dev/v1alpha1/namespaces/${NAMESPACE}/failovertests`, {
      apiVersion: 'vipwatch.dev/v1alpha1',
      kind: 'FailoverTest',
      metadata: { name: 'asked' },
      spec: { vip: '192.168.1.240', mode: 'observe' },
    }),
  });

  /** What RBAC gives the agents with it, and none does. */
  const beyond = (): Record<string, Attempt> => ({
    'publishes interfaces as those of another node': annotated(other),
    'relabels its Pod': patch(`${PODS}/${own}`, { metadata: { labels: { 'app.kubernetes.io/name': 'x' } } }),
    'annotates its Pod with something else': patch(`${PODS}/${own}`, {
      metadata: { annotations: { 'vipwatch.dev/interfaces': '{}', other: 'x' } },
    }),
    'runs another image in its Pod': patch(`${PODS}/${own}`, {
      spec: { activeDeadlineSeconds: 1 },
    }),
    'cordons a node': node({ spec: { unschedulable: true } }),
    'drives all Pods off a node': node({ spec: { taints: [{ ...TAINT, effect: 'NoExecute' }] } }),
    'taints a node by another key': node({ spec: { taints: [{ ...TAINT, key: 'other' }] } }),
    'taints a node without a mark': node({ spec: { taints: [{ ...TAINT, value: 'mine' }] } }),
    'excludes a node without a mark': labelled('mine'),
    'labels a node as something else': node({
      metadata: { labels: { [EXCLUDE_LABEL]: MARK, 'node-role.kubernetes.io/control-plane': '' } },
    }),
    'takes a label off a node': node({ metadata: { labels: { 'kubernetes.io/os': null } } }),
    'annotates a node': node({ metadata: { annotations: { other: 'x' } } }),
    'keeps a node from being deleted': node({ metadata: { finalizers: ['example.com/stay'] } }),
    'deletes the controller of MetalLB': remove(`${METALLB_PODS}/controller`),
    'deletes the agent of another node': remove(`${PODS}/${other}`),
    'runs another command': create(PODS, freezer({ command: ['sh'] })),
    'runs another image': create(PODS, freezer({ image: 'evil' })),
    'runs a privileged Pod': create(PODS, freezer({ securityContext: { privileged: true } })),
    "mounts the node's disk": create(
      PODS,
      freezer(
        { volumeMounts: [{ name: 'root', mountPath: '/host' }] },
        { volumes: [{ name: 'root', hostPath: { path: '/' } }] },
      ),
    ),
    "runs in the node's network": create(PODS, freezer({}, { hostNetwork: true })),
    'keeps something else with what is acknowledged': acknowledged({ other: 'x' }),
    'keeps more there than can be acknowledged': acknowledged({ [KEY]: 'x'.repeat(4_097) }),
    'fills it with acknowledgements': acknowledged(
      Object.fromEntries(Array.from({ length: 201 }, (_, i) => [String(i).padStart(64, '0'), '{}'])),
    ),
    'keeps people from acknowledging anything any more': acknowledged({}, { immutable: true }),
    'keeps bytes there': acknowledged({}, { binaryData: { [KEY]: 'AAAA' } }),
    'labels it': acknowledged({}, { metadata: { labels: { other: 'x' } } }),
    'keeps it from being deleted': acknowledged({}, { metadata: { finalizers: ['example.com/stay'] } }),
    'speaks as another agent': writes({ reportingInstance: other }),
    'speaks as the kubelet': writes({ source: { component: 'kubelet' }, reportingInstance: own }),
    'changes the words of the kubelet': patch(`${EVENTS}/of-the-kubelet`, {
      message: 'all is well',
    }),
  });

  it('does what an agent does', async () => {
    const problems: Record<string, string> = {};
    for (const [what, attempt] of Object.entries(rightful())) problems[what] = await problemOf(attempt);
    expect(problems).toEqual(Object.fromEntries(Object.keys(problems).map((what) => [what, ''])));
  });

  it('does nothing beyond that', async () => {
    for (const [what, attempt] of Object.entries(beyond()))
      expect(await problemOf(attempt), what).toMatch(DENIED);
  });

  it('leaves a label that somebody else has set, and takes off that of a test', async () => {
    const { api } = cluster;
    await api.patch('/api/v1/nodes/node-2', { metadata: { labels: { [EXCLUDE_LABEL]: '' } } });
    for (const value of [null, MARK]) expect(await problemOf(labelled(value))).toMatch(DENIED);
    await api.patch('/api/v1/nodes/node-2', { metadata: { labels: { [EXCLUDE_LABEL]: MARK } } });
    expect(await problemOf(labelled('mine'))).toMatch(DENIED);
    expect(await problemOf(labelled(null))).toBe('');
    await api.patch('/api/v1/nodes/node-2', { metadata: { labels: { [EXCLUDE_LABEL]: null } } });
  });

  it('that is bound to no Pod changes nothing', async () => {
    const unbound = await cluster.controlPlane.apiWith(await agentToken(cluster, null));
    for (const attempt of [
      annotated(own),
      labelled(MARK),
      writes({ reportingInstance: '' }),
      acknowledged({ [KEY]: '{}' }),
    ])
      expect(await problemOf(attempt, unbound)).toMatch(DENIED);
  });

  it('would do all of it by RBAC alone', async () => {
    const { api } = cluster;
    for (const subject of ['configmaps', 'nodes', 'pods', 'events']) {
      const bindings = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings';
      await api.delete(`${bindings}/vipwatch-${subject}`);
    }
    for (const [what, attempt] of Object.entries(beyond()))
      await expect.poll(() => problemOf(attempt), { ...KNOWN_WITHIN, message: what }).toBe('');
  });
});
