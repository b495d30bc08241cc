// What the cluster intends: the one shape that a static file and the Kubernetes API both become. What is optional is
// known from Kubernetes alone.
import type { IpAddress, Mac } from '../net/address.ts';
import type { IpRange } from '../net/range.ts';

/** Addresses that MetalLB may still hand out. */
export interface Pool {
  readonly name: string;
  readonly ranges: readonly IpRange[];
  /** False: handed out only to a Service that asks for this pool or address. */
  readonly autoAssign?: boolean;
}

/** An address of a LoadBalancer Service. */
export interface Vip {
  readonly address: IpAddress;
  /** `namespace/name`, or null where the static file names none. */
  readonly service: string | null;
  /** The other Services on this address (MetalLB's `allow-shared-ip`). */
  readonly sharedWith?: readonly string[];
  /** What the Services on this address listen on. */
  readonly ports?: readonly ServicePort[];
  readonly elector?: Elector;
  /** The nodes that MetalLB's ServiceL2Statuses name, sorted: 0, 1 or, in passing, 2. MetalLB ≤ 0.15 leaves stale ones. */
  readonly statusNodes?: readonly string[];
}

export interface Elector {
  /**
   * Who announces the VIP by MetalLB's own rules; null: cannot be told. Worked out when asked and then remembered.
   * @param without nodes that the wire shows to be dead. MetalLB's speakers drop such a node within seconds, the API
   * only after about a minute; the election without it is the one that the speakers hold.
   */
  elect(without?: ReadonlySet<string>): Election | null;
  /** The one node that can announce it; null: there are several, there is none, or it cannot be told. Costs next to nothing. */
  sole?(): string | null;
}

export interface ServicePort {
  readonly protocol: string;
  readonly port: number;
}

export type Election =
  | {
      readonly node: string;
      /** The interfaces that the advertisements allow on that node; null: all. The election doesn't heed them. */
      readonly interfaces: readonly string[] | null;
    }
  | { readonly node: null; readonly reason: NoAnnouncer };

/**
 * Why MetalLB announces an address from no node:
 * - `other-load-balancer-class`: the Service is another controller's; it may well be announced, by whatever that runs
 * - `bad-ingress`: the Service's status holds an entry without an IP address
 * - `outside-pools`: no one pool holds all its addresses
 * - `no-endpoint`: no endpoint of the Service can serve
 * - `no-advertisement`: no L2Advertisement selects pool and Service
 * - `bgp-only`: none does, but a BGPAdvertisement; not meant to be announced on the LAN
 * - `no-speaker`: no speaker runs
 * - `no-selected-node`: speakers run, but on no node that the advertisements select
 * - `excluded-nodes`: all those left carry the label `node.kubernetes.io/exclude-from-external-load-balancers`
 * - `no-eligible-node`: all those left carry that label or have the condition NetworkUnavailable
 * - `no-local-endpoint`: externalTrafficPolicy is Local, and no endpoint that can serve is on a node that is left
 */
export type NoAnnouncer =
  | 'other-load-balancer-class'
  | 'bad-ingress'
  | 'outside-pools'
  | 'no-endpoint'
  | 'no-advertisement'
  | 'bgp-only'
  | 'no-speaker'
  | 'no-selected-node'
  | 'excluded-nodes'
  | 'no-eligible-node'
  | 'no-local-endpoint';

export interface ClusterNode {
  readonly name: string;
  readonly addresses: readonly IpAddress[];
  /** The node's MACs on every interface; empty: learned from who claims its addresses. */
  readonly macs: readonly Mac[];
  /** As the node's own agent published them. */
  readonly interfaces?: readonly NodeInterface[];
  /** A vipwatch agent runs there and is ready. */
  readonly agentReady?: boolean;
  /** Of its MetalLB speaker, as far as its Pod tells: absent without memberlist, and where it is not encrypted. */
  readonly speaker?: MemberlistSpeaker;
}

export interface MemberlistSpeaker {
  /** As `0.16.2`. */
  readonly version: string;
  /** How it makes memberlist's key of the secret: speakers that do so in two ways cannot hear each other (metallb#3143). */
  readonly key: 'prefix' | 'digest';
}

export interface NodeInterface {
  readonly name: string;
  readonly mac: Mac;
  readonly addresses: readonly { readonly ip: IpAddress; readonly prefixLength: number }[];
  /** The segment's name on that node, e.g. `eth0` or `eth0.10`; null: not watched. */
  readonly segment: string | null;
}

export interface Intent {
  readonly pools: readonly Pool[];
  /** One for each address. */
  readonly vips: readonly Vip[];
  readonly nodes: readonly ClusterNode[];
}

export const EMPTY_INTENT: Intent = { pools: [], vips: [], nodes: [] };
