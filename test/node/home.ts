// A home LAN with its router and a real cluster: MetalLB, a web server behind a VIP, and vipwatch as Helm installs it.
import type { Api } from '../../lab/api.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { apiOf } from '../../lab/roles/tunnel.ts';
import { PROJECT_FOLDER } from '../../lab/tools.ts';
import { CHART } from '../chart/objects.ts';
import { KUBECONFIG } from '../cluster/control-plane.ts';
import type { KubernetesObject } from '../cluster/kubernetes-api.ts';
import { applyMetallb, assignedAddress, METALLB_NAMESPACE } from '../cluster/metallb.ts';
import { addressPool, l2Advertisement } from '../cluster/objects.ts';
import { VIPWATCH_NAMESPACE } from '../cluster/vipwatch.ts';
import { DNS, DNS_NAMESPACE, dnsObjects } from './dns.ts';
import { RealCluster } from './real-cluster.ts';
import type { NodeSetup } from './setup.ts';

export const VIP = '192.168.1.240';
export const SERVICE = 'web';
export const RELEASE = 'vipwatch';
const PORT = 9797;
const HELM_TIMEOUT_MS = 240_000;
const ROLLOUT_TIMEOUT = '--timeout=180s';

interface VipRow {
  readonly ip: string;
  readonly announcers: readonly { readonly node: string }[];
  readonly elected: { readonly node: string | null } | null;
}

export interface Client extends AsyncDisposable {
  /** Between two connections. */
  readonly intervalMs: number;
  /** Between the beginnings of two connections that were accepted, with none between. */
  longestGapMs(): Promise<number>;
}

interface ContainerState {
  readonly terminated?: { readonly exitCode: number; readonly reason: string; readonly message?: string };
}

export interface AgentPod extends KubernetesObject {
  readonly metadata: KubernetesObject['metadata'] & {
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly nodeName: string };
  readonly status?: {
    readonly containerStatuses?: readonly {
      readonly containerID?: string;
      readonly ready: boolean;
      readonly restartCount: number;
      readonly state: ContainerState;
      readonly lastState?: ContainerState;
    }[];
  };
}

export class RealHome implements AsyncDisposable {
  readonly lab: Lab;
  readonly router: Host;
  readonly cluster: RealCluster;
  readonly #setup: NodeSetup;
  readonly #all: AsyncDisposableStack;
  readonly #agents = new Map<number, Promise<Api>>();

  private constructor(
    setup: NodeSetup,
    lab: Lab,
    router: Host,
    cluster: RealCluster,
    all: AsyncDisposableStack,
  ) {
    this.#setup = setup;
    this.lab = lab;
    this.router = router;
    this.cluster = cluster;
    this.#all = all;
  }

  /**
   * Resolves when MetalLB announces the VIP of a web server with a Pod on each node.
   *
   * @throws {Error} where something of it does not start.
   */
  static async start(setup: NodeSetup, nodes: number): Promise<RealHome> {
    await using stack = new AsyncDisposableStack();
    const lab = stack.use(await Lab.create());
    const router = await lab.host('router', { mac: '02:00:00:00:00:01', address: '192.168.1.1/24' });
    const { cluster: programs, node, images } = setup;
    const cluster = stack.use(await RealCluster.create(lab, { cluster: programs, node, images, nodes }));
    const { controlPlane } = cluster;
    await applyMetallb(controlPlane, programs.metallbConfig);
    await controlPlane.apply(dnsObjects());
    await rolledOut(cluster, METALLB_NAMESPACE, 'daemonset/speaker', 'deployment/controller');
    await rolledOut(cluster, DNS_NAMESPACE, `deployment/${DNS}`);
    await controlPlane.apply([
      addressPool('main', ['192.168.1.240-192.168.1.249']),
      l2Advertisement('main'),
      webServer(setup.version),
      webService(SERVICE),
    ]);
    await rolledOut(cluster, 'default', `daemonset/${SERVICE}`);
    const all = stack.move();
    return new RealHome(setup, lab, router, cluster, all);
  }

