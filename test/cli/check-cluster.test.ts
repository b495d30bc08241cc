// `vipwatch check` against a live cluster: an API server of the test's own, which forbids, pages, and answers slowly.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readObjects } from '../../src/check/cluster/reading.ts';
import { Inventory } from '../../src/check/model/inventory.ts';
import { KIND_KEYS, KINDS, type KindKey } from '../../src/check/model/kinds.ts';
import { readLogs } from '../../src/cli/check-logs.ts';
import { UserClient } from '../../src/host/kubernetes/user-client.ts';
import { claim, clusterOf, deployment, pod, pool, type Raw, service, TIDY } from '../check/home.ts';

const folder = mkdtempSync(join(tmpdir(), 'vipwatch-cluster-'));
/** What the next request is answered with, by its path; undefined: the tidy cluster's objects, two a page. */
let answers: (path: string, response: ServerResponse) => boolean = () => false;
const asked: { path: string; query: URLSearchParams; authorization: string | undefined }[] = [];
let server: Server;
let kubeconfig: string;

function itemsOf(path: string): readonly Raw[] {
  const key = KIND_KEYS.find((one) => KINDS[one].path === path);
  return key === undefined ? [] : TIDY.filter(({ kind }) => kind === KINDS[key].kind).map(withoutKind);
}

/** As the API lists them. */
function withoutKind({ apiVersion: _, kind: __, ...rest }: Raw): Raw {
  return rest;
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url!, 'http://api');
  asked.push({
    path: url.pathname,
    query: url.searchParams,
    authorization: request.headers.authorization,
  });
  if (answers(url.pathname, response)) return;
  const all = itemsOf(url.pathname);
  const from = Number(url.searchParams.get('continue') ?? 0);
  const next = from + 2 < all.length ? String(from + 2) : '';
  response.end(JSON.stringify({ metadata: { continue: next }, items: all.slice(from, from + 2) }));
}

function refuse(response: ServerResponse, status: number, message = 'no'): boolean {
  response.statusCode = status;
  response.end(JSON.stringify({ kind: 'Status', message }));
  return true;
}

function writeKubeconfig(name: string, address: string, user: Raw = { token: 'sesame' }): string {
  const path = join(folder, name);
  const cluster = { server: address, 'insecure-skip-tls-verify': true };
  const contexts = ['home', 'other'].map((context) => ({
    name: context,
    context: { cluster: 'c', user: 'u' },
  }));
  const config = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'home', contexts },
    ...{ clusters: [{ name: 'c', cluster }], users: [{ name: 'u', user }] },
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}

