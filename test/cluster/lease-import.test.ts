// What one agent reads of a DHCP server for all: passed on by a real API server, with the rights that the chart gives for it.
// The server is Kea, whose API listens on the loopback of one node, so that no other agent can ask it.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startKea } from '../../lab/roles/kea.ts';
import { startKeaControl } from '../../lab/roles/kea-ctrl-agent.ts';
import { ranked } from '../../src/failover/rendezvous.ts';
import { Helm, helmUnavailable } from '../chart/helm.ts';
import { labUnavailable } from '../lab/available.ts';
import { agentToken, notForbidden } from './agent-rights.ts';
import { type BareCluster, startBareCluster, TWO_NODES } from './bare-cluster.ts';
import type { Cluster } from './cluster.ts';
import { METALLB_NAMESPACE } from './metallb.ts';
import type { Pod } from './pod.ts';
import { Agents, imageUnavailable, VIPWATCH_NAMESPACE as NAMESPACE, VIPWATCH_PODS } from './vipwatch.ts';

const search = inject('cluster');
const programs = search.ok ? search.programs : undefined;

/** The agents choose who asks: the server is where the one is that they choose. */
const [ASKER = '', READER = ''] = ranked(
  TWO_NODES.map(({ name }) => name),
  'dhcp-import/kea',
);
const LOGIN = { address: '127.0.0.1', user: 'vipwatch', password: 'hunter2' };
const SECRET = 'router-login';
const VALUES = {
  namespace: { create: true },
  dhcpImport: { secretName: SECRET },
  config: {
    dhcp: {
      import: [
        {
          type: 'kea',
          url: `http://${LOGIN.address}:8000`,
          user: LOGIN.user,
          passwordFile: '/etc/vipwatch-dhcp-import/password',
          every: '10s',
        },
      ],
    },
  },
};
const RANGE = ['192.168.1.100', '192.168.1.241'] as const;
const CONFIG_MAPS = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
const SHARED = 'vipwatch-dhcp-import';
const named = (name: string) => `fieldSelector=metadata.name%3D${name}`;
const skip =
  !programs || imageUnavailable || helmUnavailable() || labUnavailable('kea-dhcp4', 'kea-ctrl-agent');

describe.skipIf(skip)('what one agent reads by URL', () => {
  let bare: BareCluster;
  let cluster: Cluster;
  let agents: Agents;

  beforeAll(async () => {
    bare = await startBareCluster(programs!);
    cluster = bare.cluster;
    const { host } = cluster.node(ASKER);
    await startKea(host, { subnet: '192.168.1.0/24', range: RANGE });
    await startKeaControl(host, LOGIN);
    const helm = await Helm.find();
    agents = await Agents.install(cluster, [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: METALLB_NAMESPACE } },
      ...(await helm.render(VALUES)),
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: SECRET, namespace: NAMESPACE },
        stringData: { password: LOGIN.password },
      },
    ]);
  });

  afterAll(async () => {
    await bare?.[Symbol.asyncDispose]();
  });

  it('is known to another, which cannot ask', async () => {
    const rangesOn = async (node: string) =>
      (await agents.api(node).json<{ items: object[] }>('/api/v1/dhcp-ranges')).items;
    const known = [{ source: 'import', name: 'kea', first: RANGE[0], last: RANGE[1] }];
    await expect.poll(() => rangesOn(READER), { timeout: 60_000 }).toMatchObject(known);
    expect(await rangesOn(ASKER)).toMatchObject(known);
    const { data } = await cluster.api.get<{ data: Record<string, string> }>(`${CONFIG_MAPS}/${SHARED}`);
    expect(Object.keys(data)).toEqual(['kea']);
    expect(JSON.parse(data.kea!)).toMatchObject({ version: 1, ranges: [RANGE.join('-')] });
  });

  it('is passed on by one ConfigMap, and the agents have no right to another', async () => {
    const [pod] = await cluster.api.list<Pod>(VIPWATCH_PODS);
    const api = await cluster.controlPlane.apiWith(await agentToken(cluster, pod!));
    const list = await api.list<{ metadata: { name: string } }>(`${CONFIG_MAPS}?${named(SHARED)}`);
    expect(list.map(({ metadata }) => metadata.name)).toEqual([SHARED]);
    const watched = await api.text('GET', `${CONFIG_MAPS}?watch=true&timeoutSeconds=1&${named(SHARED)}`);
    expect(
      watched
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([{ type: 'ADDED', object: { metadata: { name: SHARED } } }]);
    const change = { data: { other: 'x' } };
    await api.patch(`${CONFIG_MAPS}/${SHARED}?dryRun=All`, change);

    const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
    const refused: Record<string, Promise<unknown>> = {
      'list all': api.list(CONFIG_MAPS),
      'list another': api.list(`${CONFIG_MAPS}?${named('vipwatch')}`),
      'list those of another namespace': api.list(`/api/v1/namespaces/default/configmaps?${named(SHARED)}`),
      'watch all': api.text('GET', `${CONFIG_MAPS}?watch=true&timeoutSeconds=1`),
      'watch another': api.text('GET', `${CONFIG_MAPS}?watch=true&timeoutSeconds=1&${named('vipwatch')}`),
      'patch its configuration': api.patch(`${CONFIG_MAPS}/vipwatch?dryRun=All`, change),
      'patch the certificate': api.patch(`${CONFIG_MAPS}/kube-root-ca.crt?dryRun=All`, change),
      'make one': api.create(`${CONFIG_MAPS}?dryRun=All`, configMap('other')),
      'delete it': api.text('DELETE', `${CONFIG_MAPS}/${SHARED}?dryRun=All`),
    };
    expect(await notForbidden(refused)).toEqual([]);
  });
});
