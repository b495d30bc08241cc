// What MetalLB's configuration, its speakers and the nodes come to, at one moment: which pool an address is of, which
// advertisements apply, and which nodes may announce. Never changes once made.

import type { NoAnnouncer } from '../../intent/intent.ts';
import type { IpAddress } from '../../net/address.ts';
import { rangeContains } from '../../net/range.ts';
import type { AdvertisementObject, L2AdvertisementObject } from '../objects/advertisement.ts';
import type { NodeObject } from '../objects/node.ts';
import type { PoolObject } from '../objects/pool.ts';
import { anySelects } from '../objects/selector.ts';
import type { ServiceObject } from '../objects/service.ts';
import type { Speakers } from '../objects/speaker.ts';
import type { Candidates } from './election.ts';

export interface MetalLbParts {
  readonly nodes: readonly NodeObject[];
  readonly speakers: Speakers;
  readonly pools: readonly PoolObject[];
  readonly l2Advertisements: readonly L2AdvertisementObject[];
  readonly bgpAdvertisements: readonly AdvertisementObject[];
  /** Nothing is known that would make MetalLB elect otherwise than by these. */
  readonly certain: boolean;
}

/** What keeps a node from standing for election, in the order in which MetalLB asks. */
export type Barrier = 'no-speaker' | 'not-selected' | 'excluded' | 'network-unavailable';

/** Who stands for election where a set of advertisements applies. */
export interface Field {
  readonly candidates: Candidates;
  /** Those of them whose speaker may be dead. */
  readonly doubtful: ReadonlySet<string>;
  /** Why there are no candidates, where there are none. */
  readonly ifEmpty: NoAnnouncer;
}

export class MetalLb {
  readonly certain: boolean;
  readonly speakers: Speakers;
  readonly #parts: MetalLbParts;
  readonly #nodes: ReadonlyMap<string, NodeObject>;
  readonly #fields = new Map<string, Field>();

  constructor(parts: MetalLbParts) {
    this.certain = parts.certain;
    this.speakers = parts.speakers;
    this.#parts = parts;
    this.#nodes = new Map(parts.nodes.map((node) => [node.name, node]));
  }

  /** The one pool that holds all the addresses. */
  poolOf(addresses: readonly IpAddress[]): PoolObject | undefined {
    return this.#parts.pools.find(({ ranges }) =>
      addresses.every((address) => ranges.some((range) => rangeContains(range, address))),
    );
  }

  l2Advertisements(pool: PoolObject, service: ServiceObject): L2AdvertisementObject[] {
    return this.#parts.l2Advertisements.filter((advertisement) => applies(advertisement, pool, service));
  }

  isBgpAdvertised(pool: PoolObject, service: ServiceObject): boolean {
    return this.#parts.bgpAdvertisements.some((advertisement) => applies(advertisement, pool, service));
  }

  /** The same object for the same advertisements. */
  field(advertisements: readonly L2AdvertisementObject[]): Field {
    const key = advertisements.map((advertisement) => advertisement.key).join(' ');
    const field = this.#fields.get(key) ?? this.#fieldOf(advertisements);
    this.#fields.set(key, field);
    return field;
  }

  /** Of the advertisements, those for that node decide; null: all of its interfaces. */
  interfaces(advertisements: readonly L2AdvertisementObject[], nodeName: string): readonly string[] | null {
    const node = this.#nodes.get(nodeName);
    const own = advertisements.filter((advertisement) => node && selectsNode(advertisement, node));
    if (own.some(({ interfaces }) => interfaces.length === 0)) return null;
    return [...new Set(own.flatMap(({ interfaces }) => interfaces))].toSorted();
  }

  /** What keeps a node from standing for election where these advertisements apply; null: nothing does. */
  barrier(advertisements: readonly L2AdvertisementObject[], node: NodeObject): Barrier | null {
    const { states, settings } = this.speakers;
    // Without memberlist every node is taken to have a speaker; that none runs at all is another matter.
    const speaks = this.#memberlist ? isMember(states.get(node.name)) : states.size > 0;
    if (!speaks) return 'no-speaker';
    if (!advertisements.some((advertisement) => selectsNode(advertisement, node))) return 'not-selected';
    if (node.excluded && !(settings?.ignoreExcludeLabel ?? false)) return 'excluded';
    return node.networkUnavailable ? 'network-unavailable' : null;
  }

  get #memberlist(): boolean {
    return this.speakers.settings?.memberlist ?? true;
  }

  #fieldOf(advertisements: readonly L2AdvertisementObject[]): Field {
    const barriers = this.#parts.nodes.map((node) => [node, this.barrier(advertisements, node)] as const);
    const eligible = barriers.flatMap(([node, barrier]) => (barrier === null ? [node] : []));
    const doubtful = eligible.filter(
      ({ name }) => this.#memberlist && this.speakers.states.get(name) === 'doubtful',
    );
    return {
      candidates: new Map(eligible.map((node) => [node.name, weightOf(advertisements, node)])),
      doubtful: new Set(doubtful.map(({ name }) => name)),
      ifEmpty: reasonOf(barriers.map(([, barrier]) => barrier)),
    };
  }
}

function isMember(state: string | undefined): boolean {
  return state === 'up' || state === 'doubtful';
}

function reasonOf(barriers: readonly (Barrier | null)[]): NoAnnouncer {
  const speaking = barriers.filter((barrier) => barrier !== 'no-speaker');
  if (speaking.length === 0) return 'no-speaker';
  const selected = speaking.filter((barrier) => barrier !== 'not-selected');
  if (selected.length === 0) return 'no-selected-node';
  return selected.every((barrier) => barrier === 'excluded') ? 'excluded-nodes' : 'no-eligible-node';
}

function applies(advertisement: AdvertisementObject, pool: PoolObject, service: ServiceObject): boolean {
  if (!selectsPool(advertisement, pool)) return false;
  const { serviceSelectors } = advertisement;
  return serviceSelectors.length === 0 || anySelects(serviceSelectors, service.labels);
}

/** Whether it may announce addresses of a pool, of some Service. */
export function selectsPool({ pools, poolSelectors }: AdvertisementObject, pool: PoolObject): boolean {
  const everyPool = pools.length === 0 && poolSelectors.length === 0;
  return everyPool || pools.includes(pool.name) || anySelects(poolSelectors, pool.labels);
}

function selectsNode({ nodeSelectors }: L2AdvertisementObject, { labels }: NodeObject): boolean {
  return nodeSelectors.length === 0 || anySelects(nodeSelectors, labels);
}

/** An advertisement's preferences count on the nodes that it selects, and those of several add up. */
function weightOf(advertisements: readonly L2AdvertisementObject[], node: NodeObject): number {
  return advertisements
    .filter((advertisement) => selectsNode(advertisement, node))
    .flatMap(({ preferences }) => preferences)
    .filter(({ selector }) => anySelects([selector], node.labels))
    .reduce((sum, { weight }) => sum + weight, 0);
}