beforeAll(async () => {
  server = createServer(answer);
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  kubeconfig = writeKubeconfig('config', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

afterAll(() => {
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true });
});

async function read(
  options: Partial<ConstructorParameters<typeof UserClient>[0]> = {},
  most = Number.POSITIVE_INFINITY,
) {
  const inventory = new Inventory(false);
  asked.length = 0;
  const client = new UserClient({ kubeconfig, ...options });
  const awayFor = await readObjects(client, inventory, { atOnce: 2, most });
  const unknown = KIND_KEYS.flatMap((key) => inventory.whyUnknown(key) ?? []);
  return { inventory, awayFor, unknown };
}

describe('a live cluster', () => {
  it('is listed whole, page by page, with the token of the kubeconfig', async () => {
    answers = () => false;
    const { inventory, awayFor, unknown } = await read();
    expect([awayFor, unknown]).toEqual([null, []]);
    expect(inventory.size).toBe(TIDY.length);
    expect(inventory.list('nodes').map(({ name }) => name)).toEqual(['w1', 'w2']);
    expect(new Set(asked.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer sesame']));
    const pods = asked.filter(({ path }) => path === KINDS.pods.path);
    expect(pods.map(({ query }) => [query.get('limit'), query.get('continue')])).toEqual([
      ['100', null],
      ['100', '2'],
      ['100', '4'],
    ]);
  });

  it('asks for no Secret, and of ConfigMaps and Events for those alone that it reads', async () => {
    answers = () => false;
    await read();
    const paths = new Set(asked.map(({ path }) => path));
    expect([...paths].toSorted()).toEqual(KIND_KEYS.map((key) => KINDS[key].path).toSorted());
    expect([...paths].filter((path) => /secret/i.test(path))).toEqual([]);
    const selected = asked.filter(({ query }) => query.has('fieldSelector'));
    expect(selected.map(({ path, query }) => [path, query.get('fieldSelector')]).toSorted()).toEqual([
      ['/api/v1/events', 'reason=FailedAttachVolume'],
      ['/api/v1/namespaces/kube-system/configmaps', 'metadata.name=kube-proxy'],
    ]);
  });

  it.each(['nodes', 'ipaddresspools', 'persistentvolumes'] satisfies KindKey[])(
    'whose %s are forbidden says so of them alone',
    async (key) => {
      answers = (path, response) => path === KINDS[key].path && refuse(response, 403);
      const { awayFor, unknown } = await read();
      expect([awayFor, unknown]).toEqual([null, [`cannot list ${key}: forbidden`]]);
    },
  );

  it('without a kind does not serve it', async () => {
    answers = (path, response) => path === KINDS.ipaddresspools.path && refuse(response, 404);
    expect((await read()).unknown).toEqual(['the cluster does not serve IPAddressPool']);
  });

  it('that fails says what it was told, in a line', async () => {
    answers = (path, response) => path === KINDS.nodes.path && refuse(response, 500, 'etcd\nis \u0007away');
    expect((await read()).unknown).toEqual(['cannot list nodes: HTTP 500: etcd']);
  });

  it('that answers no JSON says so', async () => {
    answers = (path, response) => {
      if (path !== KINDS.nodes.path) return false;
      response.end('<html>');
      return true;
    };
    expect((await read()).unknown).toEqual([expect.stringMatching(/^cannot list nodes: Unexpected token/)]);
  });

  it('that answers slowly is given up for that kind', async () => {
    answers = (path) => path === KINDS.nodes.path;
    expect((await read({ answerWithinMs: 1_500 })).unknown).toEqual([
      'cannot list nodes: no answer within 1.5 s',
    ]);
  });

  it('that breaks off in the middle of its pages leaves nothing of the kind known', async () => {
    let pages = 0;
    answers = (path, response) => path === KINDS.pods.path && ++pages > 1 && refuse(response, 410);
    const { inventory, unknown } = await read();
    expect(unknown).toEqual(['cannot list pods: HTTP 410: no']);
    expect(inventory.list('pods')).toEqual([]);
  });

  it('that is larger than there is room for is read as far as there is, and not on', async () => {
    answers = (path, response) => {
      if (path !== KINDS.pods.path) return false;
      const items = TIDY.filter(({ kind }) => kind === 'Pod');
      response.end(JSON.stringify({ items: items.slice(0, 2), metadata: { continue: 'more' } }));
      return true;
    };
    const { inventory, unknown } = await read({}, 3);
    expect(unknown).toContain('too many pods: there is room for 3 objects in all');
    expect(inventory.size).toBeLessThanOrEqual(3);
    expect(asked.filter(({ path }) => path === KINDS.pods.path).length).toBeLessThanOrEqual(2);
  });

  it('that is away is told of in one line', async () => {
    const away = writeKubeconfig('away', 'http://127.0.0.1:1');
    const { awayFor, unknown } = await read({ kubeconfig: away });
    expect(awayFor).toBe('no program listens there');
    expect(unknown).toHaveLength(KIND_KEYS.length);
  });
});

describe('the kubeconfig', () => {
  it('may run a plugin', async () => {
    answers = () => false;
    const credential = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: 'from-the-plugin' },
    };
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      args: ['-e', `console.log(${JSON.stringify(JSON.stringify(credential))})`],
      interactiveMode: 'Never',
    };
    const { port } = server.address() as AddressInfo;
    await read({ kubeconfig: writeKubeconfig('exec', `http://127.0.0.1:${port}`, { exec }) });
    expect(asked[0]!.authorization).toBe('Bearer from-the-plugin');
  });

  it('whose plugin fails lists nothing, and says why', async () => {
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: '/none',
      interactiveMode: 'Never',
    };
    const { port } = server.address() as AddressInfo;
    const { unknown } = await read({
      kubeconfig: writeKubeconfig('bad', `http://127.0.0.1:${port}`, { exec }),
    });
    expect(new Set(unknown).size).toBeGreaterThan(0);
    expect(unknown[0]).toMatch(/^cannot list nodes: .*\/none/);
  });

  it('has the context that is asked for', () => {
    expect(() => new UserClient({ kubeconfig, context: 'other' })).not.toThrow();
    expect(() => new UserClient({ kubeconfig, context: 'none' })).toThrow(
      'There is no context "none": the kubeconfig has home, other',
    );
  });

  it('that is none says so', () => {
    const broken = join(folder, 'broken');
    writeFileSync(broken, 'a: [');
    expect(() => new UserClient({ kubeconfig: broken })).toThrow(/broken cannot be read: /);
    expect(() => new UserClient({ kubeconfig: join(folder, 'absent') })).toThrow(/absent cannot be read: /);
  });
});

