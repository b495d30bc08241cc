// The intent from a real API server: one agent on a node, with the rights that it is installed with and no others. MetalLB
// itself does not run here: what its controller and speakers would write, the tests write.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { Api } from '../../lab/api.ts';
import { Lab } from '../../lab/lab.ts';
import type { LabProcess } from '../../lab/process.ts';
import { apiOf } from '../../lab/roles/tunnel.ts';
import { PROJECT_FOLDER } from '../../lab/tools.ts';
import { Cluster } from './cluster.ts';
import { METALLB_NAMESPACE } from './metallb.ts';
import { addressPool, loadBalancer } from './objects.ts';
import type { Pod } from './pod.ts';

const search = inject('cluster');
const programs = search.ok ? search.programs : undefined;

const NODE = { name: 'node-1', address: '192.168.1.11', mac: '02:00:00:00:00:11' };
const NAMESPACE = 'vipwatch';
const POD = 'vipwatch-node-1';
const SERVICES = '/api/v1/namespaces/default/services';
const TOKEN = '/run/lab/vipwatch-token';
const KUBECONFIG = '/run/lab/vipwatch.kubeconfig';
const CONFIG = '/run/lab/vipwatch.yaml';
const RIGHTS = new Set([
  'Namespace',
  'CustomResourceDefinition',
  'ServiceAccount',
  'ClusterRole',
  'ClusterRoleBinding',
  'Role',
  'RoleBinding',
]);
/** The API server takes its time to start, and the agent up to 30 s to try again. */
const RECOVERY = { timeout: 90_000, interval: 100 };
/** Of a test that stops the API server and starts it again. */
const OUTAGE_TIMEOUT = 300_000;

interface Readiness {
  readonly ready: boolean;
  readonly intent: {
    readonly confirmedAt: string | null;
    readonly problems: readonly {
      readonly kind: string;
      readonly listed: boolean;
      readonly reason: string;
    }[];
    readonly skipped: number;
  };
}

interface Vip {
  readonly ip: string;
  readonly service: string | null;
  readonly pool: string | null;
}

