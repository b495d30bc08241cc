// What happens if a node dies: where each of its VIPs goes, and when the service behind it is back.
import type { IpAddress } from '../net/address.ts';
import type { Backing } from './model/backing.ts';
import type { Cluster } from './model/cluster.ts';
import type { ServiceEntry } from './model/inventory.ts';
import { keyOf } from './model/object.ts';
import { ELECTION } from './rules/catalogue.ts';
import { isFreedByLonghorn, staysAttached } from './rules/rwo-failover.ts';
import { evictionSeconds } from './rules/slow-eviction.ts';
import { nodesOfVolume } from './rules/volume-pinned.ts';
import { type MeasuredTakeover, type TakeoverTime, takeoverTime } from './takeover-time.ts';

export interface ForecastPart {
  readonly what: string;
  readonly seconds: number;
}

/** What becomes of the service behind the VIP. */
export type ServiceForecast =
  /** Nothing of it is on the node. */
  | { readonly kind: 'stays' }
  /** Others serve on; until the node counts as dead this share of new connections is lost. */
  | { readonly kind: 'in-part'; readonly lost: number; readonly parts: readonly ForecastPart[] }
  /** All of it was there. */
  | { readonly kind: 'away'; readonly parts: readonly ForecastPart[] }
  | { readonly kind: 'never'; readonly why: string }
  | { readonly kind: 'unknown'; readonly why: string };

export type VipForecast =
  /** Another node announces it. */
  | { readonly kind: 'stays'; readonly announcer: string }
  | ({ readonly kind: 'moves'; readonly to: string } & TakeoverTime)
  | { readonly kind: 'never'; readonly why: string }
  | { readonly kind: 'unknown'; readonly why: string };

export interface Forecast {
  /** The one that dies; null: whichever it is. */
  readonly node: string | null;
  /** Where `node` is null: but for these. */
  readonly besides: readonly string[];
  readonly ip: IpAddress;
  /** `namespace/name`. */
  readonly service: string;
  readonly vip: VipForecast;
  readonly behind: ServiceForecast;
}

/** Without having read each of these kinds nothing can be foretold. */
export const FORECAST_NEEDS = ELECTION;

const NONE: readonly never[] = [];
/** `NodeMonitorGracePeriod` from Kubernetes 1.32 on; 40 s before. */
const NODE_COUNTS_AS_DEAD: ForecastPart = { what: 'until the node counts as dead', seconds: 50 };
/** Of the attach-detach controller: how long it waits before it takes a volume from a node by force. */
const FORCED_DETACH: ForecastPart = { what: 'until the volume is detached, at most', seconds: 360 };

/** Of each VIP that the node announces, or holds endpoints of; and of those whose announcer is not known. */
export function forecastsOf(
  cluster: Cluster,
  node: string,
  measured: readonly MeasuredTakeover[] = [],
): Forecast[] {
  return cluster.list('services').flatMap((service) => {
    const [ip] = service.ingress;
    if (ip === undefined) return [];
    const vip = vipForecast(cluster, service, node, measured);
    const holds = cluster.endpointNodes(service).includes(node);
    if (vip.kind === 'stays' && !holds) return [];
    const behind = serviceForecast(cluster, service, node);
    return [{ node, besides: [], ip, service: keyOf(service), vip, behind }];
  });
}

/** Of the VIP of one Service: what {@link forecastsOf} says of it, for each node of which it says something. */
export function forecastsOfService(
  cluster: Cluster,
  service: ServiceEntry,
  measured: readonly MeasuredTakeover[],
): Forecast[] {
  const [ip] = service.ingress;
  if (ip === undefined) return [];
  const announcer = cluster.electionOf(service)?.elect()?.node ?? null;
  const holders = cluster.endpointNodes(service);
  const named = [...new Set([...(announcer === null ? [] : [announcer]), ...holders])];
  // Of several that hold endpoints each is like the other, and all that announce nothing are.
  const vipElsewhere: VipForecast =
    announcer === null ? vipForecast(cluster, service, null, measured) : { kind: 'stays', announcer };
  const behindHolder = serviceForecast(cluster, service, holders[0] ?? null);
  const behindOther = serviceForecast(cluster, service, null);
  const name = keyOf(service);
  const of = (node: string | null, besides: readonly string[]): Forecast => ({
    ...{ node, besides, ip, service: name },
    vip: node !== null && node === announcer ? vipForecast(cluster, service, node, measured) : vipElsewhere,
    behind: node !== null && holders.includes(node) ? behindHolder : behindOther,
  });
  return [...named.map((node) => of(node, NONE)), ...(announcer === null ? [of(null, named)] : [])];
}