  /** Runs Helm as administrator. @throws {Error} where it fails, with what it said. */
  async helm(...words: readonly string[]): Promise<string> {
    const { host } = this.cluster.controlPlane;
    const folders = Object.fromEntries(
      ['CACHE', 'CONFIG', 'DATA'].map((name) => [`HELM_${name}_HOME`, `/run/lab/helm/${name}`]),
    );
    const environment = { ...folders, KUBECONFIG, HOME: '/run/lab/helm' };
    const process = host.spawn([this.#setup.node.helm, ...words], environment);
    process.stdin.end();
    const timer = setTimeout(() => void process.signal('SIGKILL').catch(() => {}), HELM_TIMEOUT_MS);
    const exit = await process.exited;
    clearTimeout(timer);
    if (exit.code !== 0) throw new Error(process.describe());
    return process.output.map(({ text }) => `${text}\n`).join('');
  }

  /** `helm install` or `helm upgrade` of the chart in this checkout, with the image that every node has loaded. */
  async helmApply(command: 'install' | 'upgrade', ...flags: readonly string[]): Promise<string> {
    const where = [RELEASE, CHART, `--namespace=${VIPWATCH_NAMESPACE}`];
    const values = ['--set=image.repository=localhost/vipwatch'];
    const own = command === 'install' ? ['--create-namespace'] : [];
    return await this.helm(command, ...where, ...own, ...values, ...flags);
  }

  /** The API of the node's agent. */
  async agent(node: number): Promise<Api> {
    const known = this.#agents.get(node) ?? apiOf(this.cluster.nodes[node - 1]!.host, PORT);
    this.#agents.set(node, known);
    return await known;
  }

  /** In the order of the nodes; not those that are about to end. */
  async agentPods(): Promise<AgentPod[]> {
    const label = 'labelSelector=app.kubernetes.io/name=vipwatch,app.kubernetes.io/instance=vipwatch';
    const pods = await this.cluster.api.list<AgentPod>(
      `/api/v1/namespaces/${VIPWATCH_NAMESPACE}/pods?${label}`,
    );
    return pods
      .filter(
        ({ metadata }) => !metadata.deletionTimestamp && metadata.ownerReferences?.[0]?.kind === 'DaemonSet',
      )
      .toSorted((a, b) => a.spec.nodeName.localeCompare(b.spec.nodeName));
  }

  /** Another VIP of the web server's: its address. */
  async expose(service: string): Promise<string> {
    await this.cluster.controlPlane.apply([webService(service)]);
    return await assignedAddress(this.cluster, service);
  }

  /** Deletes the web server's Pod on a node; resolves when its successor is ready. */
  async replaceWebServer(node: number): Promise<void> {
    const { api, controlPlane, nodes } = this.cluster;
    const { name } = nodes[node - 1]!;
    const pods = '/api/v1/namespaces/default/pods';
    const find = (list: readonly AgentPod[]) =>
      list.find(({ spec, metadata }) => spec.nodeName === name && metadata.labels?.app === SERVICE);
    const old = find(await api.list<AgentPod>(pods))!;
    await api.delete(`${pods}/${old.metadata.name}`);
    await controlPlane.until<AgentPod, true>(
      pods,
      (list) => {
        const rest = list.filter(({ metadata }) => metadata.uid !== old.metadata.uid);
        return find(rest)?.status?.containerStatuses?.[0]?.ready || undefined;
      },
      { timeoutMs: 90_000 },
    );
  }

  /** Which node announces a VIP and which one should, as this node's agent sees it; undefined: it does not know the VIP. */
  async announcerSeenBy(
    node: number,
    vip = VIP,
  ): Promise<{ announcer?: string; elected?: string } | undefined> {
    const api = await this.agent(node);
    const { items } = await api.json<{ items: VipRow[] }>('/api/v1/vips');
    const row = items.find(({ ip }) => ip === vip);
    const [announcer, elected] = [row?.announcers[0]?.node, row?.elected?.node];
    return row && { ...(announcer && { announcer }), ...(elected && { elected }) };
  }

  /** One on the LAN that connects to the VIP again and again, until it is disposed of. */
  async client(): Promise<Client> {
    const intervalMs = 50;
    const process = this.router.spawnScript('test/node/client.ts', [VIP, '80', String(intervalMs)]);
    await process.waitForLine(/^served/);
    return {
      intervalMs,
      longestGapMs: async () => {
        // Once it is served again, so that the gap has an end.
        await process.waitForLine(/^served/, { from: process.output.length, timeoutMs: 60_000 });
        const times = process.output
          .flatMap(({ text }) => /^served (\d+)$/.exec(text)?.[1] ?? [])
          .map(Number);
        const sorted = times.toSorted((a, b) => a - b);
        return Math.max(...sorted.slice(1).map((at, i) => at - sorted[i]!));
      },
      [Symbol.asyncDispose]: async () => void (await process.stop()),
    };
  }

  /** What a client on the LAN gets from the VIP: the name of the node whose Pod served it, or why there was none. */
  async clientGets(): Promise<string> {
    const words = [`${PROJECT_FOLDER}/test/lab/tcp-client.ts`, VIP, '80'];
    const { stdout } = await this.router.run([process.execPath as `/${string}`, ...words]);
    return stdout.trim();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#all.disposeAsync();
  }
}

/** Resolves when these have their Pods, ready. */
export async function rolledOut(
  { controlPlane }: RealCluster,
  namespace: string,
  ...workloads: readonly string[]
): Promise<void> {
  for (const workload of workloads)
    await controlPlane.kubectl('rollout', 'status', `--namespace=${namespace}`, workload, ROLLOUT_TIMEOUT);
}

/** Tells its node's name to each who connects, on a Pod of its own network. */
function webServer(version: string): object {
  const labels = { app: SERVICE };
  const program = `require('node:net').createServer((socket) => { socket.on('error', () => {}); socket.end(process.env.NODE_NAME + '\\n'); }).listen(8080)`;
  const container = {
    name: SERVICE,
    image: `localhost/vipwatch:${version}`,
    imagePullPolicy: 'Never',
    command: ['node', '-e', program],
    env: [{ name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
    readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: SERVICE, namespace: 'default' },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 1,
          automountServiceAccountToken: false,
          containers: [container],
        },
      },
    },
  };
}

/** Leads to the web server. */
function webService(name: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: {
      type: 'LoadBalancer',
      selector: { app: SERVICE },
      ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }],
    },
  };
}
