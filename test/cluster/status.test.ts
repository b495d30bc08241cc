// `vipwatch status` by a kubeconfig: the agents of three nodes, asked through the API server's proxy to their Pods, while one is down.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { PROJECT_FOLDER } from '../../lab/tools.ts';
import type { Status } from '../../src/cli/status.ts';
import { HOME_NODES } from './home.ts';
import { untilAnnouncedBy } from './metallb.ts';
import { addressPool, endpointSlice, l2Advertisement, loadBalancer } from './objects.ts';
import { imageUnavailable, startWatchedHome, VIPWATCH_NAMESPACE, type WatchedHome } from './vipwatch.ts';

const USER = 'onlooker';
/** What docs/commands.md says that it takes. */
const RULES = [
  { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] },
  { apiGroups: [''], resources: ['pods/proxy'], verbs: ['get'] },
];

const search = inject('cluster');
const programs = search.ok ? search.programs : undefined;

describe.skipIf(!programs || imageUnavailable)('vipwatch status', () => {
  let home: WatchedHome;

  beforeAll(async () => {
    home = await startWatchedHome(programs!);
    const { controlPlane } = home.cluster;
    // Pods are asked by their addresses, which are on the LAN: the way there is that to their nodes.
    for (const [i, { address }] of HOME_NODES.entries())
      await controlPlane.host.run(['ip', 'route', 'add', `${address}/32`, 'via', `10.255.0.${11 + i}`]);
    await controlPlane.apply([
      addressPool('main', ['192.168.1.240-192.168.1.245']),
      l2Advertisement('main'),
      endpointSlice('web', [{ node: 'node-1', address: '10.244.1.2' }]),
      loadBalancer('web'),
      ...rightsOf(USER),
    ]);
    await untilAnnouncedBy(home.cluster, 'web');
  });

  afterAll(async () => {
    await home?.[Symbol.asyncDispose]();
  });

  async function status(): Promise<{ code: number; status: Status }> {
    const { controlPlane } = home.cluster;
    const file = `/run/lab/${USER}.kubeconfig` as const;
    await controlPlane.host.writeFile(file, JSON.stringify(await kubeconfig()));
    const words = [`${PROJECT_FOLDER}/bin/vipwatch`, 'status', '--kubeconfig', file, '--output', 'json'];
    const { stdout } = await controlPlane.host.run(['sh', '-c', '"$@"; echo $?', 'sh', ...words], {
      timeoutMs: 60_000,
    });
    const [json = '', code] = stdout.trim().split('\n');
    return { code: Number(code), status: JSON.parse(json) as Status };
  }

  async function kubeconfig(): Promise<object> {
    const { controlPlane, api } = home.cluster;
    const path = `/api/v1/namespaces/${VIPWATCH_NAMESPACE}/serviceaccounts/${USER}/token`;
    const made = await api.create<{ status: { token: string } }>(path, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences: [], expirationSeconds: 3600 },
    });
    const { address, port, certificate } = controlPlane;
    const ca = Buffer.from(certificate).toString('base64');
    return {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        { name: 'lab', cluster: { server: `https://${address}:${port}`, 'certificate-authority-data': ca } },
      ],
      users: [{ name: 'u', user: { token: made.status.token } }],
      contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'u' } }],
      'current-context': 'lab',
    };
  }

  it('asks all three, and says of the one VIP what they see', async () => {
    await expect.poll(async () => (await status()).status.vips, { timeout: 60_000 }).toMatchObject({ up: 1 });
    const { code, status: all } = await status();
    expect(code).toBe(0);
    expect(all).toMatchObject({
      vips: { total: 1, up: 1, down: 0 },
      critical: 0,
      findings: [],
      notAsked: [],
    });
    expect(all.agents.map(({ name, ready }) => [name, ready])).toEqual(
      HOME_NODES.map(({ name }) => [name, true]),
    );
  });

  it('is right while one of them is down, which it names', async () => {
    const { kubelet } = home.cluster.node('node-2');
    kubelet.pause();
    const agent = home.agents.process('node-2');
    await agent.signal('SIGKILL');
    await agent.exited;
    const { code, status: others } = await status();
    expect(code).toBe(0);
    expect(others).toMatchObject({ verdict: 'warning', vips: { total: 1, up: 1 }, critical: 0 });
    expect(others.agents.map(({ name }) => name)).toEqual(['node-1', 'node-3']);
    expect(others.notAsked).toEqual([
      { name: 'node-2', reason: expect.stringContaining('connection refused') },
    ]);
    kubelet.resume();
  });
});

/** The least that it takes. */
function rightsOf(name: string): object[] {
  const metadata = { name, namespace: VIPWATCH_NAMESPACE };
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name };
  const subjects = [{ kind: 'ServiceAccount', ...metadata }];
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name }, rules: RULES },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef,
      subjects,
    },
  ];
}
