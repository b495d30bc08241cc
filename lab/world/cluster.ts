// The cluster beside the LAN: what its API holds of nodes, Services, and the Pods of speakers and agents, and how late it learns
// what became of them.
import { MILLISECOND, type Micros, SECOND } from '../../src/base/time.ts';
import type { Ipv4 } from '../../src/net/address.ts';
import * as raw from '../../test/cluster-intent/objects.ts';
import type { ClusterApi } from './cluster-api.ts';
import type { EventQueue, Timer } from './events.ts';
import type { Random } from './random.ts';
import type { ServiceSpec, SpeakerConfig } from './services.ts';

export interface PoolPlan {
  readonly name: string;
  /** As MetalLB writes it, `a-b`. */
  readonly addresses: string;
}

interface NodeFacts {
  readonly name: string;
  readonly ip: Ipv4;
  ready: boolean;
  excluded: boolean;
  speakerRuns: boolean;
  agentRuns: boolean;
  /** What its agent published last; null: nothing yet. */
  annotation: string | null;
}

/** The kubelet tells of a Pod. */
const POD_TOLD_AFTER = [300 * MILLISECOND, 1_500 * MILLISECOND] as const;
/** A speaker's Pod is ready so long after its process started. */
const SPEAKER_READY_AFTER = [10 * SECOND, 14 * SECOND] as const;
const AGENT_READY_AFTER = [2 * SECOND, 4 * SECOND] as const;
/** A node whose kubelet is silent. */
const NODE_LOST_AFTER = [40 * SECOND, 50 * SECOND] as const;
const EXCLUDED = { 'node.kubernetes.io/exclude-from-external-load-balancers': '' };
const STOPPED = { state: { terminated: { exitCode: 137 } }, ready: false, restartCount: 1 };

export class Cluster {
  readonly api: ClusterApi;
  readonly #queue: EventQueue;
  readonly #random: Random;
  readonly #onConfig: () => void;
  readonly #nodes = new Map<string, NodeFacts>();
  readonly #services = new Map<string, ServiceSpec>();
  readonly #timers = new Map<string, Timer>();
  /** What speakers may know: while the API is away, what they knew before. */
  #config: SpeakerConfig = { services: [], excluded: new Set() };

  /** @param onConfig the speakers go by something else than before. */
  constructor(
    api: ClusterApi,
    queue: EventQueue,
    random: Random,
    pools: readonly PoolPlan[],
    onConfig: () => void,
  ) {
    this.api = api;
    this.#queue = queue;
    this.#random = random;
    this.#onConfig = onConfig;
    for (const { name, addresses } of pools) api.put('pools', raw.pool(name, [addresses]));
    api.put('l2Advertisements', raw.l2('all'));
  }

  /** With a speaker and, where one is meant to be there, an agent, both running for long. */
  addNode(name: string, ip: Ipv4, hasAgent: boolean): void {
    const node: NodeFacts = {
      name,
      ip,
      ready: true,
      excluded: false,
      speakerRuns: true,
      agentRuns: hasAgent,
      annotation: null,
    };
    this.#nodes.set(name, node);
    this.#putNode(node);
    this.api.put('speakers', raw.speaker(name));
    if (hasAgent) this.#putAgent(node, true);
  }

  setService(service: ServiceSpec): void {
    this.#services.set(service.name, service);
    const { name, ip, policy, endpoints, loadBalancerClass } = service;
    const ofClass = loadBalancerClass === undefined ? {} : { loadBalancerClass };
    this.api.put('services', raw.service(name, { ips: [ip], policy, ...ofClass }));
    this.api.put(
      'endpointSlices',
      raw.slice(
        name,
        endpoints.map((node) => ({ node, ready: true })),
      ),
    );
    this.#changeConfig();
  }