function vipForecast(
  cluster: Cluster,
  service: ServiceEntry,
  node: string | null,
  measured: readonly MeasuredTakeover[],
): VipForecast {
  const election = cluster.electionOf(service);
  const now = election?.elect();
  if (now == null) return { kind: 'unknown', why: 'MetalLB may elect another node than its objects show' };
  if (now.node === null) return { kind: 'unknown', why: `no node announces it now (${now.reason})` };
  if (node === null || now.node !== node) return { kind: 'stays', announcer: now.node };
  if (cluster.speakers().settings?.memberlist === false)
    return { kind: 'never', why: 'without memberlist no speaker notices that the node is dead' };
  const next = election!.elect(new Set([node]));
  if (next === null) return { kind: 'unknown', why: 'it is not known whether the next speaker is alive' };
  if (next.node === null) return { kind: 'never', why: 'no other node can announce it' };
  return { kind: 'moves', to: next.node, ...takeoverTime(service.ingress[0]!, measured) };
}

function serviceForecast(cluster: Cluster, service: ServiceEntry, node: string | null): ServiceForecast {
  const nodes = cluster.endpointNodes(service);
  if (nodes.length === 0) return { kind: 'unknown', why: 'no endpoint of it is ready now' };
  if (node === null || !nodes.includes(node)) return { kind: 'stays' };
  if (nodes.length > 1) {
    // With Local the next announcer sends to its own endpoints alone, and those live.
    if (service.local) return { kind: 'stays' };
    return { kind: 'in-part', lost: 1 / nodes.length, parts: [NODE_COUNTS_AS_DEAD] };
  }
  const backing = cluster.backings().find(({ services }) => services.includes(service));
  if (backing === undefined) return { kind: 'unknown', why: 'the controller of its Pods is not known' };
  return awayForecast(cluster, backing, node);
}

function awayForecast(cluster: Cluster, { workload, pods }: Backing, node: string): ServiceForecast {
  const { kind } = workload;
  if (kind === 'Pod') return { kind: 'never', why: 'no controller creates its Pod again' };
  if (kind === 'StatefulSet')
    return {
      kind: 'never',
      why: 'a StatefulSet does not replace its Pod until the node is back, or until somebody says that it is gone',
    };
  if (kind === 'DaemonSet') return { kind: 'never', why: 'its DaemonSet runs only on that node' };
  const volumes = cluster.mountsOf(workload).flatMap(({ volume }) => volume ?? []);
  const pinned = volumes.find((volume) => nodesOfVolume(cluster, volume)?.every((name) => name === node));
  if (pinned !== undefined)
    return { kind: 'never', why: `its volume ${pinned.name} is on the disk of that node` };
  if (cluster.areNodesAll() && cluster.placesOf(workload.spec).every(({ name }) => name === node))
    return { kind: 'never', why: 'it may run on that node only' };
  const tolerated = evictionSeconds(pods[0]?.spec ?? workload.spec);
  if (tolerated === null) return { kind: 'never', why: 'it tolerates a dead node for ever' };
  const held = volumes.find((volume) => staysAttached(cluster, volume));
  const waits = held !== undefined && !isFreedByLonghorn(cluster, held, workload);
  return {
    kind: 'away',
    parts: [
      NODE_COUNTS_AS_DEAD,
      { what: 'toleration', seconds: tolerated },
      ...(waits ? [FORCED_DETACH] : []),
    ],
  };
}
