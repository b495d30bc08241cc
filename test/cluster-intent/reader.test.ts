// The whole client, against an API server that holds a small cluster: what it asks, and the intent that it comes to.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Kind, watchedKinds } from '../../src/cluster/objects/resources.ts';
import { KubernetesIntent } from '../../src/cluster/reader.ts';
import { ApiServer, type Asked, accept, answer } from '../host/kubernetes/api-server.ts';
import { type Cluster, node, SMALL, service } from './objects.ts';

const KINDS = Object.entries(watchedKinds({ metallb: 'metallb-system', agents: 'vipwatch' }));

type Answers = (asked: Asked) => { readonly status: number; readonly message: string } | undefined;

/** Before Kubernetes 1.31, in the words of its API server. */
const KNOWS_NO_SERVICE_TYPE: Answers = ({ path, query }) =>
  path === '/api/v1/services' && query.get('fieldSelector') === 'spec.type=LoadBalancer'
    ? {
        status: 400,
        message:
          'Unable to find "/v1, Resource=services" that match label selector "", field selector ' +
          '"spec.type=LoadBalancer": field label not supported: spec.type',
      }
    : undefined;

let folder: string;
let server: ApiServer;
let client: KubernetesIntent | undefined;
let changed: () => void;
let watches: Map<Kind, Asked>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vipwatch-'));
  server = await ApiServer.start();
  client = undefined;
  changed = () => {};
  watches = new Map();
});

afterEach(async () => {
  client?.stop();
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** Goes on until the server is gone. */
async function serve(objects: Required<Cluster>, refusal: Answers): Promise<void> {
  for (;;) {
    const asked = await server.next();
    const { path, query } = asked;
    const refused = refusal(asked);
    const [kind] =
      KINDS.find(
        ([, watched]) =>
          watched.path === path && (watched.labelSelector ?? null) === query.get('labelSelector'),
      ) ?? [];
    if (refused) answer(asked, refused.status, refused);
    else if (kind === undefined) answer(asked, 404, '404 page not found\n');
    else if (query.has('watch')) {
      accept(asked);
      watches.set(kind as Kind, asked);
    } else answer(asked, 200, { metadata: { resourceVersion: '7' }, items: objects[kind as Kind] });
    changed();
  }
}

function read(objects: Required<Cluster>, refusal: Answers = () => undefined): KubernetesIntent {
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      'current-context': 'test',
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
      clusters: [{ name: 'test', cluster: { server: server.access().server } }],
      users: [{ name: 'test', user: {} }],
    }),
  );
  void serve(objects, refusal);
  client = new KubernetesIntent({
    kubeconfig,
    apiServer: { host: '', port: '' },
    metallbNamespace: 'metallb-system',
    pod: null,
    now: () => performance.now() * 1000,
    onChange: () => changed(),
  });
  return client;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise<void>((resolve) => (changed = resolve));
}

const addresses = (of: KubernetesIntent) =>
  (of.intent()?.vips ?? []).map(({ address, service: name, elector }) => [
    name,
    address,
    elector?.elect()?.node,
  ]);

it.each([
  ['knows a Service’s type as a field', () => undefined, []],
  ['does not, as before Kubernetes 1.31', KNOWS_NO_SERVICE_TYPE, ['list unknown-field']],
] as const)('reads the cluster from an API server that %s', async (_what, refusal, refused) => {
  const others = [
    service('traefik/web', { type: 'ClusterIP', ips: [] }),
    service('traefik/other', { type: 'NodePort', ips: ['192.168.1.243'] }),
  ];
  const reading = read({ ...SMALL, services: [...SMALL.services, ...others] }, refusal);
  await until(() => reading.intent() !== null && reading.confirmedAt() !== null);
  expect(addresses(reading)).toEqual([['traefik/traefik', '192.168.1.240', 'w1']]);
  expect(reading.health()).toMatchObject({ problems: [], doubts: [], skipped: [] });
  const counted = reading.requests().map(({ verb, result }) => `${verb} ${result}`);
  expect(counted.toSorted()).toEqual([...refused, 'list ok', 'watch ok'].toSorted());

  const added = service('mail/smtp', { ips: ['192.168.1.241'] });
  for (const object of [...others, added])
    watches.get('services')!.stream.write(`${JSON.stringify({ type: 'ADDED', object })}\n`);
  await until(() => addresses(reading).length > 1);
  expect(addresses(reading).map(([name]) => name)).toEqual(['traefik/traefik', 'mail/smtp']);
});

it('says that the API server refuses a list for another reason', async () => {
  const message = 'the server is out of order';
  const reading = read({ ...SMALL, nodes: [node('w1')] }, ({ path }) =>
    path === '/api/v1/nodes' ? { status: 400, message } : undefined,
  );
  await until(() => reading.health().problems.some(({ reason }) => reason === 'server-error'));
  expect(reading.health().problems).toContainEqual({
    kind: 'nodes',
    listed: false,
    reason: 'server-error',
    detail: message,
  });
  expect(reading.intent()).toBeNull();
});
