// The VIPs of all Services, one for each address. Only what a change touches is made anew.
import type { IpAddress } from '../net/address.ts';
import { Elections } from './election.ts';
import type { Election, Vip } from './intent.ts';
import type { MetalLb } from './metallb.ts';
import type { EndpointSliceObject, ServiceObject } from './service.ts';
import { ServiceElection } from './service-election.ts';

/** All that is known of one Service. */
export interface ServiceFacts {
  readonly service: ServiceObject;
  readonly slices: readonly EndpointSliceObject[];
  /** Undefined where the statuses are not known. */
  readonly statusNodes: readonly string[] | undefined;
}

interface Entry extends ServiceFacts {
  readonly election: ServiceElection;
}

export class VipTable {
  readonly #elections = new Elections();
  readonly #entries = new Map<string, Entry>();
  /** Which Services have each address, by key, in alphabetical order. */
  readonly #services = new Map<IpAddress, readonly string[]>();
  readonly #vips = new Map<IpAddress, Vip>();

  all(): Vip[] {
    return [...this.#vips.values()];
  }

  /** The hashes that elections took so far: what they cost. */
  get hashes(): number {
    return this.#elections.hashes;
  }

  /** Of the Services named, the facts as they are now; undefined for one that is gone. */
  update(
    changed: Iterable<string>,
    factsOf: (key: string) => ServiceFacts | undefined,
    metallb: MetalLb,
  ): void {
    const touched = new Set<IpAddress>();
    for (const key of changed) {
      const before = this.#entries.get(key);
      const facts = factsOf(key);
      const addressesBefore = before?.service.ingress ?? [];
      const addresses = facts?.service.ingress ?? [];
      if (addressesBefore[0] !== undefined && addressesBefore[0] !== addresses[0])
        this.#elections.forget(addressesBefore[0]);
      if (facts)
        this.#entries.set(key, {
          ...facts,
          election: new ServiceElection(metallb, this.#elections, facts.service, facts.slices),
        });
      else this.#entries.delete(key);
      for (const address of addressesBefore) if (!addresses.includes(address)) this.#part(address, key);
      for (const address of addresses) if (!addressesBefore.includes(address)) this.#join(address, key);
      for (const address of [...addressesBefore, ...addresses]) touched.add(address);
    }
    for (const address of touched) this.#renew(address);
  }

  #join(address: IpAddress, key: string): void {
    const others = (this.#services.get(address) ?? []).filter((other) => other !== key);
    this.#services.set(address, others.length === 0 ? [key] : [...others, key].toSorted());
  }

  #part(address: IpAddress, key: string): void {
    const left = (this.#services.get(address) ?? []).filter((other) => other !== key);
    if (left.length > 0) this.#services.set(address, left);
    else this.#services.delete(address);
  }

  #renew(address: IpAddress): void {
    const keys = this.#services.get(address);
    if (keys)
      this.#vips.set(
        address,
        vipOf(
          address,
          keys,
          keys.map((key) => this.#entries.get(key)!),
        ),
      );
    else this.#vips.delete(address);
  }
}

function vipOf(address: IpAddress, keys: readonly string[], entries: readonly Entry[]): Vip {
  const [service = null, ...sharedWith] = keys;
  const elections = entries.map(({ election }) => election);
  const statusNodes = entries.flatMap((entry) => entry.statusNodes ?? []);
  return {
    address,
    service,
    ...(sharedWith.length > 0 && { sharedWith }),
    ports: entries.length === 1 ? entries[0]!.service.ports : entries.flatMap((entry) => entry.service.ports),
    announcer: (without) => agreed(elections, without),
    ...(entries.every((entry) => entry.statusNodes) && {
      statusNodes: statusNodes.length > 1 ? [...new Set(statusNodes)].toSorted() : statusNodes,
    }),
  };
}

/**
 * Services that share an address are each elected for. One that nobody announces doesn't keep the others from it;
 * where two nodes would announce for two Services, there is no one right announcer.
 */
function agreed(elections: readonly ServiceElection[], without?: ReadonlySet<string>): Election | null {
  let agreement: Election | undefined;
  for (const election of elections) {
    const elected = election.elect(without);
    if (elected === null) return null;
    if (agreement === undefined || agreement.node === null) {
      agreement = elected.node === null ? (agreement ?? elected) : elected;
    } else if (elected.node !== null) {
      if (elected.node !== agreement.node) return null;
      agreement = { node: agreement.node, interfaces: union(agreement.interfaces, elected.interfaces) };
    }
  }
  return agreement ?? null;
}

function union(a: readonly string[] | null, b: readonly string[] | null): readonly string[] | null {
  return a === null || b === null ? null : [...new Set([...a, ...b])].toSorted();
}