describe('logs', () => {
  const spec = {
    containers: [
      { name: 'web', volumeMounts: [{ name: 'data', mountPath: '/data' }] },
      { name: 'sidecar', volumeMounts: [] },
    ],
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
  };
  const crashes = {
    status: { containerStatuses: [{ state: { waiting: { reason: 'CrashLoopBackOff' } } }] },
  };
  const LOG = '/api/v1/namespaces/web/pods/web-b/log';

  /** Two Pods that mount a volume, one of which crashes. */
  async function logsOf(answerLog: (path: string, response: ServerResponse) => boolean) {
    answers = answerLog;
    asked.length = 0;
    const cluster = clusterOf({
      objects: [
        deployment('web/web', {}, spec),
        pod('web/web-a', 'w1', { spec }),
        pod('web/web-b', 'w2', { ...crashes, spec }),
        claim('web/data'),
      ],
    });
    return await readLogs(cluster, new UserClient({ kubeconfig }), () => {});
  }

  it('are read of the Pods that mount volumes, first of those that crash, and kept where they tell', async () => {
    const { lines, failed } = await logsOf((path, response) => {
      response.end(path === LOG ? 'starting\nopen /data/x: permission denied\n' : 'all is well\n');
      return true;
    });
    expect(asked.map(({ path, query }) => [path, query.get('container'), query.get('previous')])).toEqual([
      [LOG, 'web', 'true'],
      [LOG, 'web', null],
      ['/api/v1/namespaces/web/pods/web-a/log', 'web', null],
    ]);
    expect(asked[0]!.query.get('limitBytes')).toBe('262144');
    expect([...lines]).toEqual([
      ['web/web-b', ['open /data/x: permission denied', 'open /data/x: permission denied']],
      ['web/web-a', []],
    ]);
    expect([...failed]).toEqual([]);
  });

  it('that are forbidden say so, and one of before a restart that is gone does not matter', async () => {
    const forbidden = await logsOf((_, response) => refuse(response, 403));
    expect([...forbidden.failed.values()]).toEqual([
      'the log of Pod web/web-b cannot be read: forbidden',
      'the log of Pod web/web-a cannot be read: forbidden',
    ]);
    let reads = 0;
    const { failed } = await logsOf((_, response) => {
      if (++reads === 1) return refuse(response, 400, 'previous terminated container not found');
      response.end('');
      return true;
    });
    expect([...failed]).toEqual([]);
  });

  it('that never end are read no further than they may be', async () => {
    const { lines } = await logsOf((_, response) => {
      const line = `${'x'.repeat(8_000)} permission denied\n`;
      const write = () => {
        while (!response.destroyed && response.write(line));
        if (!response.destroyed) response.once('drain', write);
      };
      write();
      return true;
    });
    expect(lines.get('web/web-a')).toHaveLength(5);
  });
});

describe('a cluster with files applied', () => {
  it('keeps what manifests leave to it: the address of a Service, and the volume of a claim', async () => {
    answers = (path, response) => {
      if (path !== KINDS.persistentvolumeclaims.path) return false;
      response.end(
        JSON.stringify({
          items: [claim('web/data', { metadata: { creationTimestamp: '2026-01-01T00:00:00Z' } })],
        }),
      );
      return true;
    };
    const { inventory } = await read();
    const source = { file: 'new.yaml', line: 1 };
    inventory.add(service('web/web', null, { spec: { externalTrafficPolicy: 'Local' } }), source);
    inventory.add(claim('web/data', { spec: { volumeName: undefined } }), source);
    expect(inventory.get('services', 'web/web')).toMatchObject({
      ...{ ingress: ['192.168.1.240'], local: true, source },
      forElection: { ingress: ['192.168.1.240'], local: true },
    });
    expect(inventory.get('persistentvolumeclaims', 'web/data')).toMatchObject({
      ...{ volume: 'pv-1', createdMs: Date.UTC(2026, 0, 1), source },
    });
  });

  it('is what the files say, where both speak', async () => {
    answers = () => false;
    const { inventory } = await read();
    inventory.add(pool('main-pool', ['192.168.1.1-192.168.1.9']), { file: 'new.yaml', line: 3 });
    const [main, ...others] = inventory.list('ipaddresspools');
    expect([main!.source, others]).toEqual([{ file: 'new.yaml', line: 3 }, []]);
  });
});
