// Builds the world of a scenario, lets it run, and keeps what became of it.
import { MILLISECOND, type Micros, SECOND } from '../../src/base/time.ts';
import type { Ipv4, Mac } from '../../src/net/address.ts';
import type { WatchEvent } from '../../src/watch/view.ts';
import type { ActionKind } from './actions.ts';
import { Agent } from './agent.ts';
import { CATALOGUE } from './catalogue.ts';
import { Cluster } from './cluster.ts';
import { ClusterApi } from './cluster-api.ts';
import { DhcpServer } from './dhcp-server.ts';
import { EventQueue } from './events.ts';
import type { Frame } from './frame.ts';
import { type CardPlan, Host } from './host.ts';
import { stationMac } from './macs.ts';
import { Memberlist } from './memberlist.ts';
import { Random } from './random.ts';
import type { Action, NodePlan, Plan, Scenario, StationPlan } from './scenario.ts';
import { Speaker } from './speaker.ts';
import { Station } from './station.ts';
import type { Surroundings } from './surroundings.ts';
import { type Port, Switch } from './switch.ts';
import { Truth } from './truth.ts';

/** 2026-02-25T06:13:20Z. */
export const START: Micros = 1_772_000_000 * SECOND;

export interface NodeInWorld {
  readonly plan: NodePlan;
  readonly host: Host;
  readonly speaker: Speaker;
  readonly agent: Agent | null;
}

export interface WorldOptions {
  /** Told of every frame that enters the switch. */
  readonly onFrame?: (frame: Frame, from: Port, at: Micros) => void;
  readonly onEvent?: (agent: string, event: WatchEvent, at: Micros) => void;
  readonly onNote?: (what: string, at: Micros) => void;
}

/** Machines have something to say to their router so often. */
const CHATTER_EVERY = [8 * SECOND, 45 * SECOND] as const;
const CABLED = { kind: 'plain' } as const;

export class World implements Surroundings {
  /** As the traits among the actions shaped it. */
  readonly plan: Plan;
  readonly queue = new EventQueue(START);
  readonly random: Random;
  readonly lan: Switch;
  readonly truth = new Truth(() => this.queue.now);
  readonly api = new ClusterApi();
  readonly cluster: Cluster;
  readonly nodes = new Map<string, NodeInWorld>();
  readonly hosts = new Map<string, Host>();
  readonly stations = new Map<string, Station>();
  readonly router: Host;
  readonly dhcpServer: DhcpServer | null;
  readonly memberlist: Memberlist;
  readonly #options: WorldOptions;

  constructor(scenario: Scenario, options: WorldOptions = {}) {
    this.#options = options;
    this.plan = shaped(scenario);
    const { pools, services, nodes, router, stations } = this.plan;
    this.random = new Random(scenario.seed);
    this.lan = new Switch(this.queue, this.random.fork('lan'), (frame, from) =>
      options.onFrame?.(frame, from, this.queue.now),
    );
    this.memberlist = new Memberlist(this.queue, this.random.fork('memberlist'));
    this.cluster = new Cluster(this.api, this.queue, this.random.fork('cluster'), pools, () => {
      for (const { speaker } of this.nodes.values()) speaker.configChanged();
    });
    for (const service of services) this.cluster.setService(service);
    for (const plan of nodes) this.#addNode(plan);
    this.router = this.addHost('router', { name: 'lan', mac: router.mac, ip: router.ip, wiring: CABLED });
    this.dhcpServer = router.dhcp && new DhcpServer(this, this.router, router.dhcp);
    for (const plan of stations) this.addStation(plan);
    this.#begin(scenario.actions);
  }

  note(what: string): void {
    this.#options.onNote?.(what, this.queue.now);
  }

  /** @throws {RangeError} where there is none of that name. */
  node(name: string): NodeInWorld {
    const node = this.nodes.get(name);
    if (!node) throw new RangeError(`No node is called ${name}`);
    return node;
  }

  /** @throws {RangeError} where there is none of that name. */
  host(name: string): Host {
    const host = this.hosts.get(name);
    if (!host) throw new RangeError(`No machine is called ${name}`);
    return host;
  }

  /** @throws {RangeError} where there is none of that name. */
  station(name: string): Station {
    const station = this.stations.get(name);
    if (!station) throw new RangeError(`No station is called ${name}`);
    return station;
  }

