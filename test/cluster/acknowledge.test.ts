// A finding that somebody acknowledges at one agent: a real API server keeps it in one ConfigMap, and all agents show it.
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import type { FindingJson } from '../../lab/api.ts';
import { startAnnouncer } from '../../lab/roles/announcer.ts';
import { HOME_NODES } from './home.ts';
import { addressPool, l2Advertisement } from './objects.ts';
import { imageUnavailable, startWatchedHome, VIPWATCH_NAMESPACE, type WatchedHome } from './vipwatch.ts';

const search = inject('cluster');
const programs = search.ok ? search.programs : undefined;

const TAKEN = '192.168.1.241';
const CONFIG_MAP = `/api/v1/namespaces/${VIPWATCH_NAMESPACE}/configmaps/vipwatch-acknowledgements`;
const ACCOUNTS = '/api/v1/namespaces/default/serviceaccounts';
const ALL = HOME_NODES.map(({ name }) => name);
const SOON = { timeout: 30_000 };

interface Answer {
  readonly status: number;
  readonly body: { readonly detail?: string };
}

describe.skipIf(!programs || imageUnavailable)('acknowledging in a cluster', { timeout: 300_000 }, () => {
  let home: WatchedHome;
  let token: string;
  let path: string;

  beforeAll(async () => {
    home = await startWatchedHome(programs!);
    const { controlPlane } = home.cluster;
    await controlPlane.apply([
      addressPool('main', ['192.168.1.240-192.168.1.245']),
      l2Advertisement('main'),
      account('anna'),
      account('stranger'),
      ...rightsOf('anna'),
    ]);
    token = await tokenOf('anna');
    // A machine that is no node announces an address of the pool: a broadcast, so all agents see it.
    const squatter = await home.lab.host('squatter', {
      mac: '02:00:00:00:00:ee',
      address: '192.168.1.77/24',
    });
    await (await startAnnouncer(squatter)).announce(TAKEN);
    for (const node of ALL) await vi.waitUntil(() => findingOn(node), SOON);
    path = `/api/v1/findings/${(await findingOn('node-1'))!.id}/acknowledge`;
  });

  afterAll(async () => {
    await home?.[Symbol.asyncDispose]();
  });

  const account = (name: string) => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, namespace: 'default' },
  });

  async function tokenOf(name: string): Promise<string> {
    const { status } = await home.cluster.api.create<{ status: { token: string } }>(
      `${ACCOUNTS}/${name}/token`,
      {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { audiences: [], expirationSeconds: 3600 },
      },
    );
    return status.token;
  }

  async function findingOn(node: string): Promise<FindingJson | undefined> {
    return (await home.agents.api(node).findings()).find(
      ({ ip, kind }) => ip === TAKEN && kind === 'pool-address-taken',
    );
  }

  /** By node, as each agent shows it. */
  const shown = async () =>
    Object.fromEntries(
      await Promise.all(ALL.map(async (node) => [node, (await findingOn(node))?.acknowledged])),
    );
  const everywhere = (acknowledged: unknown) => Object.fromEntries(ALL.map((node) => [node, acknowledged]));
  const kept = async () =>
    Object.values((await home.cluster.api.get<{ data?: Record<string, string> }>(CONFIG_MAP)).data ?? {});

  const by = 'system:serviceaccount:default:anna';
  const asked = (comment: string) => ({ comment, until: '8h' });

  it('is for whoever has the right, and nobody else', async () => {
    const stranger = await tokenOf('stranger');
    expect(await ask('node-1', 'post', undefined, asked('mine'))).toMatchObject({ status: 401 });
    expect(await ask('node-1', 'post', stranger, asked('mine'))).toMatchObject({ status: 403 });
    expect(await ask('node-1', 'delete', stranger)).toMatchObject({ status: 403 });
    expect([await kept(), await shown()]).toEqual([[], everywhere(null)]);
  });

  it('at one agent is shown by all three, and taken back at another', async () => {
    const { status, body } = await ask('node-2', 'post', token, asked('the printer moves at six'));
    expect([status, body]).toEqual([
      200,
      expect.objectContaining({ by, comment: 'the printer moves at six' }),
    ]);
    // Where it was said at once, elsewhere as soon as the API server has told.
    expect((await findingOn('node-2'))!.acknowledged).toEqual(body);
    await expect.poll(shown, SOON).toEqual(everywhere(body));
    expect((await kept()).map((text) => JSON.parse(text))).toEqual([
      expect.objectContaining({ version: 1, severity: 'warning', ...body }),
    ]);
    expect(await ask('node-3', 'delete', token)).toMatchObject({ status: 200 });
    await expect.poll(shown, SOON).toEqual(everywhere(null));
    expect(await kept()).toEqual([]);
  });

  it('at three agents at once is one, and what they say of others stays', async () => {
    const of = { finding: 'other', severity: 'warning', confirmed: true, service: null, macs: null };
    const other = { version: 1, ...of, by: null, comment: 'as it was' };
    const at = new Date().toISOString();
    const until = new Date(Date.now() + 60_000).toISOString();
    const key = 'd9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa';
    await home.cluster.api.patch(CONFIG_MAP, { data: { [key]: JSON.stringify({ ...other, at, until }) } });
    const answers = await Promise.all(ALL.map((node) => ask(node, 'post', token, asked(`said at ${node}`))));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const texts = (await kept()).map((text) => JSON.parse(text) as { finding: string; comment: string });
    expect(texts.map(({ comment }) => comment)).toEqual(
      expect.arrayContaining(['as it was', expect.stringMatching(/^said at node-\d$/)]),
    );
    expect(texts).toHaveLength(2);
    const { comment } = texts.find(({ finding }) => finding !== 'other')!;
    await expect.poll(shown, SOON).toEqual(everywhere(expect.objectContaining({ comment })));
  });

  it('lasts where an agent is restarted', async () => {
    const before = (await findingOn('node-1'))!.acknowledged;
    expect(before).not.toBeNull();
    const agent = home.agents.process('node-1');
    await agent.signal('SIGKILL');
    await agent.exited;
    await expect
      .poll(() => findingOn('node-1').catch(() => undefined), { timeout: 60_000 })
      .toMatchObject({ acknowledged: before });
  });

  async function ask(
    node: string,
    method: 'post' | 'delete',
    bearer?: string,
    body?: object,
  ): Promise<Answer> {
    const api = home.agents.api(node);
    const answer = await (method === 'post' ? api.post(path, body, bearer) : api.delete(path, bearer));
    return { status: answer.status, body: JSON.parse(answer.body) };
  }
});

function rightsOf(name: string): object[] {
  const metadata = { name: 'failover-tester', namespace: VIPWATCH_NAMESPACE };
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: metadata.name };
  const rules = [{ apiGroups: ['vipwatch.dev'], resources: ['failovertests'], verbs: ['create', 'delete'] }];
  const subjects = [{ kind: 'ServiceAccount', name, namespace: 'default' }];
  return [
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata, rules },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata, roleRef, subjects },
  ];
}
