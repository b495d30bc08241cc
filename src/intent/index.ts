// The intent, arranged for the questions that frames ask.

import type { Micros } from '../base/time.ts';
import { type IpAddress, ipv4Number, isIpv4, type Mac } from '../net/address.ts';
import type { Link } from '../net/frame.ts';
import { type IpRange, rangeContains } from '../net/range.ts';
import type { ClusterNode, Intent, Pool, Vip } from './intent.ts';

/** What the intent says of one address. */
export type AddressRole =
  | { readonly kind: 'vip'; readonly vip: Vip; readonly pool: Pool | null }
  | { readonly kind: 'pool'; readonly pool: Pool }
  | { readonly kind: 'node'; readonly node: ClusterNode }
  | { readonly kind: 'other' };

/** A network that this machine has an address in. */
export interface OwnNetwork extends IpRange {
  /** By name: where it is. */
  readonly segment: string;
  /** That carries it. @default the interface of that name, untagged */
  readonly link?: Link;
}

/** This machine's own addresses and MACs, of all its interfaces. */
export interface OwnInterfaces {
  readonly addresses: readonly IpAddress[];
  readonly macs: readonly Mac[];
  /** Of the interfaces that are watched: whoever has an address in one of them is asked for it, and answers if it is there. */
  readonly networks: readonly OwnNetwork[];
}

export type PoolRole = AddressRole & { readonly kind: 'pool' };
export type NodeRole = AddressRole & { readonly kind: 'node' };
export type VipRole = AddressRole & { readonly kind: 'vip' };

const OTHER: AddressRole = { kind: 'other' };

export class IntentIndex {
  readonly intent: Intent;
  /** Since when the set of nodes is the one of this intent. */
  readonly since: Micros;
  readonly #vips: Map<IpAddress, VipRole>;
  readonly #nodes = new Map<IpAddress, AddressRole & { kind: 'node' }>();
  readonly #nodeOfMac = new Map<Mac, ClusterNode>();
  /** For nodes without listed MACs: the MAC that claims each of their addresses. */
  readonly #learned = new Map<IpAddress, Mac>();
  /** The nodes, by name, for whose own addresses a MAC answers that is not theirs as listed or learned: see `addAlias`. */
  readonly #aliases = new Map<Mac, Set<string>>();
  /** A MAC that claims a learned address beside or after the learned one, and since when. */
  readonly #candidates = new Map<IpAddress, { readonly mac: Mac; readonly since: Micros }>();
  /** The node that this process runs on: its interfaces are known without a frame. */
  readonly ownNode: ClusterNode | undefined;
  /** The IPv4 ranges as plain numbers: a flood of made-up senders asks for each of them once. */
  readonly #ipv4Ranges: readonly { readonly first: number; readonly last: number; readonly role: PoolRole }[];
  readonly #ipv6Pools: readonly PoolRole[];
  /** What was asked last: a frame's address is asked for by all that look at it. */
  readonly #latest: { ip: IpAddress | null; role: AddressRole } = { ip: null, role: OTHER };

