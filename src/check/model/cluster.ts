// The cluster as a check sees it: what the objects mean to one another. Of one moment; what is asked for is worked out once.
import { Elections } from '../../cluster/metallb/election.ts';
import { MetalLb } from '../../cluster/metallb/metallb.ts';
import { ServiceElection } from '../../cluster/metallb/service-election.ts';
import { idOf } from '../../cluster/objects/object-id.ts';
import { intendedPool } from '../../cluster/objects/pool.ts';
import type { EndpointSliceObject } from '../../cluster/objects/service.ts';
import { type Speakers, summarise } from '../../cluster/objects/speaker.ts';
import type { IpAddress } from '../../net/address.ts';
import { joinedRanges } from '../../net/joined-ranges.ts';
import { type IpRange, networkOf, rangeContains, rangeOf } from '../../net/range.ts';
import { type Backing, backingsOf } from './backing.ts';
import type { Facts, KnownDhcpRange } from './facts.ts';
import type { Inventory, NodeEntry, ObjectOf, ServiceEntry } from './inventory.ts';
import type { KindKey } from './kinds.ts';
import { type CheckedPool, isMetalLbPart } from './metallb.ts';
import { type Node, placesOf } from './node.ts';
import { keyOf } from './object.ts';
import { type PodSpec, termsSelect } from './pod-spec.ts';
import { addressesOf } from './service.ts';
import type { Claim, Volume } from './volume.ts';
import type { Workload } from './workload.ts';

/** An address of a LoadBalancer Service that is no node's own. */
export interface CheckedVip {
  readonly address: IpAddress;
  readonly service: ServiceEntry;
}

/** What a workload mounts; the claim or its volume is null where it is not known. */
export interface Mounted {
  readonly name: string;
  /** In the Pod. */
  readonly volumeName: string;
  readonly accessModes: readonly string[] | null;
  readonly claim: Claim | null;
  readonly volume: Volume | null;
}

export class Cluster {
  readonly inventory: Inventory;
  readonly facts: Facts;
  readonly #kept = new Map<string, unknown>();
  readonly #elections = new Elections();

  constructor(inventory: Inventory, facts: Facts) {
    this.inventory = inventory;
    this.facts = facts;
  }

  list<Key extends KindKey>(key: Key): ObjectOf<Key>[] {
    return this.#once(key, () => this.inventory.list(key));
  }

  isKnown(key: KindKey): boolean {
    return this.inventory.whyUnknown(key) === null;
  }

  get nodes(): NodeEntry[] {
    return this.list('nodes');
  }

