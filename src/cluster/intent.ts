// What the cluster intends: the one shape that a static file and the Kubernetes API both become.
import type { IpAddress, Mac } from '../net/address.ts';
import type { IpRange } from '../net/range.ts';

/** Addresses that MetalLB may still hand out. */
export interface Pool {
  readonly name: string;
  readonly ranges: readonly IpRange[];
}

/** An address of a LoadBalancer Service. */
export interface Vip {
  readonly address: IpAddress;
  /** `namespace/name`, or null where the static file names none. */
  readonly service: string | null;
}

export interface ClusterNode {
  readonly name: string;
  readonly addresses: readonly IpAddress[];
  /** The node's MACs on every interface; empty: learned from who claims its addresses. */
  readonly macs: readonly Mac[];
}

export interface Intent {
  readonly pools: readonly Pool[];
  readonly vips: readonly Vip[];
  readonly nodes: readonly ClusterNode[];
}

export const EMPTY_INTENT: Intent = { pools: [], vips: [], nodes: [] };