describe.skipIf(!programs)('intent from Kubernetes', { timeout: OUTAGE_TIMEOUT }, () => {
  let stack: AsyncDisposableStack;
  let lab: Lab;
  let cluster: Cluster;
  let agent: LabProcess;
  let api: Api;

  beforeAll(async () => {
    stack = new AsyncDisposableStack();
    lab = stack.use(await Lab.create());
    const images = { 'test/pause': ['/bin/sleep', 'infinity'] as const };
    cluster = stack.use(await Cluster.create(lab, { programs: programs!, nodes: [NODE], images }));
    const text = await readFile(join(PROJECT_FOLDER, 'deploy/manifests/vipwatch.yaml'), 'utf8');
    const manifests = parseAllDocuments(text).map((document) => document.toJS() as { kind: string });
    const metallb = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: METALLB_NAMESPACE } };
    await cluster.controlPlane.apply([metallb, ...manifests.filter(({ kind }) => RIGHTS.has(kind))]);
    await cluster.controlPlane.apply([ownPod()]);
    [agent, api] = await startAgent();
  });

  afterAll(async () => {
    await stack?.disposeAsync();
  });

  function ownPod(): object {
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: POD, namespace: NAMESPACE, labels: { 'app.kubernetes.io/name': 'vipwatch' } },
      spec: {
        nodeName: NODE.name,
        serviceAccountName: 'vipwatch',
        containers: [{ name: 'vipwatch', image: 'test/pause' }],
      },
    };
  }

  async function giveToken(): Promise<void> {
    const path = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/vipwatch/token`;
    const { status } = await cluster.api.create<{ status: { token: string } }>(path, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences: [], expirationSeconds: 3600 },
    });
    await cluster.node(NODE.name).host.writeFile(TOKEN, status.token);
  }

  async function startAgent(): Promise<[LabProcess, Api]> {
    const { host } = cluster.node(NODE.name);
    const { address, port, certificate } = cluster.controlPlane;
    await giveToken();
    const ca = Buffer.from(certificate).toString('base64');
    const kubeconfig = {
      clusters: [
        { name: 'lab', cluster: { server: `https://${address}:${port}`, 'certificate-authority-data': ca } },
      ],
      users: [{ name: 'vipwatch', user: { tokenFile: TOKEN } }],
      contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'vipwatch' } }],
      'current-context': 'lab',
    };
    await host.writeFile(KUBECONFIG, JSON.stringify(kubeconfig));
    const config = {
      interfaces: ['eth0'],
      intent: { source: 'kubernetes', kubernetes: { kubeconfig: KUBECONFIG } },
      journal: { path: ':memory:' },
      log: { format: 'json' },
    };
    await host.writeFile(CONFIG, JSON.stringify(config));
    const process = host.spawn([`${PROJECT_FOLDER}/bin/vipwatch`, 'run', '--config', CONFIG], {
      POD_NAME: POD,
      POD_NAMESPACE: NAMESPACE,
    });
    await process.waitForLine(/"msg":"Watching"/, { timeoutMs: 60_000 });
    return [process, await apiOf(host, 9797)];
  }

  async function readiness(): Promise<Readiness> {
    return JSON.parse((await api.get('/readyz')).body) as Readiness;
  }

  /** Of each kind that has one. */
  async function problems(): Promise<Record<string, string>> {
    const { intent } = await readiness();
    return Object.fromEntries(intent.problems.map(({ kind, reason }) => [kind, reason]));
  }

  async function vips(): Promise<readonly Vip[]> {
    const { items } = await api.json<{ items: Vip[] }>('/api/v1/vips');
    return items.map(({ ip, service, pool }) => ({ ip, service, pool }));
  }

  async function giveAddress(service: string, ip: string): Promise<void> {
    await cluster.controlPlane.apply([loadBalancer(service)]);
    await cluster.api.patch(`${SERVICES}/${service}/status`, {
      status: { loadBalancer: { ingress: [{ ip }] } },
    });
  }

  async function metric(prefix: string): Promise<number> {
    const lines = await api.metrics(prefix);
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  async function restartApiServer(): Promise<void> {
    await cluster.controlPlane.stopApiServer();
    await cluster.controlPlane.startApiServer();
  }

  async function untilProblems(expected: Record<string, string>): Promise<void> {
    await vi.waitFor(async () => expect(await problems()).toEqual(expected), RECOVERY);
  }

  it('watches without MetalLB, and says what is absent', async () => {
    await vi.waitFor(async () => expect((await readiness()).ready).toBe(true), RECOVERY);
    await untilProblems({
      pools: 'not-served',
      l2Advertisements: 'not-served',
      bgpAdvertisements: 'not-served',
      l2Statuses: 'not-served',
    });
  });

  it('watches a VIP as soon as its Service has it', async () => {
    await giveAddress('web', '192.168.1.240');
    const since = performance.now();
    await vi.waitUntil(async () => (await vips()).length > 0, { timeout: 60_000, interval: 10 });
    console.log(`a Service's new address was watched after ${Math.round(performance.now() - since)} ms`);
    expect(await vips()).toEqual([{ ip: '192.168.1.240', service: 'default/web', pool: null }]);
  });

  it('publishes the interfaces of its node on its own Pod', async () => {
    const annotation = await vi.waitUntil(async () => {
      const pod = await cluster.api.get<Pod & { metadata: { annotations?: Record<string, string> } }>(
        `/api/v1/namespaces/${NAMESPACE}/pods/${POD}`,
      );
      return pod.metadata.annotations?.['vipwatch.dev/interfaces'];
    }, RECOVERY);
    const { interfaces } = JSON.parse(annotation) as { interfaces: { name: string; addresses: string[] }[] };
    const eth0 = interfaces.find(({ name }) => name === 'eth0');
    expect(eth0).toMatchObject({ mac: NODE.mac, segment: 'eth0' });
    expect(eth0?.addresses).toContain(`${NODE.address}/24`);
    expect(interfaces.map(({ name }) => name)).not.toContain('veth-cluster');
  });

  it('picks up MetalLB when it is installed later', async () => {
    await cluster.controlPlane.apply(`${programs!.metallbConfig}/crd/bases`);
    await cluster.controlPlane.kubectl(
      'wait',
      '--for=condition=Established',
      '--timeout=60s',
      'crd',
      '--all',
    );
    await cluster.controlPlane.apply([addressPool('main', ['192.168.1.240-192.168.1.245'])]);
    await untilProblems({});
    await vi.waitFor(async () => expect((await vips())[0]?.pool).toBe('main'), RECOVERY);
  });

  const audit = async () => {
    const { host } = cluster.node(NODE.name);
    const words = ['dhcp-audit', '--config', CONFIG, '--output', 'json'];
    const process = host.spawn([`${PROJECT_FOLDER}/bin/vipwatch`, ...words]);
    const { code } = (await process.exited)!;
    const of = (stream: string) => process.output.filter((line) => line.stream === stream);
    return {
      code,
      asked: of('stdout').map(({ text }) => (JSON.parse(text) as { ip: string }).ip),
      errors: of('stderr').map(({ text }) => text),
    };
  };

  it('lets an audit of the DHCP server ask for what the cluster has', async () => {
    const asked = ['192.168.1.240', '192.168.1.241', '192.168.1.242', '192.168.1.243', '192.168.1.244'];
    // Nobody serves DHCP here.
    expect(await audit()).toEqual({ code: 2, asked: [...asked, '192.168.1.245'], errors: [] });
  });

  it('keeps the last known intent while the API server is away, and says how old it is', async () => {
    const before = await metric('vipwatch_kubernetes_requests_total');
    const spoken = agent.output.length;
    const known = await vips();
    await cluster.controlPlane.stopApiServer();
    await vi.waitFor(
      async () => expect(new Set(Object.values(await problems()))).toContain('unreachable'),
      RECOVERY,
    );
    await vi.waitFor(
      async () => expect(await metric('vipwatch_intent_age_seconds')).toBeGreaterThan(12),
      RECOVERY,
    );
    expect((await readiness()).ready).toBe(true);
    expect(await vips()).toEqual(known);
    // Nobody announces here. Somebody else is heard, so that the agent does not take itself for cut off.
    const neighbour = await lab.host('neighbour', { mac: '02:00:00:00:00:77', address: '192.168.1.77/24' });
    const chatter = neighbour.spawn(['arping', '-I', 'eth0', NODE.address]);
    const silent = async () => (await api.findings()).find(({ kind }) => kind === 'silent-vip')?.message;
    await vi.waitFor(
      async () =>
        expect(await silent()).toMatch(
          /The intent is \d minutes? old; the Kubernetes API has not confirmed it since\.$/,
        ),
      { ...RECOVERY, timeout: 150_000 },
    );
    await chatter.stop();
    const cannot = 'vipwatch: Cannot read the addresses of the cluster from the Kubernetes API: unreachable';
    expect(await audit()).toEqual({ code: 2, asked: [], errors: [cannot] });
    // Eleven tasks that wait ever longer: a hot loop would have asked thousands of times by now.
    expect((await metric('vipwatch_kubernetes_requests_total')) - before).toBeLessThan(150);

    await cluster.controlPlane.startApiServer();
    await untilProblems({});
    // One line when it is lost and one when it is back, of a dozen kinds that fail and recover one by one.
    const ofIntent = () =>
      agent.output
        .slice(spoken)
        .flatMap(({ text }) => /"event":"intent".*"msg":"([^;"]+)/.exec(text)?.[1] ?? []);
    const LOST_AND_BACK = [
      'Not everything can be read from the Kubernetes API',
      'Everything can be read from the Kubernetes API again',
    ];
    await vi.waitFor(() => expect(ofIntent()).toEqual(LOST_AND_BACK), RECOVERY);
    // The new API server remembers nothing of what was before it (410): all is listed anew.
    expect(await metric('vipwatch_kubernetes_requests_total{verb="watch",result="expired"}')).toBeGreaterThan(
      0,
    );
    expect(await metric('vipwatch_intent_age_seconds')).toBeLessThan(12);
    await giveAddress('after', '192.168.1.241');
    await vi.waitFor(
      async () => expect((await vips()).map(({ ip }) => ip)).toContain('192.168.1.241'),
      RECOVERY,
    );
  });

  it('names the kind that it may not read, and goes on with the others', async () => {
    const role = '/apis/rbac.authorization.k8s.io/v1/clusterroles/vipwatch';
    const { rules } = await cluster.api.get<{ rules: { resources: string[] }[] }>(role);
    const without = rules.filter(({ resources }) => !resources.includes('endpointslices'));
    expect(without.length).toBeLessThan(rules.length);
    await cluster.api.patch(role, { rules: without });
    await restartApiServer();
    await untilProblems({ endpointSlices: 'forbidden' });
    expect((await readiness()).ready).toBe(true);
    await giveAddress('others', '192.168.1.242');
    await vi.waitFor(
      async () => expect((await vips()).map(({ ip }) => ip)).toContain('192.168.1.242'),
      RECOVERY,
    );

    await cluster.api.patch(role, { rules });
    await untilProblems({});
  });

  it('uses a new token without being started again', async () => {
    await cluster.node(NODE.name).host.writeFile(TOKEN, 'expired');
    await restartApiServer();
    await vi.waitFor(
      async () => expect(new Set(Object.values(await problems()))).toEqual(new Set(['unauthorized'])),
      RECOVERY,
    );
    expect(await vips()).toHaveLength(3);
    await giveToken();
    await untilProblems({});
    expect(agent.exit).toBeUndefined();
  });

  it('takes none of this for trouble on the LAN', async () => {
    // Nobody announces these VIPs here, which is a finding indeed.
    const kinds = (await api.findings('all')).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind !== 'silent-vip')).toEqual([]);
  });
});
