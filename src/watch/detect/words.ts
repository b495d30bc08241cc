// The words of each finding: what is wrong and what to do, in one sentence each.

import { type Micros, SECOND } from '../../base/time.ts';
import type { AddressRole } from '../../intent/index.ts';
import type { ClusterNode, Vip } from '../../intent/intent.ts';
import type { IpAddress, Ipv4, Mac } from '../../net/address.ts';
import { type IpRange, ipOfNumber, rangeText } from '../../net/range.ts';
import type { Finding, Report } from '../finding/finding.ts';
import type { Segment } from '../lan/segment.ts';
import { virtualMacName } from '../lan/virtual-mac.ts';
import { lengthOf, type Takeover } from '../takeover/takeover.ts';
import { addressOfPool } from '../whole-pool.ts';

type VipRole = AddressRole & { readonly kind: 'vip' };
type PoolRole = AddressRole & { readonly kind: 'pool' };

/** A client as far as DHCP or ARP shows it. */
export interface Station {
  readonly mac: Mac;
  readonly hostname: string | null;
}

export function vipOf(role: AddressRole): Finding['vip'] {
  if (role.kind === 'vip') return { service: role.vip.service, pool: role.pool?.name ?? null };
  if (role.kind === 'pool') return { service: null, pool: role.pool.name };
  return null;
}

export function vipName(vip: Vip): string {
  const services = servicesOf(vip);
  return services === null ? `VIP ${vip.address}` : `VIP ${vip.address} of ${services}`;
}

/** By name, also those that share the address. */
function servicesOf({ service, sharedWith = [] }: Vip): string | null {
  return service === null ? null : listed([service, ...sharedWith], 'and');
}

const MOST_NAMES = 5;

/** `a, b and c`, or `a, b, c, d, e and 95 more`. */
function listed(names: readonly string[], last: 'and' | 'or'): string {
  const rest = names.length - MOST_NAMES;
  const all = rest > 0 ? [...names.slice(0, MOST_NAMES), `${rest} more`] : names;
  return all.length === 1 ? all[0]! : `${all.slice(0, -1).join(', ')} ${last} ${all.at(-1)}`;
}

function stationName({ mac, hostname }: Station): string {
  const virtual = virtualMacName(mac);
  if (virtual) return `${mac} (${virtual})`;
  return hostname ? `${hostname} (${mac})` : mac;
}

/** @param unheard nodes whose MACs are not known, by name. */
export function foreignClaim(
  segment: Segment,
  role: VipRole,
  station: Station,
  unheard: readonly string[],
): Report {
  const announcer = role.vip.elector?.elect()?.node;
  const torn = announcer ? `to it or to ${announcer}, whichever` : 'to whichever of the two';
  const doubt =
    unheard.length === 0
      ? ''
      : ` (Unless it is ${listed(unheard, 'or')}, whose own address nobody answers for.)`;
  return {
    kind: 'foreign-claim',
    ip: role.vip.address,
    segment,
    culprit: station.mac,
    macs: [station.mac],
    vip: vipOf(role),
    message: `${vipName(role.vip)} is claimed by ${stationName(station)}, which belongs to no cluster node: traffic for the service goes ${torn} answered last.${doubt}`,
    remedy: virtualMacName(station.mac)
      ? 'Give the router redundancy group another address, or take this one out of the MetalLB pool.'
      : `Take ${role.vip.address} away from that machine (release its lease or change its static address), and keep the pool out of the DHCP range.`,
  };
}

/**
 * - `speakers`: they announce it, each of them
 * - `every-node`: every node only answers
 * - `open`: more than two do, though not every node: some may be off
 */
export type SplitBrainCause = 'speakers' | 'every-node' | 'open';

const IPVS = 'kube-proxy in IPVS mode without strictARP does that';
const SPEAKERS =
  'that the MetalLB speakers reach each other (port 7946, TCP and UDP), and that a node which left no longer holds the address.';

export function splitBrain(
  segment: Segment,
  role: VipRole,
  macs: readonly Mac[],
  nodes: readonly string[],
  cause: SplitBrainCause,
): Report {
  const names = listed(nodes, 'and');
  const answerers = cause === 'every-node' ? 'every node' : names;
  const reason = {
    speakers: nodes.length > 2 ? ', and none of them yields.' : ', and neither yields.',
    'every-node': `: ${IPVS}, or else speakers that do not reach each other (${names}).`,
    open: `: ${IPVS} on the nodes that are up, or else speakers that do not reach each other.`,
  }[cause];
  return {
    kind: 'split-brain',
    ip: role.vip.address,
    segment,
    culprit: null,
    macs,
    vip: vipOf(role),
    message: `${vipName(role.vip)} is answered for by ${answerers} at once${reason}`,
    remedy:
      cause === 'speakers'
        ? `Check ${SPEAKERS}`
        : `With kube-proxy in IPVS mode, set ipvs.strictARP: true in its configuration and restart it; otherwise check ${SPEAKERS}`,
  };
}

