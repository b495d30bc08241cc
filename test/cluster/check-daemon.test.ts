// The checks of agents against a real API server, with the rights that the chart gives for them: one looks for all, another one where
// it goes, and what is forbidden is not checked. MetalLB does not run here.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { chosenFor } from '../../src/failover/rendezvous.ts';
import { Helm, helmUnavailable } from '../chart/helm.ts';
import { agentToken, notForbidden } from './agent-rights.ts';
import { type BareCluster, startBareCluster, TWO_NODES } from './bare-cluster.ts';
import { serveCheckedKinds, serveWeb } from './check-kinds.ts';
import type { Cluster } from './cluster.ts';
import { Agents, imageUnavailable, VIPWATCH_NAMESPACE as NAMESPACE } from './vipwatch.ts';

const search = inject('cluster');
const programs = search.ok ? search.programs : undefined;

const NAMES = TWO_NODES.map(({ name }) => name);
const LOOKS = chosenFor('check', NAMES)!;
const OTHER = NAMES.find((name) => name !== LOOKS)!;
const VALUES = {
  namespace: { create: true },
  config: { check: { every: '1m' }, dhcp: { ranges: ['192.168.1.2-192.168.1.253'] } },
};
/** It settles for half a minute, and looks each minute. */
const LOOKED_WITHIN = { timeout: 120_000, interval: 1_000 };

interface Checks {
  readonly items: readonly { readonly id: string; readonly status: string; readonly message: string }[];
  readonly run: { readonly node: string; readonly own: boolean; readonly doneAt: string | null };
}

describe.skipIf(!programs || imageUnavailable || helmUnavailable())('the checks of agents', () => {
  let bare: BareCluster;
  let cluster: Cluster;
  let agents: Agents;

  beforeAll(async () => {
    bare = await startBareCluster(programs!);
    cluster = bare.cluster;
    await serveCheckedKinds(cluster, ['web']);
    await serveWeb(cluster);
    const helm = await Helm.find();
    agents = await Agents.install(cluster, await helm.render(VALUES));
  });

  afterAll(async () => {
    await bare?.[Symbol.asyncDispose]();
  });

  const checksOn = (node: string) => agents.api(node).json<Checks>('/api/v1/checks');

  /** What is said at a later time than that. */
  async function lookedOn(node: string, before: string | null = null): Promise<Checks> {
    const isLater = async () => {
      const { doneAt } = (await checksOn(node)).run;
      return doneAt !== null && doneAt !== before;
    };
    await expect.poll(isLater, LOOKED_WITHIN).toBe(true);
    return await checksOn(node);
  }

  it('are made by one, which lists every kind, and judges by what it knows of DHCP', async () => {
    const { items, run } = await lookedOn(LOOKS);
    expect(run).toMatchObject({ node: LOOKS, own: true, everySeconds: 60, problem: null });
    expect(items.filter(({ message }) => /^cannot list|does not serve/.test(message))).toEqual([]);
    const critical = items.filter(({ status }) => status === 'critical');
    expect(critical.map(({ id, message }) => `${id}: ${message}`)).toEqual([
      expect.stringMatching(
        /^pool-in-dhcp-range: The router leases 192\.168\.1\.2-192\.168\.1\.253 \(dhcp\.ranges\)/,
      ),
    ]);
    expect(await agents.api(LOOKS).metrics('vipwatch_check')).toContain(
      'vipwatch_check{id="pool-in-dhcp-range",status="critical"} 1',
    );
  });

  it('are not made by another, which says whom to ask', async () => {
    expect(await checksOn(OTHER)).toMatchObject({
      items: [],
      run: { node: LOOKS, own: false, doneAt: null },
    });
    expect(await agents.api(OTHER).metrics('vipwatch_check')).toEqual([]);
  });

  it('foretell what happens if a node dies', async () => {
    const of = async (node: string) =>
      (await agents.api(LOOKS).json<{ items: object[] }>(`/api/v1/forecast?node=${node}`)).items;
    // No speaker runs.
    const nobody = { ip: '192.168.1.240', service: 'web/web', vip: 'unknown' };
    expect(await of('node-1')).toMatchObject([{ ...nobody, node: 'node-1', behind: 'unknown' }]);
    expect(await of('node-2')).toMatchObject([{ ...nobody, node: null, behind: 'stays' }]);
  });

  it('may list Pods everywhere, and neither Secrets nor another ConfigMap', async () => {
    const api = await cluster.controlPlane.apiWith(await agentToken(cluster, null));
    expect((await api.list<{ kind?: string }>('/api/v1/pods')).length).toBeGreaterThan(0);
    const refused: Record<string, Promise<unknown>> = {
      secrets: api.list('/api/v1/secrets'),
      'secrets of its own namespace': api.list(`/api/v1/namespaces/${NAMESPACE}/secrets`),
      'config maps': api.list('/api/v1/configmaps'),
      'config maps of kube-system': api.list('/api/v1/namespaces/kube-system/configmaps'),
      'a change of a Deployment': api.patch('/apis/apps/v1/namespaces/web/deployments/web?dryRun=All', {}),
      'a watch of Pods': api.text('GET', '/api/v1/pods?watch=true&timeoutSeconds=1'),
    };
    expect(await notForbidden(refused)).toEqual([]);
  });

  it('say what is not checked once their rights are gone', async () => {
    const { run } = await checksOn(LOOKS);
    await cluster.controlPlane.kubectl('delete', 'clusterrolebinding', 'vipwatch-check');
    const { items } = await lookedOn(LOOKS, run.doneAt);
    const skipped = items.filter(({ message }) => message.endsWith(': forbidden'));
    expect(skipped.map(({ id, status, message }) => `${status} ${id}: ${message}`)).toEqual(
      expect.arrayContaining([
        'skipped pdb-blocks-drain: cannot list pods: forbidden',
        'skipped servicelb-on: cannot list daemonsets: forbidden',
      ]),
    );
    // What the agents may list anyway.
    expect(items.map(({ message }) => message)).not.toContain('cannot list services: forbidden');
  });

  it('are made by the other where that one goes', async () => {
    const stay = { nodeSelector: { 'kubernetes.io/hostname': OTHER } };
    await cluster.controlPlane.kubectl(
      ...['-n', NAMESPACE, 'patch', 'daemonset', 'vipwatch', '--type=merge', '-p'],
      JSON.stringify({ spec: { template: { spec: stay } } }),
    );
    const pods = await cluster.api.list<{ metadata: { name: string }; spec: { nodeName: string } }>(
      `/api/v1/namespaces/${NAMESPACE}/pods`,
    );
    const gone = pods.find(({ spec }) => spec.nodeName === LOOKS)!;
    await cluster.controlPlane.kubectl('-n', NAMESPACE, 'delete', 'pod', gone.metadata.name, '--wait=false');
    expect((await lookedOn(OTHER)).run).toMatchObject({ node: OTHER, own: true });
  });
});
