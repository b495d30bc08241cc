// `vipwatch check` against a real API server: what its admission adds, and each right taken away in turn. MetalLB, Longhorn and
// Cilium do not run here: their kinds are there, with as much of them as is read.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Lab } from '../../lab/lab.ts';
import { PROJECT_FOLDER } from '../../lab/tools.ts';
import { KIND_KEYS, KINDS, type KindKey } from '../../src/check/model/kinds.ts';
import { trimPodSpec } from '../../src/check/model/pod-spec.ts';
import { RULES, type RuleId } from '../../src/check/rules/catalogue.ts';
import { type Raw, WEB } from '../check/home.ts';
import { TWO_NODES } from './bare-cluster.ts';
import { serveCheckedKinds, serveWeb } from './check-kinds.ts';
import { Cluster } from './cluster.ts';

const search = inject('cluster');
const programs = search.ok ? search.programs : undefined;

const NAMESPACE = 'checker';
/** Everything that is read, but for what the key names. */
const USERS: readonly (KindKey | 'nothing')[] = ['nothing', ...KIND_KEYS];

interface Line {
  readonly type: string;
  readonly id: RuleId;
  readonly status: string;
  readonly message: string;
}

function rightsOf(user: (typeof USERS)[number]): Raw[] {
  const name = `without-${user}`;
  const rules = KIND_KEYS.filter((key) => key !== user).map((key) => ({
    apiGroups: [KINDS[key].group],
    resources: [KINDS[key].path.split('/').at(-1)],
    verbs: ['list'],
  }));
  const subject = { kind: 'ServiceAccount', name, namespace: NAMESPACE };
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: NAMESPACE } },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name }, rules },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name },
      subjects: [subject],
      roleRef,
    },
  ];
}

describe.skipIf(!programs)('vipwatch check', { timeout: 300_000 }, () => {
  let stack: AsyncDisposableStack;
  let cluster: Cluster;

  beforeAll(async () => {
    stack = new AsyncDisposableStack();
    const lab = stack.use(await Lab.create());
    cluster = stack.use(await Cluster.create(lab, { programs: programs!, nodes: TWO_NODES }));
    await serveCheckedKinds(cluster, ['web', NAMESPACE]);
    await cluster.controlPlane.apply([
      ...USERS.flatMap(rightsOf),
      // No controller manager makes it.
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'web' } },
      waitingPod(),
    ]);
    await serveWeb(cluster);
  });

  afterAll(async () => {
    await stack?.disposeAsync();
  });

  /** Bare, and placed nowhere, so that nothing happens to it. */
  function waitingPod(): Raw {
    const containers = [{ name: 'web', image: 'web:1' }];
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'solo', namespace: 'web', labels: WEB },
      spec: { containers },
    };
  }

  /** As somebody who may list everything but that. */
  async function check(user: (typeof USERS)[number]): Promise<Line[]> {
    const path = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/without-${user}/token`;
    const { status } = await cluster.api.create<{ status: { token: string } }>(path, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences: [], expirationSeconds: 3600 },
    });
    const { host, address, port, certificate } = cluster.controlPlane;
    const ca = Buffer.from(certificate).toString('base64');
    const kubeconfig = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        { name: 'lab', cluster: { server: `https://${address}:${port}`, 'certificate-authority-data': ca } },
      ],
      users: [{ name: 'u', user: { token: status.token } }],
      contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'u' } }],
      'current-context': 'lab',
    };
    const file = `/run/lab/check-${user}.kubeconfig` as const;
    await host.writeFile(file, JSON.stringify(kubeconfig));
    const words = ['check', '--kubeconfig', file, '--dhcp-range', '192.168.1.2-192.168.1.253'];
    const { stdout } = await host.run(
      [`${PROJECT_FOLDER}/bin/vipwatch`, ...words, '--output', 'json', '--fail-on', 'never'],
      { timeoutMs: 60_000 },
    );
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
    return lines.filter(({ type }) => type === 'check');
  }

  it('lists every kind of a real API server, and judges by it', async () => {
    const results = await check('nothing');
    expect(results.filter(({ message }) => message.startsWith('cannot list'))).toEqual([]);
    expect(results.filter(({ message }) => message.startsWith('the cluster does not serve'))).toEqual([]);
    const told = results.filter(({ status }) => !['ok', 'skipped'].includes(status));
    expect(told.map(({ id, status }) => `${status} ${id}`)).toEqual([
      'critical pool-in-dhcp-range',
      'warning one-endpoint-node',
      'warning slow-eviction',
    ]);
  });

  it('reads the tolerations that admission adds', async () => {
    const { spec } = await cluster.api.get<{ spec: unknown }>('/api/v1/namespaces/web/pods/solo');
    expect(
      trimPodSpec(spec)
        .tolerations.map(({ key, seconds }) => [key, seconds])
        .toSorted(),
    ).toEqual([
      ['node.kubernetes.io/not-ready', 300],
      ['node.kubernetes.io/unreachable', 300],
    ]);
  });

  it('says of each right that is taken away what is not checked for it', async () => {
    for (const key of KIND_KEYS) {
      const results = await check(key);
      const skipped = results.filter(({ message }) => message === `cannot list ${key}: forbidden`);
      const needing = (Object.keys(RULES) as RuleId[]).filter((id) =>
        (RULES[id].needs as readonly KindKey[]).includes(key),
      );
      expect(
        skipped.map(({ id }) => id),
        key,
      ).toEqual(expect.arrayContaining(needing));
      for (const id of needing)
        expect(
          results.filter((result) => result.id === id).map(({ status }) => status),
          `${id} without ${key}`,
        ).toEqual(['skipped']);
    }
  });
});