export function vipFlapping(
  segment: Segment,
  role: VipRole,
  macs: readonly Mac[],
  nodes: readonly string[],
  takeovers: number,
  minutes: number,
): Report {
  return {
    kind: 'vip-flapping',
    ip: role.vip.address,
    segment,
    culprit: null,
    macs,
    vip: vipOf(role),
    message: `${vipName(role.vip)} changed its announcer ${takeovers} times within ${minutes} minutes, between ${listed(nodes, 'and')}.`,
    remedy:
      'Look for a speaker that restarts or a node that loses its network; each change interrupts the connections to the service.',
  };
}

export function slowFailover(role: VipRole, takeover: Takeover, limit: Micros): Report {
  const { from, to, segment } = takeover;
  return {
    kind: 'slow-failover',
    ip: role.vip.address,
    segment,
    culprit: null,
    macs: [from.mac, to.mac].toSorted(),
    vip: vipOf(role),
    message: `${vipName(role.vip)} took too long to go from ${from.node} to ${to.node}: ${lengthOf(takeover)}, where ${limit / SECOND} s is the limit.`,
    remedy:
      'Look at what the speakers knew of each other (port 7946, TCP and UDP; MetalLB needs 5 to 8 s to notice a lost node in a small cluster), or raise failover.maxGap.',
  };
}

export function leaseOnVip(segment: Segment, role: VipRole, client: Station, what: string): Report {
  return {
    kind: 'lease-on-vip',
    ip: role.vip.address,
    segment,
    culprit: client.mac,
    macs: [client.mac],
    vip: vipOf(role),
    message: `DHCP: ${stationName(client)} ${what} ${role.vip.address}, ${role.vip.service ? `the VIP of ${servicesOf(role.vip)}` : 'a VIP'}.`,
    remedy: `Shrink the DHCP range so that it leaves out ${role.pool ? `the pool ${role.pool.name}` : role.vip.address}, then make the client ask again (reconnect it).`,
  };
}

export function leaseInPool(
  segment: Segment,
  ip: Ipv4,
  role: PoolRole,
  client: Station,
  what: string,
): Report {
  return {
    kind: 'lease-in-pool',
    ip,
    segment,
    culprit: client.mac,
    macs: [client.mac],
    vip: vipOf(role),
    message: `DHCP: ${stationName(client)} ${what} ${ip}, which MetalLB may give to the next Service from pool ${role.pool.name}.`,
    remedy: `Shrink the DHCP range so that it leaves out the pool ${role.pool.name}, then make the client ask again (reconnect it).`,
  };
}

export function dhcpDecline(segment: Segment, ip: Ipv4, role: VipRole | PoolRole, client: Station): Report {
  const name = role.kind === 'vip' ? `the ${vipName(role.vip)}` : `${ip} of pool ${role.pool.name}`;
  return {
    kind: 'dhcp-decline',
    ip,
    segment,
    culprit: null,
    macs: [client.mac],
    vip: vipOf(role),
    message: `DHCP: ${stationName(client)} was given ${name} and declined it, because another machine already answers for it.`,
    remedy:
      'Shrink the DHCP range so that it leaves out the pool: the next client may not check before it uses the address.',
  };
}

/** The DHCP range as configured or imported. */
export function rangeOverlapsPool(
  range: IpRange,
  overlap: IpRange,
  holder: NonNullable<Finding['vip']>,
): Report {
  const name = holder.pool
    ? `pool ${holder.pool}`
    : holder.service
      ? `the VIP of ${holder.service}`
      : 'the VIPs';
  return {
    kind: 'dhcp-range-overlaps-pool',
    ip: ipOfNumber(overlap.family, overlap.first),
    segment: null,
    culprit: null,
    macs: [],
    vip: holder,
    message: `The DHCP range ${rangeText(range)} and ${name} both hold ${rangeText(overlap)}: sooner or later DHCP leases an address that MetalLB announces.`,
    remedy: `Change the router's DHCP range so that it leaves out ${rangeText(overlap)}.`,
  };
}