  /** Files seldom hold all nodes: they do where their Pods run on no others. */
  areNodesAll(): boolean {
    return this.#once('all nodes', () => {
      if (!this.isKnown('nodes')) return false;
      if (!this.inventory.isOfFiles) return true;
      const placed = new Set(this.list('pods').flatMap(({ node }) => node ?? []));
      return placed.size > 0 && placed.isSubsetOf(new Set(this.nodes.map(({ name }) => name)));
    });
  }

  /** What DHCP hands out, as far as it is known; and what a server offered beside that when it was asked. */
  dhcpRanges(): KnownDhcpRange[] {
    return this.#once('DHCP', () => {
      const { dhcp, asked } = this.facts;
      if (typeof asked !== 'object') return [...dhcp.ranges];
      const isKnown = (ip: IpAddress) => dhcp.ranges.some(({ range }) => rangeContains(range, ip));
      const beside = Map.groupBy(
        asked.offered.filter(({ ip }) => !isKnown(ip)),
        ({ server }) => server,
      );
      const offered = [...beside].flatMap(([server, own]) =>
        joinedRanges(own.map(({ ip }) => rangeOf(ip))).map((range) => ({
          range,
          by: `${server} offered it`,
        })),
      );
      return [...dhcp.ranges, ...offered];
    });
  }

  vips(): CheckedVip[] {
    return this.#once('vips', () => {
      const own = new Set(this.nodes.flatMap(({ addresses }) => addresses));
      return this.list('services').flatMap((service) =>
        addressesOf(service).flatMap((address) => (own.has(address) ? [] : [{ address, service }])),
      );
    });
  }

  vipsIn(range: IpRange): CheckedVip[] {
    return this.vips().filter(({ address }) => rangeContains(range, address));
  }

  poolOf(address: IpAddress): CheckedPool | undefined {
    return this.list('ipaddresspools').find(({ pool }) =>
      pool.ranges.some((range) => rangeContains(range, address)),
    );
  }

  /** What MetalLB may hand out of a pool. */
  rangesOf({ pool }: CheckedPool): readonly IpRange[] {
    return intendedPool(pool).ranges;
  }

  /** Where MetalLB runs; null: not known. */
  metallbNamespace(): string | null {
    const { namespace } = this.speakers();
    if (namespace !== null) return namespace;
    const daemons = this.list('daemonsets').filter((one) => isMetalLbPart('speaker', one));
    return daemons[0]?.namespace || this.facts.metallbNamespace;
  }

  speakers(): Speakers {
    return this.#once('speakers', () =>
      summarise(this.list('pods').flatMap(({ speaker }) => (speaker === null ? [] : [speaker]))),
    );
  }

  /** MetalLB's rules over what is known; only where all of `ELECTION_NEEDS` is. */
  metallb(): MetalLb {
    return this.#once(
      'metallb',
      () =>
        new MetalLb({
          nodes: this.nodes.map(({ forElection }) => forElection),
          speakers: this.speakers(),
          pools: this.list('ipaddresspools').map(({ pool }) => pool),
          l2Advertisements: this.list('l2advertisements').map(({ advertisement }) => advertisement),
          bgpAdvertisements: this.list('bgpadvertisements').map(({ advertisement }) => advertisement),
          certain: true,
        }),
    );
  }

  /** Null for a Service that has no address yet. */
  electionOf(service: ServiceEntry): ServiceElection | null {
    if (service.forElection === null) return null;
    return new ServiceElection(this.metallb(), this.#elections, service.forElection, this.slicesOf(service));
  }

  slicesOf({ namespace, name }: ServiceEntry): readonly EndpointSliceObject[] {
    const all = this.#once('slices', () =>
      Map.groupBy(
        this.list('endpointslices').map(({ slice }) => slice),
        ({ service }) => service,
      ),
    );
    return all.get(idOf(namespace, name).key) ?? [];
  }

  /** The nodes with endpoints that can serve. */
  endpointNodes(service: ServiceEntry): string[] {
    return [...new Set(this.slicesOf(service).flatMap(({ nodes }) => nodes))];
  }

  /** What runs behind VIPs, each workload once. */
  backings(): Backing[] {
    return this.#once('backings', () => backingsOf(this.inventory));
  }

  /** What a workload mounts by claims; of a StatefulSet's templates, those of its first Pod. */
  mountsOf({ kind, namespace, name, spec, claimTemplates }: Workload): Mounted[] {
    const own = spec.claims.map(({ volume, claim }) => this.#mounted(volume, namespace, claim));
    if (kind !== 'StatefulSet') return own;
    const templated = claimTemplates.map(({ volume, accessModes }) => {
      const mounted = this.#mounted(volume, namespace, `${volume}-${name}-0`);
      return { ...mounted, accessModes: mounted.accessModes ?? accessModes };
    });
    return [...own, ...templated];
  }

  /** Where its own wishes let it run, whatever runs there now: the same for all that wish the same. */
  placesOf(spec: PodSpec): readonly Node[] {
    const { nodeName, nodeSelector, terms, tolerations } = spec;
    const wishes = JSON.stringify([nodeName, nodeSelector, terms, tolerations]);
    return this.#once(`places ${wishes}`, () => placesOf(spec, this.nodes));
  }

  /** Those that terms select: the same for all volumes of a zone. */
  nodesOf(terms: NonNullable<PodSpec['terms']>): readonly string[] {
    return this.#once(`nodes ${JSON.stringify(terms)}`, () =>
      this.nodes.filter((node) => termsSelect(terms, node)).map(({ name }) => name),
    );
  }

  /** The networks that nodes have addresses in, as far as agents and Calico tell. */
  nodeNetworks(): IpRange[] {
    return this.#once('networks', () => {
      const told = this.list('pods').flatMap(({ interfaces }) =>
        interfaces.flatMap(({ addresses }) =>
          addresses.map(({ ip, prefixLength }) => networkOf(ip, prefixLength)),
        ),
      );
      return [...told, ...this.nodes.flatMap(({ network }) => network ?? [])];
    });
  }

  /** The interfaces that an agent tells of; undefined where none tells. */
  interfacesOf(node: string): readonly string[] | undefined {
    const agents = this.list('pods').filter((pod) => pod.node === node && pod.interfaces.length > 0);
    if (agents.length === 0) return undefined;
    return agents.flatMap(({ interfaces }) => interfaces.map(({ name }) => name));
  }

  #mounted(volumeName: string, namespace: string, name: string): Mounted {
    const claim =
      this.inventory.get('persistentvolumeclaims', keyOf({ namespace, name })) ??
      this.inventory.get('persistentvolumeclaims', name) ??
      // A file may leave out the namespace of what mounts it.
      (namespace === '' ? this.list('persistentvolumeclaims').find((one) => one.name === name) : null) ??
      null;
    const volume =
      claim?.volume == null ? null : (this.inventory.get('persistentvolumes', claim.volume) ?? null);
    return {
      name,
      volumeName,
      accessModes: volume?.accessModes ?? claim?.accessModes ?? null,
      claim,
      volume,
    };
  }

  #once<Value>(key: string, make: () => Value): Value {
    if (!this.#kept.has(key)) this.#kept.set(key, make());
    return this.#kept.get(key) as Value;
  }
}
