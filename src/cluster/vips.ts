// The VIPs of all Services, one for each address. Only what a change touches is made anew.

import type { Election, Vip } from '../intent/intent.ts';
import type { IpAddress } from '../net/address.ts';
import { Elections } from './metallb/election.ts';
import type { MetalLb } from './metallb/metallb.ts';
import { ServiceElection } from './metallb/service-election.ts';
import { listOf, type OneOrMore, oneOrMore } from './objects/grouped.ts';
import type { EndpointSliceObject, ServiceObject } from './objects/service.ts';

/** All that is known of one Service. */
export interface ServiceFacts {
  readonly service: ServiceObject;
  readonly slices: readonly EndpointSliceObject[];
  /** Undefined where the statuses are not known. */
  readonly statusNodes: readonly string[] | undefined;
}

interface ServiceEntry {
  readonly election: ServiceElection;
  readonly statusNodes: readonly string[] | undefined;
}

export class VipTable {
  readonly #elections = new Elections();
  readonly #entries = new Map<string, ServiceEntry>();
  /** Which Services have each address, by key, in alphabetical order. */
  readonly #services = new Map<IpAddress, OneOrMore<string>>();
  readonly #vips = new Map<IpAddress, Vip>();

  all(): Vip[] {
    return [...this.#vips.values()];
  }

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
      const addressesBefore = this.#entries.get(key)?.election.service.ingress ?? [];
      const facts = factsOf(key);
      const addresses = facts?.service.ingress ?? [];
      if (facts) this.#entries.set(key, this.#entryOf(facts, metallb));
      else this.#entries.delete(key);
      for (const address of addressesBefore) {
        if (!addresses.includes(address)) this.#part(address, key);
        touched.add(address);
      }
      for (const address of addresses) {
        if (!addressesBefore.includes(address)) this.#join(address, key);
        touched.add(address);
      }
    }
    for (const address of touched) this.#renew(address);
  }

  #entryOf({ service, slices, statusNodes }: ServiceFacts, metallb: MetalLb): ServiceEntry {
    return { election: new ServiceElection(metallb, this.#elections, service, slices), statusNodes };
  }

  #join(address: IpAddress, key: string): void {
    const others = listOf(this.#services.get(address)).filter((other) => other !== key);
    this.#services.set(address, oneOrMore([...others, key].toSorted())!);
  }

  #part(address: IpAddress, key: string): void {
    const left = oneOrMore(listOf(this.#services.get(address)).filter((other) => other !== key));
    if (left !== undefined) this.#services.set(address, left);
    else this.#services.delete(address);
  }

  #renew(address: IpAddress): void {
    const entries = listOf(this.#services.get(address)).map((key) => this.#entries.get(key)!);
    const [only, another] = entries;
    if (only === undefined) this.#vips.delete(address);
    else this.#vips.set(address, another ? sharedVip(address, entries) : vipOf(address, only));
  }
}

function vipOf(address: IpAddress, { election, statusNodes }: ServiceEntry): Vip {
  const { key: service, ports } = election.service;
  return statusNodes === undefined
    ? { address, service, ports, elector: election }
    : { address, service, ports, elector: election, statusNodes };
}

function sharedVip(address: IpAddress, entries: readonly ServiceEntry[]): Vip {
  const elections = entries.map(({ election }) => election);
  const [service = null, ...sharedWith] = elections.map((election) => election.service.key);
  const vip = {
    address,
    service,
    sharedWith,
    ports: elections.flatMap((election) => election.service.ports),
    elector: {
      elect: (without?: ReadonlySet<string>) => agreed(elections, without),
      sole: () => soleOf(elections),
    },
  };
  const statuses = entries.map(({ statusNodes }) => statusNodes);
  if (statuses.includes(undefined)) return vip;
  return { ...vip, statusNodes: [...new Set(statuses.flatMap((nodes) => nodes ?? []))].toSorted() };
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

/** Without that node, one of them at least is served no more. */
function soleOf(elections: readonly ServiceElection[]): string | null {
  for (const election of elections) {
    const only = election.sole();
    if (only !== null) return only;
  }
  return null;
}

function union(a: readonly string[] | null, b: readonly string[] | null): readonly string[] | null {
  return a === null || b === null ? null : [...new Set([...a, ...b])].toSorted();
}
