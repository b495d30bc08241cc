// What this agent asks for: its share of the VIPs, and the nodes' addresses that it needs an answer from.

import { type Micros, SECOND } from '../base/time.ts';
import type { ClusterNode, Intent, Vip } from '../intent/intent.ts';
import { type IpAddress, isIpv4, isLinkLocal } from '../net/address.ts';
import { type IpRange, ipOfNumber, networkOf, rangeText } from '../net/range.ts';
import type { ProbeSource } from './question.ts';
import { ASKERS, type Asker, ProbeShare } from './share.ts';
import type { AgentsThatAsk } from './unheard.ts';

/** What the watcher knows. */
export interface TargetView {
  /** Undefined for any other address. */
  vip(address: IpAddress): Vip | undefined;
  announcerOf(vip: IpAddress): string | null | undefined;
  /** VIPs that this node announced, and does no more: whoever has them by now answers those alone who ask. */
  lost(): readonly IpAddress[];
  unlearnedNodeAddresses(): readonly IpAddress[];
  nodesToAsk(now: Micros): readonly IpAddress[];
  /** Of the pools: a few agents ask for them. */
  freeToAsk(): readonly IpAddress[];
}

interface TargetContext {
  readonly intent: Intent;
  /** Other agents have the same intent and ask for their share of it; else this one asks for everything. */
  readonly hasPeers: boolean;
  readonly ownAddresses: readonly IpAddress[];
  readonly sources: readonly ProbeSource[];
}

interface Targets {
  readonly vips: readonly IpAddress[];
  /** Addresses of nodes, and VIPs of this node that too few others ask for. */
  readonly nodes: readonly IpAddress[];
  /** Of the pools. */
  readonly free: readonly IpAddress[];
  /** Those of the VIPs for which this agent asks everybody now and then, as one of some in turn; null: all. */
  readonly swept: ReadonlySet<IpAddress> | null;
  /** As far as is known. */
  readonly asking: AgentsThatAsk;
}

/**
 * An answer goes to the one who asked: each agent asks a node for its MAC by itself. Where none comes for so long, few go
 * on asking.
 */
const ALL_ASK = 10 * SECOND;

export class ProbeTargets {
  readonly #view: TargetView;
  #share: ProbeShare | null = null;
  /** What the share was last made from. */
  #own = '';
  #nodes: readonly ClusterNode[] = [];
  #networks = '';
  #vips: readonly Vip[] = [];
  readonly #unlearnedSince = new Map<IpAddress, Micros>();

  constructor(view: TargetView) {
    this.#view = view;
  }

  of(context: TargetContext, now: Micros): Targets {
    const { intent, hasPeers, ownAddresses } = context;
    const own = hasPeers
      ? intent.nodes.find(({ addresses }) => addresses.some((address) => ownAddresses.includes(address)))
      : undefined;
    const nodes = [...this.#unlearned(own, now), ...this.#view.nodesToAsk(now)];
    const free = this.#view.freeToAsk();
    if (!own) {
      const vips = intent.vips.map(({ address }) => address);
      const agents = agentsOf(intent, ownAddresses);
      return { vips, nodes, free, swept: null, asking: { agents, perVip: agents } };
    }
    const share = this.#shareOf(own, context);
    const { mine, first } = share.mine((ip) => this.#announcerOf(ip));
    // Whoever holds one is among them, perhaps.
    const shared = free.filter((ip) => share.askersOf(ip, undefined).includes(own.name));
    const vips = [...new Set([...mine, ...this.#view.lost()])];
    // In turn, where they hear each other.
    const swept = new Set([...mine].filter((ip) => isIpv4(ip) || first.has(ip)));
    const asking = { agents: share.asking, perVip: ASKERS };
    return { vips, nodes, free: shared, swept, asking };
  }

  /** Whether this agent is among the few that ask for an address, or nobody is. */
  asksFor(address: IpAddress): boolean {
    if (!this.#share) return false;
    const askers = this.askersOf(address);
    return askers.length === 0 || askers.includes(this.#own);
  }

  /** Whether this agent is the first of those few for whatever concerns the network of an address. */
  isFirstFor(address: IpAddress): boolean {
    const [first] = this.#share?.askersOf(address, undefined) ?? [];
    return first !== undefined && first === this.#own;
  }

  /** The nodes whose agents are those few. */
  askersOf(address: IpAddress): string[] {
    return this.#share?.askersOf(address, this.#announcerOf(address)) ?? [];
  }

  #shareOf(own: ClusterNode, { intent, sources }: TargetContext): ProbeShare {
    const networks = networksOf(sources.flatMap(({ addresses }) => addresses.map(({ network }) => network)));
    const text = networks.map(rangeText).join();
    const isNew = this.#share === null || this.#own !== own.name;
    this.#share = isNew ? new ProbeShare(own.name) : this.#share!;
    if (isNew || intent.nodes !== this.#nodes || text !== this.#networks) {
      const askers = intent.nodes.flatMap((node) => (node.name === own.name ? [] : askerOf(node)));
      this.#share.setAskers([{ node: own.name, networks }, ...askers]);
    }
    if (isNew || intent.vips !== this.#vips) {
      this.#share.setVips(intent.vips.map(({ address }) => address));
    }
    [this.#own, this.#nodes, this.#networks, this.#vips] = [own.name, intent.nodes, text, intent.vips];
    return this.#share;
  }

  /** By the wire, else by MetalLB's election. */
  #announcerOf(ip: IpAddress): string | null | undefined {
    const announcer = this.#view.announcerOf(ip);
    if (announcer !== undefined) return announcer;
    return this.#view.vip(ip)?.elector?.elect()?.node;
  }

  #unlearned(own: ClusterNode | undefined, now: Micros): IpAddress[] {
    const unlearned = this.#view.unlearnedNodeAddresses();
    for (const address of this.#unlearnedSince.keys())
      if (!unlearned.includes(address)) this.#unlearnedSince.delete(address);
    return unlearned.filter((address) => {
      const since = this.#unlearnedSince.get(address) ?? now;
      this.#unlearnedSince.set(address, since);
      if (!own || !this.#share || now - since < ALL_ASK) return true;
      return this.#share.askersOf(address, null).includes(own.name);
    });
  }
}

/** Without a word between them: one on each node, and this one where it is on none. */
function agentsOf({ nodes }: Intent, ownAddresses: readonly IpAddress[]): number {
  const isNode = nodes.some(({ addresses }) => addresses.some((address) => ownAddresses.includes(address)));
  return Math.max(1, nodes.length + (isNode ? 0 : 1));
}

function askerOf({ name, agentReady, interfaces = [] }: ClusterNode): Asker[] {
  const watched = interfaces.filter(({ segment }) => segment !== null);
  if (!agentReady || watched.length === 0) return [];
  const ranges = watched.flatMap(({ addresses }) =>
    addresses.map(({ ip, prefixLength }) => networkOf(ip, prefixLength)),
  );
  return [{ node: name, networks: networksOf(ranges) }];
}

/** Each once, in one order. Every interface has a link-local network, and no VIP is in it. */
function networksOf(ranges: readonly IpRange[]): IpRange[] {
  const byText = new Map(ranges.map((range) => [rangeText(range), range]));
  return [...byText]
    .filter(([, { family, first }]) => !isLinkLocal(ipOfNumber(family, first)))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, range]) => range);
}
