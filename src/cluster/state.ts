// The cluster as the API shows it, and what it intends. Fed with objects as they come; says anew only what a change made
// different.

import { doubtsOf } from '../intent/doubts.ts';
import type { ClusterNode, Intent, Vip } from '../intent/intent.ts';
import { isHostAddress, NO_HOST_ADDRESS } from '../net/address.ts';
import { type IpRange, parseRange } from '../net/range.ts';
import { clusterNodes } from './cluster-nodes.ts';
import { type Configuration, readConfiguration } from './metallb/configuration.ts';
import { MetalLb } from './metallb/metallb.ts';
import { longestUnreadySince } from './objects/agent.ts';
import { Grouped } from './objects/grouped.ts';
import { idOf } from './objects/object-id.ts';
import { ELECTION_KINDS, type Kind } from './objects/resources.ts';
import type { EndpointSliceObject } from './objects/service.ts';
import { type SpeakerObject, type SpeakerSettings, type Speakers, summarise } from './objects/speaker.ts';
import type { L2StatusObject } from './objects/status.ts';
import type { Intake, Replacement } from './objects/store.ts';
import { makeStores } from './objects/stores.ts';
import type { Skipped } from './objects/trimmed.ts';
import { type ServiceFacts, VipTable } from './vips.ts';

/**
 * Why no election can be told of any Service:
 * - `not-listed`: a kind that decides it was not listed (see `unlisted`)
 * - `configuration-refused`: pools or advertisements have a fault; MetalLB then goes on with the ones before
 * - `speakers-differ`: the speakers run with different settings, or in different namespaces
 */
export type Doubt = 'not-listed' | 'configuration-refused' | 'speakers-differ';

