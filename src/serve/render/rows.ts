// What an agent knows beside the LAN, as JSON: pools, nodes, segments, and the summary of all.
import type { IsoTime, Micros } from '../../base/time.ts';
import type { IpAddress, Mac } from '../../net/address.ts';
import { ipOfNumber, networkOf } from '../../net/range.ts';
import type { NodeRow } from '../../watch/nodes.ts';
import type { PoolRow } from '../../watch/pools.ts';
import type { Takeover } from '../../watch/takeover/takeover.ts';
import { shortTakeover } from './render.ts';

export function renderPool(pool: PoolRow) {
  return {
    name: pool.name,
    ranges: pool.ranges.map(({ family, first, last }) => ({
      first: ipOfNumber(family, first),
      last: ipOfNumber(family, last),
    })),
    autoAssign: pool.autoAssign,
    total: pool.total,
    assigned: pool.assigned,
    leased: pool.leased,
    taken: pool.taken,
    free: pool.free,
  };
}

/** @param version of this agent. */
export function renderNode(node: NodeRow, version: string) {
  return {
    name: node.name,
    addresses: [...node.addresses],
    macs: [...node.macs],
    own: node.isOwn,
    agentReady: node.agentReady,
    agentVersion: node.isOwn ? version : null,
  };
}

interface SegmentLike {
  readonly interface: string;
  readonly vlan: number | null;
  readonly mac: Mac | null;
  readonly addresses: readonly { readonly ip: IpAddress; readonly prefixLength: number }[];
  readonly gateways: readonly IpAddress[];
}

export function renderSegment(segment: SegmentLike) {
  return {
    interface: segment.interface,
    vlan: segment.vlan,
    mac: segment.mac,
    networks: segment.addresses.map(({ ip, prefixLength }) => {
      const { family, first } = networkOf(ip, prefixLength);
      return { address: ip, network: `${ipOfNumber(family, first)}/${prefixLength}` };
    }),
    gateways: [...segment.gateways],
  };
}

interface SummaryLike {
  readonly node: string | null;
  readonly unreadyReason: string | null;
  readonly vips: object;
  readonly findings: object;
  readonly lastTakeover: Takeover | null;
  readonly dhcp: string;
  readonly agents: object | null;
}

interface AgentLike {
  readonly version: string;
  readonly now: () => Micros;
  readonly iso: IsoTime;
  readonly intent: () => { readonly confirmedAt: Micros | null };
}

export function renderSummary(summary: SummaryLike, { version, now, iso, intent }: AgentLike) {
  const { lastTakeover } = summary;
  const { confirmedAt } = intent();
  return {
    at: iso(now()),
    version,
    node: summary.node,
    ready: summary.unreadyReason === null,
    unreadyReason: summary.unreadyReason,
    intentConfirmedAt: confirmedAt === null ? null : iso(confirmedAt),
    vips: summary.vips,
    findings: summary.findings,
    lastTakeover: lastTakeover && { ip: lastTakeover.ip, ...shortTakeover(lastTakeover, iso) },
    dhcp: summary.dhcp,
    agents: summary.agents,
  };
}
