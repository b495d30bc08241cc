// Which agents ask for which VIP: two of those on its network, never the announcer's own, found by rendezvous hashing. All agents
// come to the same answer by themselves; one that comes or goes moves its own share alone. On a network with very many agents only
// some ask at all: then one of those that goes moves the share of whoever takes its place as well.
import { hashOf, mixed } from '../base/hash.ts';
import type { IpAddress } from '../net/address.ts';
import { type IpRange, rangeContains, rangeText } from '../net/range.ts';
import { MOST_LOST } from './unheard.ts';

/** An agent that is alive, and the networks that it watches. */
export interface Asker {
  readonly node: string;
  readonly networks: readonly IpRange[];
}

/** Who announces a VIP; null: nobody; undefined: not known. */
export type AnnouncerOf = (vip: IpAddress) => string | null | undefined;

interface Member {
  readonly node: string;
  readonly hash: number;
}

/** The three best agents for a VIP, the best first. Kept without their scores, which a hash gives again. */
type Ranking = readonly Member[];

export const ASKERS = 2;
/** One more, to take the announcer's place. */
const RANKED = ASKERS + 1;
/** So many agents on a network ask: each of them loses a poll once a machine is gone, but that of the machine itself. */
const MOST_ASKING = MOST_LOST + 1;
/** Where a VIP is on no agent's network, all of them may hear of it. */
const OFF_LINK = 'off-link';

export class ProbeShare {
  readonly #own: string;
  readonly #askers = new Map<string, Asker>();
  readonly #vips = new Set<IpAddress>();
  readonly #networks = new Map<string, { readonly range: IpRange; readonly network: Network }>();
  readonly #counters = { comparisons: 0 };
  readonly #offLink = new Network(OFF_LINK, this.#counters);

  /** @param own the node of this agent. */
  constructor(own: string) {
    this.#own = own;
  }