  /** @param previous is used up: what it holds of ten thousand VIPs is taken over, not made anew. */
  constructor(intent: Intent, previous: IntentIndex | null, own: OwnInterfaces, now: Micros) {
    this.intent = intent;
    this.since = previous && sameNodes(previous.intent, intent) ? previous.since : now;
    const pools = intent.pools.map((pool): PoolRole => ({ kind: 'pool', pool }));
    this.#ipv6Pools = pools.filter((role) => role.pool.ranges.some((range) => range.family === 6));
    this.#ipv4Ranges = pools.flatMap((role) =>
      role.pool.ranges
        .filter((range) => range.family === 4)
        .map((range) => ({ first: Number(range.first), last: Number(range.last), role })),
    );
    for (const node of intent.nodes) {
      for (const mac of node.macs) this.#nodeOfMac.set(mac, node);
      for (const address of node.addresses) this.#nodes.set(address, { kind: 'node', node });
    }
    this.#vips = previous ? previous.#vips : new Map();
    this.#indexVips(intent.vips);
    if (previous) {
      for (const [address, mac] of previous.#learned) this.learn(address, mac);
      for (const [address, candidate] of previous.#candidates) this.#candidates.set(address, candidate);
      for (const [mac, names] of previous.#aliases)
        if (!this.#nodeOfMac.has(mac)) this.#aliases.set(mac, names);
      this.#keepKnown(previous);
    }
    this.ownNode = intent.nodes.find(({ addresses }) =>
      addresses.some((address) => own.addresses.includes(address)),
    );
    if (this.ownNode) for (const mac of own.macs) this.#nodeOfMac.set(mac, this.ownNode);
  }

  roleOf(ip: IpAddress): AddressRole {
    if (ip === this.#latest.ip) return this.#latest.role;
    const role = this.#vips.get(ip) ?? this.#nodes.get(ip) ?? this.#poolRole(ip) ?? OTHER;
    this.#latest.ip = ip;
    this.#latest.role = role;
    return role;
  }

  /** Also by a MAC that only answers for it; undefined where one does so for several. */
  nodeOf(mac: Mac): ClusterNode | undefined {
    const node = this.#nodeOfMac.get(mac);
    if (node || this.#aliases.size === 0) return node;
    const names = this.#aliases.get(mac);
    if (names?.size !== 1) return undefined;
    return this.intent.nodes.find(({ name }) => names.has(name));
  }

  /** It is a node's, or of a translator that several nodes are behind. */
  isOfNodes(mac: Mac): boolean {
    return this.#nodeOfMac.has(mac) || this.#aliases.has(mac);
  }

  /** The MAC is the node's own, as listed or learned. */
  isOwnMac(mac: Mac, node: ClusterNode): boolean {
    return this.#nodeOfMac.get(mac) === node;
  }

  /** The MAC answers for the node in place of its own. */
  isAlias(mac: Mac, node: ClusterNode): boolean {
    return this.#aliases.get(mac)?.has(node.name) ?? false;
  }

  /** The nodes for which it answers, by name: several where it is an extender's or another translator's. */
  aliasOf(mac: Mac): readonly string[] {
    return [...(this.#aliases.get(mac) ?? [])].toSorted();
  }

  /** `mac` answers for the node's own address: a bond's other card, a rebuilt node's new one, a Wi-Fi extender's. */
  addAlias(mac: Mac, node: ClusterNode): void {
    const names = this.#aliases.get(mac) ?? new Set();
    this.#aliases.set(mac, names.add(node.name));
  }

  dropAlias(mac: Mac, node: ClusterNode): void {
    const names = this.#aliases.get(mac);
    names?.delete(node.name);
    if (names?.size === 0) this.#aliases.delete(mac);
  }

  /** The MAC is no node's, though it answered for some: from now on the node's own is to be learned. */
  forgetMac(mac: Mac): void {
    this.#aliases.delete(mac);
    for (const [address, learned] of this.#learned) if (learned === mac) this.#learned.delete(address);
    for (const [address, candidate] of this.#candidates)
      if (candidate.mac === mac) this.#candidates.delete(address);
    if (!this.isListed(mac)) this.#nodeOfMac.delete(mac);
  }

  /** A node's own beyond doubt: listed, published, or this machine's. */
  isListed(mac: Mac): boolean {
    const node = this.#nodeOfMac.get(mac);
    return node !== undefined && (node === this.ownNode || node.macs.includes(mac));
  }

  get knowsNodes(): boolean {
    return this.intent.nodes.length > 0;
  }

  /** Every node's MACs are listed, or learned for each of its addresses, and none of them is in doubt. */
  get knowsEveryMac(): boolean {
    return this.#candidates.size === 0 && this.unlearnedAddresses().length === 0;
  }

  /** Addresses that no MAC is known for, or one in doubt: of nodes whose MACs are not listed. */
  unlearnedAddresses(): IpAddress[] {
    return this.intent.nodes
      .filter((node) => node.macs.length === 0 && node !== this.ownNode)
      .flatMap(({ addresses }) => addresses)
      .filter((address) => !this.#learned.has(address) || this.#candidates.has(address));
  }

  /**
   * May `mac` be that of a node that is not known by it? One that is asked for its own address and does not answer is not
   * there, and claims nothing.
   */
  mayBeNode(mac: Mac, { networks }: OwnInterfaces): boolean {
    if (this.#candidates.values().some((candidate) => candidate.mac === mac)) return true;
    const isAsked = (address: IpAddress) => networks.some((network) => rangeContains(network, address));
    return this.unlearnedAddresses().some((address) => !this.#candidates.has(address) && !isAsked(address));
  }

  /** Those that have an address without a known MAC, by name. */
  unheardNodes(): string[] {
    const unlearned = new Set(this.unlearnedAddresses());
    return this.intent.nodes
      .filter(({ addresses }) => addresses.some((one) => unlearned.has(one)))
      .map(({ name }) => name);
  }

  learnedMac(address: IpAddress): Mac | undefined {
    return this.#learned.get(address);
  }

  /** Under which a node answers for an address of its own; undefined where none is known, or which of several is not. */
  macAt(address: IpAddress, { macs, interfaces = [] }: ClusterNode): Mac | undefined {
    const published = interfaces.find(({ addresses }) => addresses.some(({ ip }) => ip === address));
    const [sole, ...others] = macs;
    return published?.mac ?? this.learnedMac(address) ?? (others.length === 0 ? sole : undefined);
  }

  /** Since when `mac` has claimed an address that another MAC was learned for. */
  candidateSince(address: IpAddress, mac: Mac, now: Micros): Micros {
    const known = this.#candidates.get(address);
    if (known?.mac === mac) return known.since;
    this.#candidates.set(address, { mac, since: now });
    return now;
  }

  /** The learned MAC has spoken again. */
  dropCandidate(address: IpAddress): void {
    this.#candidates.delete(address);
  }

  /** Takes `mac` as the one of the node that owns `address`; nothing happens where the node's MACs are listed. */
  learn(address: IpAddress, mac: Mac): void {
    const role = this.#nodes.get(address);
    if (!role || role.node.macs.length > 0) return;
    const before = this.#learned.get(address);
    this.#learned.set(address, mac);
    this.#candidates.delete(address);
    const other = this.#nodeOfMac.get(mac);
    if (other !== undefined && other !== role.node) {
      // It answers for several nodes, as an extender does.
      this.addAlias(mac, other);
      this.addAlias(mac, role.node);
    } else {
      this.#nodeOfMac.set(mac, role.node);
      this.dropAlias(mac, role.node);
    }
    if (before !== undefined && before !== mac) this.dropAlias(before, role.node);
    const stillUsed = role.node.addresses.some((other) => this.#learned.get(other) === before);
    if (before !== undefined && !stillUsed && this.#nodeOfMac.get(before) === role.node)
      this.#nodeOfMac.delete(before);
  }

  /** A node whose agent is just being replaced publishes nothing: what it last published is what is known of it. */
  #keepKnown(previous: IntentIndex): void {
    const silent = new Map(
      this.intent.nodes.flatMap((node) => (node.macs.length === 0 ? [[node.name, node]] : [])),
    );
    if (silent.size === 0) return;
    for (const [mac, before] of previous.#nodeOfMac) {
      const node = silent.get(before.name);
      if (!node || this.#nodeOfMac.has(mac)) continue;
      this.#nodeOfMac.set(mac, node);
      const published = before.interfaces?.filter((one) => one.mac === mac) ?? [];
      for (const { ip } of published.flatMap(({ addresses }) => addresses)) {
        if (node.addresses.includes(ip)) this.learn(ip, mac);
      }
    }
  }

  #indexVips(vips: readonly Vip[]): void {
    for (const vip of vips) {
      const known = this.#vips.get(vip.address);
      const pool = this.#poolRole(vip.address)?.pool ?? null;
      if (known?.vip !== vip || known.pool !== pool) this.#vips.set(vip.address, { kind: 'vip', vip, pool });
    }
    if (this.#vips.size === vips.length) return;
    const present = new Set(vips.map(({ address }) => address));
    for (const address of this.#vips.keys()) if (!present.has(address)) this.#vips.delete(address);
  }

  #poolRole(ip: IpAddress): PoolRole | undefined {
    if (!isIpv4(ip)) {
      return this.#ipv6Pools.find((role) => role.pool.ranges.some((range) => rangeContains(range, ip)));
    }
    const number = ipv4Number(ip);
    for (const { first, last, role } of this.#ipv4Ranges) if (first <= number && number <= last) return role;
    return undefined;
  }
}

function sameNodes(a: Intent, b: Intent): boolean {
  const names = new Set(a.nodes.map((node) => node.name));
  return b.nodes.every((node) => names.has(node.name));
}
