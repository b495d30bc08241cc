// Who may ask an agent for a failover test, as a real API server says it: by TokenReview and SubjectAccessReview, with the
// rights that the agents are installed with.
import { sign } from 'node:crypto';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { PROJECT_FOLDER } from '../../lab/tools.ts';
import { type BareCluster, startBareCluster } from './bare-cluster.ts';
import type { Cluster } from './cluster.ts';
import { HOME_NODES } from './home.ts';
import { METALLB_NAMESPACE } from './metallb.ts';
import { Agents, imageUnavailable, VIPWATCH_NAMESPACE } from './vipwatch.ts';

const search = inject('cluster');
const programs = search.ok ? search.programs : undefined;

const NODE = HOME_NODES[0]!;
const ACCOUNTS = '/api/v1/namespaces/default/serviceaccounts';
const TESTS = '/api/v1/failover-tests';
/** The API server takes its time to start. */
const RECOVERY = { timeout: 90_000, interval: 500 };

interface Answer {
  readonly status: number;
  readonly detail: string;
}

describe.skipIf(!programs || imageUnavailable)('authorization by the cluster', { timeout: 300_000 }, () => {
  let bare: BareCluster;
  let cluster: Cluster;
  let agents: Agents;
  const shown: string[] = [];

  beforeAll(async () => {
    bare = await startBareCluster(programs!, [NODE]);
    cluster = bare.cluster;
    await cluster.controlPlane.apply([
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: METALLB_NAMESPACE } },
    ]);
    agents = await Agents.install(cluster);
    await cluster.controlPlane.apply([
      account('tester'),
      account('stranger'),
      role('failover-tester', ['create', 'delete']),
      binding('failover-tester', 'tester'),
    ]);
  });

  afterAll(async () => {
    await bare?.[Symbol.asyncDispose]();
  });

  const account = (name: string) => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, namespace: 'default' },
  });
  const role = (name: string, verbs: readonly string[]) => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name, namespace: VIPWATCH_NAMESPACE },
    rules: [{ apiGroups: ['vipwatch.dev'], resources: ['failovertests'], verbs }],
  });
  const binding = (name: string, user: string) => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name, namespace: VIPWATCH_NAMESPACE },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name: user, namespace: 'default' }],
  });

  async function tokenOf(name: string, audiences: readonly string[] = []): Promise<string> {
    const { status } = await cluster.api.create<{ status: { token: string } }>(`${ACCOUNTS}/${name}/token`, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences, expirationSeconds: 3600 },
    });
    shown.push(status.token);
    return status.token;
  }

  /** The same token, as it would be an hour after its end. */
  async function expired(token: string): Promise<string> {
    const key = await cluster.controlPlane.host.readFile('/run/lab/service-account.key');
    const [header = '', payload = ''] = token.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, number>;
    const [iat, nbf, exp] = ['iat', 'nbf', 'exp'].map((claim) => claims[claim]! - 7_200);
    const body = Buffer.from(JSON.stringify({ ...claims, iat, nbf, exp })).toString('base64url');
    const signature = sign('sha256', Buffer.from(`${header}.${body}`), { key, dsaEncoding: 'ieee-p1363' });
    return `${header}.${body}.${signature.toString('base64url')}`;
  }

  /** Asks as whoever has the token; again, where that was too often. */
  async function ask(method: 'POST' | 'DELETE', token: string | null, body?: object): Promise<Answer> {
    for (;;) {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        const { socketPath } = agents.api(NODE.name);
        const path = method === 'POST' ? TESTS : `${TESTS}/none`;
        const call = request({ socketPath, method, path }, resolve).on('error', reject);
        if (token !== null) call.setHeader('authorization', `Bearer ${token}`);
        if (body) call.setHeader('content-type', 'application/json');
        call.end(body && JSON.stringify(body));
      });
      const { detail = '' } = JSON.parse(await text(response)) as { detail?: string };
      const status = response.statusCode ?? 0;
      if (status !== 429) return { status, detail };
      await delay(Number(response.headers['retry-after']) * 1000);
    }
  }

  /** Of nothing that could be tested: whoever may ask is told so, and nobody else gets as far as that. */
  const askForNothing = (token: string | null) => ask('POST', token, { vip: 'nothing' });

  it('lets in who has the right, for each verb', async () => {
    const token = await tokenOf('tester');
    expect(await askForNothing(token)).toEqual({
      status: 400,
      detail: 'vip: "nothing" is not the address of a VIP',
    });
    expect(await ask('DELETE', token)).toEqual({ status: 404, detail: 'there is no failover test none' });
  });

  it('writes down who asked', async () => {
    const { host } = cluster.node(NODE.name);
    await host.writeFile('/run/lab/tester', await tokenOf('tester'), 0o600);
    const program = `${PROJECT_FOLDER}/bin/vipwatch` as const;
    const command = ['failover-test', '10.0.0.1', '--watch', '--token-file', '/run/lab/tester'];
    const asked = host.spawn([program, ...command]);
    expect(await asked.exited).toMatchObject({ code: 2 });
    expect(asked.output.map(({ text: line }) => line).join('\n')).toMatch(
      /REFUSED: 10\.0\.0\.1\. .*10\.0\.0\.1 is not a watched VIP\.$/,
    );
    const tests = `/apis/vipwatch.dev/v1alpha1/namespaces/${VIPWATCH_NAMESPACE}/failovertests`;
    const requestedBy = 'system:serviceaccount:default:tester';
    expect(await cluster.api.list(tests)).toMatchObject([
      { spec: { vip: '10.0.0.1' }, status: { requestedBy } },
    ]);
    // Nobody can say so themselves.
    const forged = await cluster.api.create<object>(tests, {
      apiVersion: 'vipwatch.dev/v1alpha1',
      kind: 'FailoverTest',
      metadata: { name: 'forged' },
      spec: { vip: '10.0.0.2', requestedBy },
      status: { requestedBy },
    });
    expect(JSON.stringify({ ...forged, metadata: {} })).not.toContain('tester');
  });

  it('tells who has no right which one it is', async () => {
    const token = await tokenOf('stranger');
    for (const [method, verb] of [
      ['POST', 'create'],
      ['DELETE', 'delete'],
    ] as const) {
      expect(await ask(method, token)).toEqual({
        status: 403,
        detail: `system:serviceaccount:default:stranger may not ${verb} failovertests.vipwatch.dev in the namespace ${VIPWATCH_NAMESPACE}`,
      });
    }
  });

  it('knows no token that has expired, is for another audience, was changed or made up', async () => {
    const token = await tokenOf('tester');
    const tokens = [
      await expired(token),
      await tokenOf('tester', ['https://elsewhere']),
      `${token.slice(0, -8)}AAAAAAAA`,
      'made-up',
    ];
    shown.push(...tokens);
    for (const one of tokens) expect((await askForNothing(one)).status).toBe(401);
    expect((await askForNothing(null)).status).toBe(401);
  });

  it('forgets a right that was taken away', async () => {
    const token = await tokenOf('tester');
    expect((await askForNothing(token)).status).toBe(400);
    const roles = `/apis/rbac.authorization.k8s.io/v1/namespaces/${VIPWATCH_NAMESPACE}/roles`;
    await cluster.api.patch(`${roles}/failover-tester`, { rules: [] });
    await vi.waitFor(async () => expect((await askForNothing(token)).status).toBe(403), RECOVERY);
    await cluster.controlPlane.apply([role('failover-tester', ['create', 'delete'])]);
    await vi.waitFor(async () => expect((await askForNothing(token)).status).toBe(400), RECOVERY);
  });

  it('lets nobody in while the API server is away, and says why', async () => {
    const tokens = [await tokenOf('tester'), await tokenOf('tester')];
    await cluster.controlPlane.stopApiServer();
    const { status, detail } = await askForNothing(tokens[0]!);
    expect(status).toBe(503);
    expect(detail).toMatch(/the API server (cannot be reached|does not answer in time)/);
    await cluster.controlPlane.startApiServer();
    await vi.waitFor(async () => expect((await askForNothing(tokens[1]!)).status).toBe(400), RECOVERY);
  });

  it('lets nobody in where it may not ask the API server itself, and says so', async () => {
    const roles = '/apis/rbac.authorization.k8s.io/v1/clusterroles/vipwatch';
    const { rules } = await cluster.api.get<{ rules: { resources: string[] }[] }>(roles);
    await cluster.api.patch(roles, {
      rules: rules.filter(({ resources }) => !resources.includes('tokenreviews')),
    });
    await vi.waitFor(async () => {
      const { status, detail } = await askForNothing(await tokenOf('tester'));
      expect(status).toBe(503);
      expect(detail).toContain('the API server does not allow vipwatch to ask');
    }, RECOVERY);
    await cluster.api.patch(roles, { rules });
  });

  it('has told no token to its log', async () => {
    const log = agents
      .process(NODE.name)
      .output.map(({ text: line }) => line)
      .join('\n');
    expect(log).toContain('Watching');
    expect(shown.length).toBeGreaterThan(8);
    for (const token of shown) {
      expect(log).not.toContain(token);
      expect(log).not.toContain(token.split('.').at(-1));
    }
  });
});