/** The DHCP range as an offer shows it. */
export function offerInPool(
  segment: Segment,
  ip: Ipv4,
  role: VipRole | PoolRole,
  server: Ipv4 | null,
): Report {
  const name = role.pool ? `pool ${role.pool.name}` : 'the VIPs';
  const serverName = server ? `DHCP server ${server}` : 'An unnamed DHCP server';
  return {
    kind: 'dhcp-range-overlaps-pool',
    ip: role.pool ? addressOfPool(role.pool, ip) : ip,
    segment,
    culprit: null,
    macs: [],
    vip: role.pool ? { service: null, pool: role.pool.name } : vipOf(role),
    message: `${serverName} offered ${ip}, an address of ${name}: its range overlaps MetalLB's.`,
    remedy: `Change the range of ${serverName} so that it leaves out ${name}.`,
  };
}

/**
 * @param expected as configured; null: not configured, so that nobody knows which of those heard is the wrong one.
 * @param heard with each address as a number: the lowest is what the finding goes by, for which one was first differs from
 *   agent to agent.
 */
export function rogueDhcpServer(
  segment: Segment,
  server: Ipv4,
  mac: Mac | null,
  expected: readonly Ipv4[] | null,
  heard: Iterable<{ readonly ip: Ipv4; readonly number: number }>,
): Report {
  let lowest = { ip: server, number: Number.POSITIVE_INFINITY };
  const others: Ipv4[] = [];
  let more = 0;
  for (const one of heard) {
    if (one.number < lowest.number) lowest = one;
    if (one.ip === server) continue;
    if (others.length < MOST_NAMES) others.push(one.ip);
    else more += 1;
  }
  const beside = `${others.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return {
    kind: 'rogue-dhcp-server',
    ip: expected ? server : lowest.ip,
    segment,
    culprit: null,
    macs: mac ? [mac] : [],
    vip: null,
    message: expected
      ? `DHCP server ${server} answers on ${segment.name}, but only ${expected.join(', ')} should.`
      : `A second DHCP server, ${server}, answers on ${segment.name} beside ${beside}, which was heard before it.`,
    remedy: expected
      ? 'Find and switch off that server; where both are meant to serve (a failover pair), list both under dhcp.servers.'
      : 'Find and switch off the one that is not meant to serve; list what is, also a failover pair, under dhcp.servers.',
  };
}

export function poolAddressTaken(segment: Segment, ip: IpAddress, role: PoolRole, station: Station): Report {
  return {
    kind: 'pool-address-taken',
    ip,
    segment,
    culprit: station.mac,
    macs: [station.mac],
    vip: vipOf(role),
    message: `${stationName(station)}, no cluster node, uses ${ip}, which MetalLB may give to the next Service from pool ${role.pool.name}.`,
    remedy: `Give that machine an address outside pool ${role.pool.name}, or take ${ip} out of the pool.`,
  };
}

export function proxyArp(
  segment: Segment,
  ip: IpAddress,
  role: PoolRole,
  mac: Mac,
  addresses: number,
): Report {
  return {
    kind: 'proxy-arp',
    ip: addressOfPool(role.pool, ip),
    segment,
    culprit: mac,
    macs: [mac],
    vip: vipOf(role),
    message: `${stationName({ mac, hostname: null })} answers ARP for ${addresses} addresses of the pools: a router with proxy ARP, not a machine that uses them.`,
    remedy:
      'Switch proxy ARP off on that router or correct its netmask; until then it can draw off the traffic of any new VIP.',
  };
}

export function nodeAddressConflict(
  segment: Segment,
  ip: IpAddress,
  node: ClusterNode,
  station: Station,
  others: readonly Mac[],
): Report {
  return {
    kind: 'node-address-conflict',
    ip,
    segment,
    culprit: station.mac,
    macs: [station.mac, ...others].toSorted(),
    vip: null,
    message: `${ip}, the address of node ${node.name}, is also claimed by ${stationName(station)}: the node drops off the network now and then.`,
    remedy: `Give that machine another address, or reserve ${ip} for ${node.name} outside the DHCP range.`,
  };
}

export function leaseConflict(
  segment: Segment,
  ip: Ipv4,
  lessee: Station,
  claimant: Station,
  node: ClusterNode | undefined,
): Report {
  const who = node ? `node ${node.name} (${claimant.mac})` : stationName(claimant);
  return {
    kind: 'lease-conflict',
    ip,
    segment,
    culprit: claimant.mac,
    macs: [lessee.mac, claimant.mac].toSorted(),
    vip: null,
    message: `${ip} is leased to ${stationName(lessee)} but claimed by ${who}: two machines use one address.`,
    remedy: `Give ${node ? node.name : 'the machine with the static address'} an address outside the DHCP range, or a reservation.`,
  };
}
