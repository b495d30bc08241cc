// What the cluster means to be served, in values: the API's objects are written from it, and the speakers read it.
import type { Ipv4 } from '../../src/net/address.ts';

export interface ServiceSpec {
  /** `namespace/name`. */
  readonly name: string;
  readonly ip: Ipv4;
  readonly policy: 'Cluster' | 'Local';
  /** The nodes where a Pod can serve it. */
  readonly endpoints: readonly string[];
  /** Of another load balancer than MetalLB, which leaves it alone. @default MetalLB's */
  readonly loadBalancerClass?: string;
}

/** What a speaker goes by, at one moment. */
export interface SpeakerConfig {
  readonly services: readonly ServiceSpec[];
  /** Nodes that must not announce. */
  readonly excluded: ReadonlySet<string>;
}