  /** All agents that are alive, this one included. */
  setAskers(askers: readonly Asker[]): void {
    const names = new Set(askers.map(({ node }) => node));
    for (const [node, asker] of this.#askers) if (!names.has(node)) this.#leave(asker);
    for (const asker of askers) {
      const known = this.#askers.get(asker.node);
      if (known && String(keysOf(known)) === String(keysOf(asker))) continue;
      if (known) this.#leave(known);
      this.#join(asker);
    }
  }

  setVips(vips: readonly IpAddress[]): void {
    if (vips.length === this.#vips.size && vips.every((ip) => this.#vips.has(ip))) return;
    const wanted = new Set(vips);
    for (const ip of this.#vips) {
      if (wanted.has(ip)) continue;
      this.#vips.delete(ip);
      for (const network of this.#everyNetwork()) network.removeVip(ip);
    }
    for (const ip of wanted) {
      if (this.#vips.has(ip)) continue;
      this.#vips.add(ip);
      for (const network of this.#networksOf(ip)) network.addVip(ip);
    }
  }

  /** How many agents ask, this one included; on one network. */
  get asking(): number {
    return Math.min(this.#askers.size, MOST_ASKING);
  }

  /** How often a node was weighed against others for an address, so far: what changes cost. */
  get comparisons(): number {
    return this.#counters.comparisons;
  }

  /** The VIPs that this agent asks for; `first`: those for which it comes before the others that do. */
  mine(announcerOf: AnnouncerOf): {
    readonly mine: ReadonlySet<IpAddress>;
    readonly first: ReadonlySet<IpAddress>;
  } {
    const mine = new Set<IpAddress>();
    const first = new Set<IpAddress>();
    for (const network of this.#everyNetwork()) {
      for (const [ip, best] of network.vips) {
        // Not the announcer of each and every VIP need be known, which may take an election.
        const isCandidate = best.some(({ node }) => node === this.#own);
        if (!isCandidate) continue;
        const askers = chosen(best, announcerOf(ip));
        if (askers.includes(this.#own)) mine.add(ip);
        if (askers[0] === this.#own) first.add(ip);
      }
    }
    return { mine, first };
  }

  /** The nodes whose agents ask for an address, VIP or not. */
  askersOf(address: IpAddress, announcer: ReturnType<AnnouncerOf>): string[] {
    return this.#networksOf(address).flatMap((network) =>
      chosen(network.vips.get(address) ?? network.rank(address), announcer),
    );
  }

  #everyNetwork(): Network[] {
    return [this.#offLink, ...[...this.#networks.values()].map(({ network }) => network)];
  }

  #networksOf(ip: IpAddress): Network[] {
    const onLink = [...this.#networks.values()].filter(({ range }) => rangeContains(range, ip));
    return onLink.length > 0 ? onLink.map(({ network }) => network) : [this.#offLink];
  }

  #join(asker: Asker): void {
    this.#askers.set(asker.node, asker);
    const member = { node: asker.node, hash: hashOf(asker.node) };
    this.#offLink.join(member);
    for (const range of asker.networks) {
      const key = rangeText(range);
      const known = this.#networks.get(key);
      if (known) known.network.join(member);
      else this.#open(key, range, member);
    }
  }

  #leave({ node, networks }: Asker): void {
    this.#askers.delete(node);
    this.#offLink.leave(node);
    for (const range of networks) {
      const key = rangeText(range);
      const network = this.#networks.get(key)?.network;
      network?.leave(node);
      if (network?.size === 0) this.#close(key, network);
    }
  }

  #open(key: string, range: IpRange, member: Member): void {
    const network = new Network(key, this.#counters);
    network.join(member);
    this.#networks.set(key, { range, network });
    for (const ip of this.#vips) {
      if (!rangeContains(range, ip)) continue;
      network.addVip(ip);
      this.#offLink.removeVip(ip);
    }
  }

  #close(key: string, { vips }: Network): void {
    this.#networks.delete(key);
    for (const ip of vips.keys()) {
      if (this.#networksOf(ip)[0] === this.#offLink) this.#offLink.addVip(ip);
    }
  }
}

/** One network: its agents, which of them ask, and the best of those for each of its VIPs. */
class Network {
  readonly vips = new Map<IpAddress, Ranking>();
  readonly #key: string;
  readonly #members = new Map<string, Member>();
  /** The first by an order that all agents share, the same on every network: several may be on one LAN. */
  readonly #asking: Member[] = [];
  readonly #counters: { comparisons: number };

  constructor(key: string, counters: { comparisons: number }) {
    this.#key = key;
    this.#counters = counters;
  }

  get size(): number {
    return this.#members.size;
  }

  addVip(ip: IpAddress): void {
    this.vips.set(ip, this.rank(ip));
  }

  removeVip(ip: IpAddress): void {
    this.vips.delete(ip);
  }

  join(member: Member): void {
    if (this.#members.has(member.node)) return;
    this.#members.set(member.node, member);
    this.#admit(member);
  }

  leave(node: string): void {
    this.#members.delete(node);
    const place = this.#asking.findIndex((member) => member.node === node);
    if (place === -1) return;
    this.#asking.splice(place, 1);
    this.#rankAnew(node);
    const next = this.#firstOfOthers();
    if (next) this.#admit(next);
  }

  rank(ip: IpAddress): Ranking {
    this.#counters.comparisons += this.#asking.length;
    return this.#bestOf(ip, this.#asking);
  }

  /** Lets it ask, where its place is before another's. */
  #admit(member: Member): void {
    const before = this.#asking.findIndex((other) => isFirst(member, other));
    const place = before === -1 ? this.#asking.length : before;
    if (place === MOST_ASKING) return;
    this.#asking.splice(place, 0, member);
    const [last] = this.#asking.splice(MOST_ASKING);
    if (last) this.#rankAnew(last.node);
    for (const [ip, best] of this.vips)
      if (!best.includes(member)) this.vips.set(ip, this.#bestOf(ip, [...best, member]));
    this.#counters.comparisons += this.vips.size;
  }

  /** Only the VIPs that the agent was among the best for. */
  #rankAnew(node: string): void {
    for (const [ip, best] of this.vips) {
      if (best.some((member) => member.node === node)) this.addVip(ip);
    }
  }

  #firstOfOthers(): Member | undefined {
    let first: Member | undefined;
    if (this.#members.size === this.#asking.length) return undefined;
    for (const member of this.#members.values())
      if (!this.#asking.includes(member) && (!first || isFirst(member, first))) first = member;
    return first;
  }

  #bestOf(ip: IpAddress, members: readonly Member[]): Ranking {
    const hash = hashOf(`${ip} ${this.#key}`);
    const best: Member[] = [];
    const scores: number[] = [];
    for (const member of members) {
      const score = mixed(member.hash ^ hash);
      let rank = best.length;
      while (rank > 0 && isBetter(member, score, best[rank - 1]!, scores[rank - 1]!)) rank -= 1;
      if (rank === RANKED) continue;
      best.splice(rank, 0, member);
      scores.splice(rank, 0, score);
      best.length = Math.min(best.length, RANKED);
    }
    // A copy has no more room than it needs.
    return [...best];
  }
}

/** The two best that are not the announcer's; all three while any of them may be. */
function chosen(best: Ranking, announcer: string | null | undefined): string[] {
  const nodes = best.map(({ node }) => node);
  return announcer === undefined ? nodes : nodes.filter((node) => node !== announcer).slice(0, ASKERS);
}

function isFirst(member: Member, other: Member): boolean {
  return isBetter(member, member.hash, other, other.hash);
}

/** All agents must agree, in whichever order they met the nodes. */
function isBetter(member: Member, score: number, other: Member, otherScore: number): boolean {
  return score > otherScore || (score === otherScore && member.node < other.node);
}

function keysOf({ networks }: Asker): string[] {
  return networks.map(rangeText);
}
