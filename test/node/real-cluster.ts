// A Kubernetes cluster in which nothing stands in for anything: a control plane with its controllers and its scheduler, and nodes
// that run containers. The API server is reached by a network of its own, as in the other cluster under test; Pods' networks are
// routed over it.
import type { Host } from '../../lab/host.ts';
import type { Lab } from '../../lab/lab.ts';
import type { LabProcess } from '../../lab/process.ts';
import type { Switch } from '../../lab/switch.ts';
import { ACCOUNT_KEY, CERTIFICATE, ControlPlane, type User } from '../cluster/control-plane.ts';
import type { KubernetesApi, KubernetesObject } from '../cluster/kubernetes-api.ts';
import type { ClusterPrograms } from '../cluster/programs.ts';
import { Cgroups } from './cgroups.ts';
import { importImage, type NodePlace, startContainerd, startKubelet, startKubeProxy } from './kubelet.ts';
import { makeNode } from './node-host.ts';
import type { NodePrograms } from './programs.ts';

export interface RealClusterOptions {
  readonly cluster: ClusterPrograms;
  readonly node: NodePrograms;
  /** Archives that each node has loaded. */
  readonly images: readonly string[];
  /** How many nodes it begins with. */
  readonly nodes: number;
}

export interface RealNode extends NodePlace {
  readonly mac: string;
  kubelet: LabProcess;
}

interface NodeObject extends KubernetesObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

const BACKBONE = '10.255.0';
/** MetalLB's own configuration keeps it from announcing on such interfaces: they are those of Pods. */
const BACKBONE_CARD = 'veth-cluster';
/** Where nodes send what they know no way for, until kube-proxy leads it elsewhere. */
const ROUTER = '192.168.1.1';
const MOST_NODES = 4;
const READY_TIMEOUT_MS = 180_000;

const MANAGER: User = { token: 'manager', name: 'system:kube-controller-manager' };
const SCHEDULER: User = { token: 'scheduler', name: 'system:kube-scheduler' };
const PROXY: User = { token: 'proxy', name: 'system:kube-proxy' };

export class RealCluster implements AsyncDisposable {
  readonly lab: Lab;
  readonly controlPlane: ControlPlane;
  readonly nodes: RealNode[] = [];
  readonly #backbone: Switch;
  readonly #options: RealClusterOptions;

  private constructor(lab: Lab, controlPlane: ControlPlane, backbone: Switch, options: RealClusterOptions) {
    this.lab = lab;
    this.controlPlane = controlPlane;
    this.#backbone = backbone;
    this.#options = options;
  }