export class ClusterState {
  readonly #slicesOf = new Grouped<EndpointSliceObject>((service) => this.#touch(service));
  readonly #statusesOf = new Grouped<L2StatusObject>((service) => this.#touch(service));
  readonly #stores = makeStores({
    serviceChanged: (key) => this.#touched.add(key),
    sliceChanged: (before, after) => this.#slicesOf.replace(before, after),
    statusChanged: (before, after) => this.#statusesOf.replace(before, after),
  });
  /** The same, as far as every kind is treated alike. */
  readonly #intakes: Readonly<Record<Kind, Intake>> = this.#stores;

  readonly #vips = new VipTable();
  /** The Services to look at anew. */
  readonly #touched = new Set<string>();
  #statusesKnown = false;
  // Made when asked for; undefined: to be made anew.
  #speakers: Speakers | undefined;
  #configuration: Configuration | undefined;
  #metallb: MetalLb | undefined;
  #nodes: readonly ClusterNode[] | undefined;
  #intent: Intent | undefined;

  /**
   * Takes an object that was added or changed, as the API gave it.
   * @returns whether the intent may be another now; most changes, like a Node's heartbeat, leave it as it is.
   */
  update(kind: Kind, raw: unknown): boolean {
    return this.#noteObject(kind, this.#intakes[kind].update(raw));
  }

  /** @param namespace empty for a Node. */
  delete(kind: Kind, namespace: string, name: string): boolean {
    return this.#noteObject(kind, this.#intakes[kind].delete(idOf(namespace, name)));
  }

  /** Takes the whole list, as after the start or when a watch was lost: what is not in it is gone. */
  replace(kind: Kind, raws: Iterable<unknown>): boolean {
    const replacement = this.startReplace(kind);
    const added = replacement.add(raws);
    return replacement.finish() || added;
  }

  /** The same for a list that comes in pages, of which none need be kept: its objects are there page by page. */
  startReplace(kind: Kind): Replacement {
    const replacement = this.#intakes[kind].startReplace();
    return {
      add: (raws) => this.#note(kind, replacement.add(raws)),
      finish: () => this.#note(kind, replacement.finish()),
    };
  }

  /** The API serves the kind no more (404). Not for an API server out of reach: then what was last known stands. */
  clear(kind: Kind): boolean {
    return this.#note(kind, this.#intakes[kind].clear());
  }

  /** The same object until a change makes it another. Those handed out before stay as they are, elections included. */
  intent(): Intent {
    this.#intent ??= this.#makeIntent();
    return this.#intent;
  }

  /** The kinds that were not listed yet, or are not served. */
  unlisted(): Kind[] {
    return this.#kinds().filter((kind) => !this.#intakes[kind].listed);
  }

  doubts(): Doubt[] {
    const doubts: Doubt[] = [];
    if (!ELECTION_KINDS.every((kind) => this.#intakes[kind].listed)) doubts.push('not-listed');
    if (this.#configurationNow().refused) doubts.push('configuration-refused');
    if (!this.#speakersNow().agree) doubts.push('speakers-differ');
    return doubts;
  }

  /** What cannot be judged: a sentence each. */
  unjudged(): string[] {
    const impossible = this.#vips.all().filter(isImpossible);
    return [...impossible.map(impossibleVip), ...doubtsOf(this.intent(), 'cluster')];
  }

  /** What is left out at present: one entry for each object and reason. */
  skipped(): Skipped[] {
    const { nodes } = this.intent();
    const malformed = this.#kinds().flatMap((kind) =>
      [...this.#intakes[kind].problems()].flatMap(([object, reasons]) =>
        reasons.map((reason): Skipped => ({ kind, object, reason })),
      ),
    );
    const isNodeAddress = isAddressOf(nodes);
    const noVips = this.#vips.all().flatMap((vip): Skipped[] => {
      const reason = isNodeAddress(vip) ? 'node-address' : isImpossible(vip) ? 'impossible-address' : null;
      return reason === null ? [] : [{ kind: 'services', object: vip.service ?? '', reason }];
    });
    return [...malformed, ...this.#configurationNow().skipped, ...noVips];
  }

  /** Where an agent's Pod runs; undefined where it is not known. */
  nodeOfAgent(namespace: string, name: string): string | undefined {
    return this.#stores.agents.get(idOf(namespace, name).key)?.node ?? undefined;
  }

  /** Of an agent's Pod: `doubtful` where it is there and not ready. While Pods are not known, each may be there. */
  livenessOfAgent(namespace: string, name: string): 'live' | 'doubtful' | 'gone' {
    const { agents } = this.#stores;
    const agent = agents.get(idOf(namespace, name).key);
    if (!agent) return agents.listed ? 'gone' : 'doubtful';
    return agent.ready ? 'live' : 'doubtful';
  }

  /** The nodes on which an agent is ready; undefined while Pods are not known. */
  readyAgentNodes(): string[] | undefined {
    const { agents } = this.#stores;
    if (!agents.listed) return undefined;
    return [...agents.objects()].flatMap(({ node, ready }) => (ready && node !== null ? [node] : []));
  }

  /** As {@link longestUnreadySince}; undefined while Pods or nodes are not known. */
  longestUnreadyAgentSince(): number | null | undefined {
    const { agents, nodes } = this.#stores;
    if (!agents.listed || !nodes.listed) return undefined;
    return longestUnreadySince(agents.objects(), (name) => nodes.get(name)?.ready ?? false);
  }

  /** The Pod of the speaker that runs on a node; undefined where none is known to. */
  speakerOn(node: string): SpeakerObject | undefined {
    const there = this.#speakerObjects().filter((speaker) => speaker.node === node);
    return there.find(({ state }) => state === 'up') ?? there.find(({ state }) => state === 'doubtful');
  }

  /** What failover tests have put on nodes and not taken off yet. */
  testMarks(): { readonly node: string; readonly mark: string }[] {
    return [...this.#stores.nodes.objects()].flatMap(({ name, testMarks }) =>
      testMarks.map((mark) => ({ node: name, mark })),
    );
  }

  /** The networks that Pods have their addresses from, as far as the nodes tell. */
  podNetworks(): IpRange[] {
    return [...this.#stores.nodes.objects()].flatMap(({ podNetworks }) =>
      podNetworks.map(parseRange).filter((one) => typeof one !== 'string'),
    );
  }

  /** Null where no speaker's Pod shows them. */
  speakerSettings(): SpeakerSettings | null {
    return this.#speakersNow().settings;
  }

  /** SHA-256 hashes that the elections took so far. */
  get electionHashes(): number {
    return this.#vips.hashes;
  }

  #kinds(): Kind[] {
    return Object.keys(this.#intakes) as Kind[];
  }

  /** Of Services that are not kept, as most of a cluster's are, nothing is intended. */
  #touch(service: string): void {
    if (this.#stores.services.get(service)) this.#touched.add(service);
  }

  #noteObject(kind: Kind, changed: boolean): boolean {
    const concernsServices = kind === 'endpointSlices' || kind === 'l2Statuses';
    return this.#note(kind, changed && !(concernsServices && this.#touched.size === 0));
  }

  #note(kind: Kind, changed: boolean): boolean {
    if (changed) this.#outdate(kind);
    return changed;
  }

  #outdate(kind: Kind): void {
    this.#intent = undefined;
    switch (kind) {
      case 'services':
      case 'endpointSlices':
      case 'l2Statuses':
        // The Services concerned were noted with their objects.
        return;
      case 'agents':
        this.#nodes = undefined;
        return;
      case 'nodes':
        this.#nodes = undefined;
        this.#metallb = undefined;
        return;
      case 'speakers':
      case 'helmSpeakers':
        this.#nodes = undefined;
        this.#speakers = undefined;
        this.#configuration = undefined;
        this.#metallb = undefined;
        return;
      case 'pools':
      case 'l2Advertisements':
      case 'bgpAdvertisements':
        this.#configuration = undefined;
        this.#metallb = undefined;
        return;
      default:
        kind satisfies never;
    }
  }

  #makeIntent(): Intent {
    const certain = this.doubts().length === 0;
    const statusesKnown = this.#stores.l2Statuses.listed;
    if (this.#metallb?.certain !== certain || this.#statusesKnown !== statusesKnown)
      this.#metallb = undefined;
    this.#statusesKnown = statusesKnown;
    const configuration = this.#configurationNow();
    if (!this.#metallb) {
      const nodes = [...this.#stores.nodes.objects()];
      this.#metallb = new MetalLb({ ...configuration, nodes, speakers: this.#speakersNow(), certain });
      for (const { key } of this.#stores.services.objects()) this.#touched.add(key);
    }
    this.#vips.update(this.#touched, (key) => this.#factsOf(key), this.#metallb);
    this.#touched.clear();
    this.#nodes ??= clusterNodes(
      this.#stores.nodes.objects(),
      this.#stores.agents.objects(),
      this.#speakerObjects(),
    );
    // k3s's own load balancer gives a Service the nodes' addresses: those are the nodes', and change their owner never.
    const isNodeAddress = isAddressOf(this.#nodes);
    const vips = this.#vips.all().filter((vip) => !isNodeAddress(vip) && !isImpossible(vip));
    return { pools: configuration.intended, vips, nodes: this.#nodes };
  }

  #factsOf(key: string): ServiceFacts | undefined {
    const service = this.#stores.services.get(key);
    if (!service) return undefined;
    return {
      service,
      slices: this.#slicesOf.of(key),
      statusNodes: this.#statusesKnown ? namesOf(this.#statusesOf.of(key)) : undefined,
    };
  }

  #speakersNow(): Speakers {
    this.#speakers ??= summarise(this.#speakerObjects());
    return this.#speakers;
  }

  #speakerObjects(): SpeakerObject[] {
    const { speakers, helmSpeakers } = this.#stores;
    return [...speakers.objects(), ...helmSpeakers.objects()];
  }

  #configurationNow(): Configuration {
    const { pools, l2Advertisements, bgpAdvertisements } = this.#stores;
    this.#configuration ??= readConfiguration(
      { pools, l2Advertisements, bgpAdvertisements },
      this.#speakersNow().namespace,
    );
    return this.#configuration;
  }
}

const NO_NAMES: readonly string[] = [];

function namesOf(statuses: readonly L2StatusObject[]): readonly string[] {
  if (statuses.length === 0) return NO_NAMES;
  return [...new Set(statuses.map(({ node }) => node))].toSorted();
}

function isAddressOf(nodes: readonly ClusterNode[]): (vip: Vip) => boolean {
  const addresses = new Set(nodes.flatMap((node) => node.addresses));
  return ({ address }) => addresses.has(address);
}

/** No machine can have it, so nobody can announce it. */
function isImpossible({ address }: Vip): boolean {
  return !isHostAddress(address);
}

function impossibleVip({ address, service }: Vip): string {
  return `Service ${service} has ${address}, which cannot be a VIP: ${NO_HOST_ADDRESS}. It is left out.`;
}