  addHost(name: string, card: CardPlan): Host {
    const host = new Host(this, name, [card]);
    this.hosts.set(name, host);
    return host;
  }

  addStation(plan: StationPlan): Station {
    const station = new Station(this, plan);
    this.stations.set(plan.name, station);
    this.hosts.set(plan.name, station.host);
    return station;
  }

  /** One that is nobody's yet, the same for the same name. */
  macOf(name: string): Mac {
    return stationMac(this.random.fork(`mac of ${name}`));
  }

  /** A machine has something to say to another now and then. */
  chatter(host: Host, to: Ipv4): void {
    this.queue.after(host.random.between(...CHATTER_EVERY), () => {
      host.talkTo(to);
      this.chatter(host, to);
    });
  }

  lookAgain(): void {
    this.memberlist.changed();
    for (const { speaker } of this.nodes.values()) {
      for (const { ip } of this.plan.services) this.#noteAnswers(speaker, ip);
    }
  }

  play(): void {
    this.queue.runUntil(START + this.plan.length);
  }

  #addNode(plan: NodePlan): void {
    const host = new Host(this, plan.name, plan.cards);
    this.hosts.set(plan.name, host);
    this.cluster.addNode(plan.name, host.card.ip!, plan.agent !== null);
    const speaker: Speaker = new Speaker({
      world: this,
      host,
      memberlist: this.memberlist,
      config: () => this.cluster.config(),
      onChange: (vip, announces) => {
        this.note(announces ? announcementOf(plan.name, vip) : `${plan.name} no longer announces ${vip}`);
        this.#noteAnswers(speaker, vip);
      },
      onState: (runs) => this.cluster.speakerState(plan.name, runs),
    });
    const agent =
      plan.agent &&
      new Agent({
        world: this,
        host,
        cluster: this.cluster,
        config: this.#agentConfig(),
        clockAhead: plan.agent.clockAhead,
        onEvent: (event, at) => this.#options.onEvent?.(plan.name, event, at),
      });
    this.nodes.set(plan.name, { plan, host, speaker, agent });
  }

  #agentConfig(): object {
    const { dhcp, ip } = this.plan.router;
    return dhcp ? { dhcp: { servers: [ip] } } : {};
  }

  #begin(actions: readonly Action[]): void {
    for (const { speaker } of this.nodes.values()) speaker.start(true);
    this.memberlist.settle();
    const random = this.random.fork('begin');
    for (const { agent } of this.nodes.values()) {
      if (agent) this.queue.after(random.between(0, 500 * MILLISECOND), () => agent.start());
    }
    for (const { host } of this.nodes.values()) {
      this.chatter(host, this.plan.router.ip);
      this.chatter(this.router, host.card.ip!);
    }
    for (const station of this.stations.values()) {
      const { host, plan } = station;
      this.chatter(host, this.plan.router.ip);
      this.chatter(host, host.random.pick(this.plan.services).ip);
      if (plan.present) this.queue.after(random.between(0, 5 * SECOND), () => station.join());
    }
    for (const action of actions) this.#plan(action);
  }

  #plan(action: Action): void {
    const kind: ActionKind = CATALOGUE[action.kind];
    const { begin, end } = kind;
    if (begin) {
      this.queue.at(START + action.at, () => {
        this.note(kind.tell(action));
        begin(this, action);
        this.lookAgain();
      });
    }
    if (end) {
      this.queue.at(START + action.at + action.lasts, () => {
        this.note(`over: ${kind.tell(action)}`);
        end(this, action);
        this.lookAgain();
      });
    }
  }

  #noteAnswers(speaker: Speaker, vip: Ipv4): void {
    const { host } = this.node(speaker.name);
    const isThere = host.powered && !host.deaf && host.cards.some(({ running }) => running);
    this.truth.note(vip, speaker.name, {
      macs: host.cards.map(({ mac }) => mac),
      answers: isThere && (host.has(vip) || (speaker.answers && speaker.announced.has(vip))),
      side: host.card.wiring.ports[0]!.side,
    });
  }
}

/** The line of the story. */
export function announcementOf(node: string, vip: Ipv4): string {
  return `${node} announces ${vip}`;
}

function shaped(scenario: Scenario): Plan {
  return scenario.actions.reduce<Plan>((plan, action) => {
    const kind: ActionKind = CATALOGUE[action.kind];
    return kind.shape?.(plan, action) ?? plan;
  }, scenario);
}