  /**
   * Resolves when its nodes are ready. Dispose of it after the lab.
   *
   * @throws {Error} where something of it does not start.
   */
  static async create(lab: Lab, options: RealClusterOptions): Promise<RealCluster> {
    const backbone = await lab.network();
    const host = await lab.host('control-plane', {
      switch: backbone,
      mac: '02:00:00:00:ff:01',
      address: `${BACKBONE}.1/24`,
    });
    const numbers = Array.from({ length: MOST_NODES }, (_, i) => i + 1);
    const users = [MANAGER, SCHEDULER, PROXY, ...numbers.map(kubeletUser)];
    const controlPlane = await ControlPlane.start(host, `${BACKBONE}.1`, options.cluster, {
      users,
      // By their names nobody finds the nodes here.
      apiServerFlags: ['--kubelet-preferred-address-types=InternalIP'],
    });
    const { kubeControllerManager, kubeScheduler } = options.node;
    await startController(controlPlane, MANAGER, kubeControllerManager, [
      `--service-account-private-key-file=${ACCOUNT_KEY}`,
      `--root-ca-file=${CERTIFICATE}`,
      '--use-service-account-credentials',
    ]);
    await startController(controlPlane, SCHEDULER, kubeScheduler, []);
    const cluster = new RealCluster(lab, controlPlane, backbone, options);
    try {
      await Promise.all(numbers.slice(0, options.nodes).map((number) => cluster.#join(number)));
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
    return cluster;
  }

  get api(): KubernetesApi {
    return this.controlPlane.api;
  }

  /** @throws {Error} where there is no node of this name. */
  node(name: string): RealNode {
    const node = this.nodes.find((one) => one.name === name);
    if (!node)
      throw new Error(`Cannot find the node ${name}: it is none of ${this.nodes.map((one) => one.name)}`);
    return node;
  }

  /** Another node; resolves when it is ready. */
  async join(): Promise<RealNode> {
    return await this.#join(this.nodes.length + 1);
  }

  /** Ends the node's kubelet at once, and starts it again. Resolves when it has started. */
  async restartKubelet(number: number): Promise<void> {
    const node = this.nodes[number - 1]!;
    await node.kubelet.stop('SIGKILL');
    node.kubelet = await startKubelet(node, this.controlPlane, this.#options.node);
    await node.kubelet.waitForLine(/SyncLoop ADD/, { timeoutMs: READY_TIMEOUT_MS });
  }

  async #join(number: number): Promise<RealNode> {
    const name = `node-${number}`;
    const address = `192.168.1.1${number}`;
    const mac = `02:00:00:00:00:1${number}`;
    const way = `${BACKBONE}.${10 + number}`;
    const card = {
      name: BACKBONE_CARD,
      switch: this.#backbone,
      mac: `02:00:00:00:ff:${10 + number}`,
      address: `${way}/24`,
    };
    const cgroups = await Cgroups.create(name);
    try {
      const host = await this.lab.host(name, {
        mac,
        address: `${address}/24`,
        gateway: ROUTER,
        cards: [card],
      });
      const place = {
        ...{ name, host, address, cgroups, token: kubeletUser(number).token, proxyToken: PROXY.token },
        podNetwork: `10.244.${number}.0/24`,
      };
      await this.#route(this.controlPlane.host, number, [`${address}/32`, place.podNetwork]);
      const node = { ...place, mac, kubelet: await this.#start(place) };
      this.nodes[number - 1] = node;
      await this.untilReady(name);
      // It ends where it was started before the node had its addresses.
      await startKubeProxy(place, this.controlPlane, this.#options.node.kubeProxy);
      return node;
    } catch (error) {
      await cgroups[Symbol.asyncDispose]().catch(() => {});
      throw error;
    }
  }

  async #start(place: NodePlace): Promise<LabProcess> {
    const { node: programs, images } = this.#options;
    await makeNode(place.host, place.cgroups);
    for (let other = 1; other <= MOST_NODES; other += 1) {
      if (`node-${other}` !== place.name) await this.#route(place.host, other, [`10.244.${other}.0/24`]);
    }
    await startContainerd(place, programs);
    for (const archive of images) await importImage(place.host, programs, archive);
    return await startKubelet(place, this.controlPlane, programs);
  }

  async #route(host: Host, number: number, networks: readonly string[]): Promise<void> {
    for (const network of networks)
      await host.run(['ip', 'route', 'replace', network, 'via', `${BACKBONE}.${10 + number}`]);
  }

  /** Resolves when the API counts the node as ready. */
  async untilReady(name: string): Promise<void> {
    await this.controlPlane.until<NodeObject, true>(
      '/api/v1/nodes',
      (nodes) =>
        nodes.some(
          ({ metadata, status }) =>
            metadata.name === name &&
            status?.conditions?.some(({ type, status: holds }) => type === 'Ready' && holds === 'True'),
        ) || undefined,
      { timeoutMs: READY_TIMEOUT_MS },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { host, cgroups } of this.nodes) {
      if (host.isOn) await host.powerOff();
      await cgroups[Symbol.asyncDispose]();
    }
  }
}

function kubeletUser(number: number): User {
  return { token: `node-${number}`, name: `system:node:node-${number}`, groups: ['system:nodes'] };
}

async function startController(
  controlPlane: ControlPlane,
  { token }: User,
  program: `/${string}`,
  flags: readonly string[],
): Promise<LabProcess> {
  const { host } = controlPlane;
  const kubeconfig = `/run/lab/${token}.kubeconfig` as const;
  await host.writeFile(kubeconfig, controlPlane.kubeconfig(token), 0o600);
  // There is but one of each.
  const own = [`--kubeconfig=${kubeconfig}`, '--leader-elect=false', '--bind-address=127.0.0.1'];
  return host.spawn([program, ...own, ...flags]);
}