  removeService(name: string): void {
    if (!this.#services.delete(name)) return;
    const [namespace = '', ownName = ''] = name.split('/');
    this.api.remove('services', namespace, ownName);
    this.api.remove('endpointSlices', namespace, `${ownName}-x7k2p`);
    this.#changeConfig();
  }

  service(name: string): ServiceSpec | undefined {
    return this.#services.get(name);
  }

  get services(): readonly ServiceSpec[] {
    return [...this.#services.values()];
  }

  /** An administrator labels the node, or takes the label off. */
  exclude(name: string, excluded: boolean): void {
    const node = this.#nodes.get(name)!;
    node.excluded = excluded;
    this.#putNode(node);
    this.#changeConfig();
  }

  config(): SpeakerConfig {
    return this.#config;
  }

  speakerState(name: string, runs: boolean): void {
    const node = this.#nodes.get(name)!;
    if (node.speakerRuns === runs) return;
    node.speakerRuns = runs;
    this.#later(`speaker ${name}`, POD_TOLD_AFTER, () => {
      if (!node.ready) return;
      this.api.put(
        'speakers',
        raw.speaker(name, runs ? { ready: 'False' } : { ready: 'False', container: STOPPED }),
      );
      if (!runs) return;
      this.#later(`speaker ${name}`, SPEAKER_READY_AFTER, () => this.api.put('speakers', raw.speaker(name)));
    });
  }

  agentState(name: string, runs: boolean): void {
    const node = this.#nodes.get(name)!;
    if (node.agentRuns === runs) return;
    node.agentRuns = runs;
    this.#later(`agent ${name}`, runs ? AGENT_READY_AFTER : POD_TOLD_AFTER, () => this.#putAgent(node, runs));
  }

  /** An agent tells of its node's interfaces. */
  publish(name: string, annotation: string): void {
    const node = this.#nodes.get(name)!;
    if (node.annotation === annotation) return;
    node.annotation = annotation;
    this.#putAgent(node, node.agentRuns);
  }

  /** Its power is gone, or its network: the API notices late. */
  nodeLost(name: string): void {
    const node = this.#nodes.get(name)!;
    this.#later(`node ${name}`, NODE_LOST_AFTER, () => {
      node.ready = false;
      this.#putNode(node);
      this.api.put('speakers', raw.speaker(name, { ready: 'False' }));
      if (node.agentRuns || node.annotation !== null) this.#putAgent(node, false);
    });
  }

  nodeBack(name: string): void {
    const node = this.#nodes.get(name)!;
    this.#timers.get(`node ${name}`)?.cancel();
    this.#later(`node ${name}`, POD_TOLD_AFTER, () => {
      node.ready = true;
      this.#putNode(node);
      if (node.speakerRuns) this.api.put('speakers', raw.speaker(name));
      if (node.agentRuns) this.#putAgent(node, true);
    });
  }

  #changeConfig(): void {
    this.api.whenThere(() => {
      const services = this.services.filter(({ loadBalancerClass }) => loadBalancerClass === undefined);
      const excluded = [...this.#nodes.values()].filter((node) => node.excluded).map(({ name }) => name);
      this.#config = { services, excluded: new Set(excluded) };
      this.#onConfig();
    });
  }

  #putNode({ name, ip, ready, excluded }: NodeFacts): void {
    const labels = excluded ? EXCLUDED : {};
    this.api.put('nodes', raw.node(name, { ips: [ip], labels, ready: ready ? 'True' : 'Unknown' }));
  }

  #putAgent({ name, annotation }: NodeFacts, ready: boolean): void {
    this.api.put('agents', raw.agent(name, annotation ?? undefined, { ready: ready ? 'True' : 'False' }));
  }

  /** What was planned for the same thing before is not done any more. */
  #later(what: string, [least, most]: readonly [Micros, Micros], run: () => void): void {
    this.#timers.get(what)?.cancel();
    this.#timers.set(what, this.#queue.after(this.#random.between(least, most), run));
  }
}
