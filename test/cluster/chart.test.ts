// The Helm chart, installed in the cluster: its pods are let in and run, and its rights are those that they need.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Api } from '../../lab/api.ts';
import { Helm, helmUnavailable } from '../chart/helm.ts';
import { podTemplate } from '../chart/objects.ts';
import { type Home, startHome } from './home.ts';
import { METALLB_NAMESPACE, untilAnnouncedBy } from './metallb.ts';
import { addressPool, endpointSlice, l2Advertisement, loadBalancer } from './objects.ts';
import type { Pod } from './pod.ts';
import {
  Agents,
  assembleVipwatch,
  imageUnavailable,
  VIPWATCH_NAMESPACE as NAMESPACE,
  VIPWATCH_PODS as PODS,
  type VipwatchImage,
} from './vipwatch.ts';

const ACCOUNT = `system:serviceaccount:${NAMESPACE}:vipwatch`;
const VIP = '192.168.1.240';
const ONLY_NET_RAW = '0000000000002000';
const VALUES = { namespace: { create: true } };

const search = inject('cluster');
const programs = search.ok ? search.programs : undefined;

describe.skipIf(!programs || imageUnavailable || helmUnavailable())('the chart', () => {
  let helm: Helm;
  let image: VipwatchImage;
  let home: Home;
  let agents: Agents;

  beforeAll(async () => {
    helm = await Helm.find();
    image = assembleVipwatch();
    home = await startHome(programs!, image);
    const { cluster } = home;
    await cluster.controlPlane.apply([
      addressPool('main', ['192.168.1.240-192.168.1.245']),
      l2Advertisement('main'),
      endpointSlice('web', [{ node: 'node-1', address: '10.244.1.2' }]),
      loadBalancer('web'),
    ]);
    await cluster.api.patch('/api/v1/nodes/node-3', {
      spec: { taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoExecute' }] },
    });
    agents = await Agents.install(cluster, await helm.render(VALUES));
  });

  afterAll(async () => {
    await home?.[Symbol.asyncDispose]();
    image?.[Symbol.dispose]();
  });

  const longestUnready = async (api: Api) =>
    Number((await api.metrics('vipwatch_agent_longest_unready_seconds '))[0]?.split(' ')[1]);
  const ofAll = (path: string) => agents.ofEach((api) => api.json(path));

  it('runs an agent with one capability on every node, whatever its taints', async () => {
    for (const { name } of home.cluster.nodes) {
      const agent = agents.process(name);
      const status = await readFile(`/proc/${await agent.pid}/status`, 'utf8');
      expect(status).toContain(`CapEff:\t${ONLY_NET_RAW}\n`);
      expect(status).toContain('NoNewPrivs:\t1\n');
    }
  });

  it('gives the agents the rights that they need', async () => {
    const known = { intent: { ready: true, problems: [], doubts: [], skipped: 0 }, ready: true };
    await expect.poll(() => ofAll('/readyz'), { timeout: 60_000 }).toMatchObject([known, known, known]);
    const node = await untilAnnouncedBy(home.cluster, 'web', () => true);
    const vip = { ip: VIP, service: 'default/web', pool: 'main', up: true, announcers: [{ node }] };
    // The node that announces the VIP does not hear itself.
    const others = home.cluster.nodes.filter(({ name }) => name !== node).map(({ name }) => agents.api(name));
    await expect
      .poll(() => Promise.all(others.map((api) => api.json('/api/v1/vips'))), { timeout: 60_000 })
      .toMatchObject([{ items: [vip] }, { items: [vip] }]);
    // Each has published its node's interfaces on its own pod.
    const pods = await home.cluster.api.list<Pod>(PODS);
    for (const { metadata, spec } of pods) {
      const { mac } = home.cluster.node(spec.nodeName!);
      const annotations = (metadata as { annotations?: Record<string, string> }).annotations ?? {};
      expect(annotations['vipwatch.dev/interfaces']).toContain(`"mac":"${mac}"`);
    }
    expect(await ofAll('/api/v1/findings')).toMatchObject(pods.map(() => ({ items: [] })));
  });

  it('lets every agent tell how long a Pod of another has been unready, unless its node is', async () => {
    const { cluster } = home;
    const { api } = cluster;
    const untilAllSay = async (fits: (seconds: number) => boolean) =>
      await expect
        .poll(async () => (await agents.ofEach(longestUnready)).every(fits), { timeout: 60_000 })
        .toBe(true);
    const sayReady = (path: string, status: string) => {
      const lastTransitionTime = new Date(Date.now() - 3_600_000).toISOString();
      return api.patch(`${path}/status`, {
        status: { conditions: [{ type: 'Ready', status, lastTransitionTime }] },
      });
    };
    await untilAllSay((seconds) => seconds === 0);
    cluster.node('node-2').kubelet.pause();
    const [pod] = (await api.list<Pod>(PODS)).filter(({ spec }) => spec.nodeName === 'node-2');
    await sayReady(`${PODS}/${pod!.metadata.name}`, 'False');
    await untilAllSay((seconds) => seconds >= 3600 && seconds < 4000);
    await sayReady('/api/v1/nodes/node-2', 'Unknown');
    await untilAllSay((seconds) => seconds === 0);
    await sayReady('/api/v1/nodes/node-2', 'True');
    await untilAllSay((seconds) => seconds >= 3600);
    await sayReady(`${PODS}/${pod!.metadata.name}`, 'True');
    await untilAllSay((seconds) => seconds === 0);
    cluster.node('node-2').kubelet.resume();
  });

  it.each([
    { verb: 'get', resource: 'secrets', namespace: NAMESPACE },
    { verb: 'get', resource: 'configmaps', namespace: NAMESPACE },
    { verb: 'create', resource: 'pods', namespace: NAMESPACE },
    { verb: 'delete', resource: 'pods', namespace: NAMESPACE },
    { verb: 'list', resource: 'pods', namespace: 'default' },
    { verb: 'patch', resource: 'pods', namespace: METALLB_NAMESPACE },
    { verb: 'list', resource: 'secrets', namespace: METALLB_NAMESPACE },
    { verb: 'patch', resource: 'ipaddresspools', group: 'metallb.io', namespace: METALLB_NAMESPACE },
    { verb: 'list', resource: 'ipaddresspools', group: 'metallb.io', namespace: 'default' },
    { verb: 'patch', resource: 'services', namespace: 'default' },
    { verb: 'get', resource: 'services', namespace: 'default' },
    { verb: 'list', resource: 'events', namespace: 'default' },
    { verb: 'delete', resource: 'events', namespace: 'default' },
    { verb: 'delete', resource: 'pods', namespace: METALLB_NAMESPACE },
    { verb: 'delete', resource: 'nodes', namespace: '' },
    { verb: 'patch', resource: 'nodes', subresource: 'status', namespace: '' },
  ])('does not let them: $verb $resource $namespace', async (resourceAttributes) => {
    const { status } = await home.cluster.api.create<{ status: { allowed: boolean } }>(
      '/apis/authorization.k8s.io/v1/subjectaccessreviews',
      {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: {
          user: ACCOUNT,
          groups: ['system:serviceaccounts', 'system:authenticated'],
          resourceAttributes,
        },
      },
    );
    expect(status.allowed).toBe(false);
  });

  it('makes pods that only a privileged namespace lets in', async () => {
    const { api, controlPlane } = home.cluster;
    await controlPlane.apply([
      {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: 'narrow', labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } },
      },
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'vipwatch', namespace: 'narrow' } },
    ]);
    const { metadata, spec } = podTemplate(await helm.render(VALUES));
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name: 'agent' }, spec };
    const refused = api.create('/api/v1/namespaces/narrow/pods?dryRun=All', pod);
    await expect(refused).rejects.toThrow(/violates PodSecurity/);
    await api.create(`${PODS}?dryRun=All`, pod);
  });
});
