// The words of the findings about machines outside the cluster, by what is known of each.
import type { PoolRole, VipRole } from '../../intent/index.ts';
import type { IpAddress, Mac } from '../../net/address.ts';
import type { Draft, Report } from '../finding/finding.ts';
import type { Segment } from '../lan/segment.ts';
import { virtualMacName } from '../lan/virtual-mac.ts';
import { UNCONFIRMED } from './confirmation.ts';
import { addressOfPool, listed, type Station, stationName, vipName, vipOf } from './words.ts';

/** What is known of a machine that claims an address of MetalLB's. */
export interface Claimant extends Station {
  /** No node claims the address. */
  readonly isAlone: boolean;
  /** DHCP leased it the address. */
  readonly isLessee: boolean;
  /** The address is that of a DHCP server: a router's, in most homes. */
  readonly isServer: boolean;
  /** It does proxy ARP. */
  readonly isProxy: boolean;
  /** It announced the address as MetalLB's speakers do. */
  readonly isSpeaker: boolean;
}

interface ForeignClaim {
  readonly segment: Segment;
  readonly mac: Mac;
  readonly confirmed: boolean;
  readonly claimant: () => Claimant;
  /** Nodes whose MACs are not known, by name. */
  readonly unheard: () => readonly string[];
}

export function foreignClaim(
  role: VipRole,
  { segment, mac, confirmed, claimant, unheard }: ForeignClaim,
): Draft {
  return {
    kind: 'foreign-claim',
    ip: role.vip.address,
    segment,
    culprit: { mac },
    macs: [mac],
    vip: vipOf(role),
    confirmed,
    words: () => foreignClaimWords(role, claimant(), unheard(), confirmed),
  };
}

function foreignClaimWords(
  role: VipRole,
  claimant: Claimant,
  unheard: readonly string[],
  confirmed: boolean,
): ReturnType<Draft['words']> {
  const announcer = role.vip.elector?.elect()?.node;
  const torn = announcer ? `to it or to ${announcer}, to the one that` : 'to the one of the two that';
  const doubt =
    unheard.length === 0
      ? ''
      : ` That machine may still be ${listed(unheard, 'or')}, whose MAC is not known for certain.`;
  return {
    message: `${vipName(role.vip)} is claimed by ${stationName(claimant)}, which belongs to no cluster node: traffic for the service ${confirmed ? 'goes' : 'may go'} ${torn} answered last.${doubt}${confirmed ? '' : UNCONFIRMED}`,
    remedy: remedyFor(role.vip.address, role, claimant),
  };
}

export function poolAddressTaken(
  segment: Segment,
  ip: IpAddress,
  role: PoolRole,
  mac: Mac,
  claimant: () => Claimant,
): Draft {
  return {
    kind: 'pool-address-taken',
    ip,
    segment,
    culprit: { mac },
    macs: [mac],
    vip: vipOf(role),
    words: () => poolAddressTakenWords(ip, role, claimant()),
  };
}

function poolAddressTakenWords(
  ip: IpAddress,
  role: PoolRole,
  claimant: Claimant,
): ReturnType<Draft['words']> {
  const { isServer, isSpeaker } = claimant;
  return {
    message: `${stationName(claimant)}, which belongs to no cluster node, uses ${ip}, which MetalLB may give to the next Service from pool ${role.pool.name}.`,
    remedy:
      isServer || isSpeaker
        ? remedyFor(ip, role, claimant)
        : `Give that machine an address outside pool ${role.pool.name}, or remove ${ip} from the pool.`,
  };
}

function remedyFor(ip: IpAddress, role: VipRole | PoolRole, claimant: Claimant): string {
  const { mac, isAlone, isLessee, isServer, isProxy, isSpeaker } = claimant;
  const ofPool = role.pool ? `pool ${role.pool.name}` : 'its pool';
  // In a cluster nobody lists the nodes: the API does.
  const isListed = role.kind === 'vip' && role.vip.elector === undefined;
  const orNode = isAlone && isListed ? ' If it is a node, add it to the list of nodes.' : '';
  if (isServer)
    return `Remove ${ip} from ${ofPool}: it is the address of the router or DHCP server. A Service that has it needs another address.`;
  if (virtualMacName(mac))
    return 'Give the router redundancy group or load balancer another address, or remove this one from the MetalLB pool.';
  if (isProxy)
    return 'Switch proxy ARP off on that router, or correct its netmask: it answers for addresses that are on this LAN.';
  if (isSpeaker)
    return `It announces as MetalLB does: look for a second cluster on this LAN, and give each cluster its own pool. If there is none, remove ${ip} from that machine.${orNode}`;
  if (isLessee)
    return `Remove ${ip} from that machine: release its lease, and keep the pool out of the DHCP range.`;
  return `Remove ${ip} from that machine (its static address or its lease), and keep the pool out of the DHCP range.${orNode}`;
}

export function proxyArp(
  segment: Segment,
  ip: IpAddress,
  role: VipRole | PoolRole,
  mac: Mac,
  { inPools, inAll }: { readonly inPools: number; readonly inAll: number },
): Report {
  const where =
    inAll > inPools ? `${inAll} addresses of this LAN, ${inPools} of them` : `${inPools} addresses`;
  return {
    kind: 'proxy-arp',
    ip: role.pool ? addressOfPool(role.pool, ip) : ip,
    segment,
    culprit: { mac },
    macs: [mac],
    vip: vipOf(role),
    message: `${stationName({ mac, hostname: null })} answers ARP for ${where} ${inAll > inPools ? 'in' : 'of'} the pools: it is a router with proxy ARP, not a machine that uses them.`,
    remedy:
      'Switch proxy ARP off on that router, or correct its netmask. Until then it can take the traffic of any new VIP.',
  };
}
