// A Kubernetes cluster on the lab's LAN: a control plane, and nodes whose eth0 is on the LAN. The API server is reached by a
// network of its own, as Pods reach it by the cluster's network: what crosses the LAN is the nodes' ARP and what speakers
// say to each other, and a node that loses the LAN keeps the API.
import type { Host, NetworkCard } from '../../lab/host.ts';
import type { Lab } from '../../lab/lab.ts';
import type { LabProcess } from '../../lab/process.ts';
import type { Images } from './container.ts';
import { ControlPlane } from './control-plane.ts';
import { Controllers } from './controllers.ts';
import { Kubelet } from './kubelet.ts';
import type { KubernetesApi } from './kubernetes-api.ts';
import type { ClusterPrograms } from './programs.ts';

export interface NodeOptions {
  readonly name: string;
  /** IPv4, without prefix; the LAN's prefix is 24 bits long. */
  readonly address: string;
  readonly mac: string;
  /** @default none */
  readonly labels?: Readonly<Record<string, string>>;
  /** Beside eth0 and the way to the API server. @default none */
  readonly cards?: readonly NetworkCard[];
}

export interface ClusterOptions {
  readonly programs: ClusterPrograms;
  readonly nodes: readonly NodeOptions[];
  /** What Pods may run beside MetalLB. @default nothing */
  readonly images?: Images;
}

export interface ClusterNode {
  readonly name: string;
  readonly address: string;
  readonly mac: string;
  readonly host: Host;
  readonly kubelet: Kubelet;
}

const BACKBONE = '10.255.0';
/** MetalLB's own configuration keeps it from announcing on such interfaces: they are those of Pods. */
const BACKBONE_CARD = 'veth-cluster';
const START_TIMEOUT_MS = 60_000;

export class Cluster implements AsyncDisposable {
  readonly lab: Lab;
  readonly controlPlane: ControlPlane;
  readonly nodes: readonly ClusterNode[];
  readonly #end: AbortController;
  readonly #loops: readonly Promise<void>[];

  private constructor(
    lab: Lab,
    controlPlane: ControlPlane,
    nodes: readonly ClusterNode[],
    end: AbortController,
    loops: readonly Promise<void>[],
  ) {
    this.lab = lab;
    this.controlPlane = controlPlane;
    this.nodes = nodes;
    this.#end = end;
    this.#loops = loops;
  }

  /**
   * Starts a cluster in this lab. Dispose of it before the lab.
   *
   * @throws {Error} where the control plane does not start.
   */
  static async create(lab: Lab, { programs, nodes: options, images = {} }: ClusterOptions): Promise<Cluster> {
    const backbone = await lab.network();
    const host = await lab.host('control-plane', {
      switch: backbone,
      mac: '02:00:00:00:ff:01',
      address: `${BACKBONE}.1/24`,
    });
    const hosts = await Promise.all(
      options.map(({ name, mac, address, cards = [] }, i) => {
        const number = 11 + i;
        const card = {
          name: BACKBONE_CARD,
          switch: backbone,
          mac: `02:00:00:00:ff:${number}`,
          address: `${BACKBONE}.${number}/24`,
        };
        return lab.host(name, { mac, address: `${address}/24`, cards: [card, ...cards] });
      }),
    );
    const controlPlane = await ControlPlane.start(host, `${BACKBONE}.1`, programs);
    const known: Images = {
      'quay.io/metallb/controller': [programs.controller],
      'quay.io/metallb/speaker': [programs.speaker],
      ...images,
    };
    const nodes = options.map(({ name, address, mac }, i) => {
      const node = { host: hosts[i]!, address };
      const podNetwork = { host, address: controlPlane.address };
      const kubelet = new Kubelet({ controlPlane, nodeName: name, node, podNetwork, images: known });
      return { name, address, mac, host: node.host, kubelet };
    });
    await Promise.all(options.map((node) => registerNode(controlPlane.api, node)));
    const end = new AbortController();
    const controllers = new Controllers(controlPlane.api, controlPlane.certificate);
    const loops = [controllers, ...nodes.map(({ kubelet }) => kubelet)].map((loop) => loop.run(end.signal));
    return new Cluster(lab, controlPlane, nodes, end, loops);
  }

  get api(): KubernetesApi {
    return this.controlPlane.api;
  }

  /** @throws {Error} where there is no node of this name. */
  node(name: string): ClusterNode {
    const node = this.nodes.find((one) => one.name === name);
    if (!node)
      throw new Error(`Cannot find the node ${name}: it is none of ${this.nodes.map((one) => one.name)}`);
    return node;
  }

  /**
   * The process of the DaemonSet's Pod on the node, as soon as it runs.
   *
   * @throws {Error} where it does not within a minute.
   */
  async untilStarted(node: string, daemonSet: string): Promise<LabProcess> {
    const { kubelet } = this.node(node);
    return await this.controlPlane.until(
      '/api/v1/pods',
      () => {
        const process = kubelet.process(daemonSet);
        // One that ended with its node is not known to have ended at once.
        return process?.exit ? undefined : process;
      },
      { timeoutMs: START_TIMEOUT_MS },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await Promise.all(this.#loops);
  }
}

/** What the kubelet says of its node when it starts, and what the controller manager makes of that. */
async function registerNode(api: KubernetesApi, { name, address, labels }: NodeOptions): Promise<void> {
  const system = {
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
  };
  await api.create('/api/v1/nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { ...system, ...labels } },
  });
  const since = new Date().toISOString();
  await api.patch(`/api/v1/nodes/${name}/status`, {
    status: {
      addresses: [
        { type: 'InternalIP', address },
        { type: 'Hostname', address: name },
      ],
      conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady', lastTransitionTime: since }],
    },
  });
  // The API server taints every new node until someone finds it ready.
  await api.patch(`/api/v1/nodes/${name}`, { spec: { taints: null } });
}
