// The words of the findings about nodes' own addresses and MACs.
import type { ClusterNode } from '../../intent/intent.ts';
import type { IpAddress, Mac } from '../../net/address.ts';
import type { Report } from '../finding/finding.ts';
import type { Segment } from '../lan/segment.ts';
import { UNCONFIRMED } from './confirmation.ts';
import { listed, type Station, stationName } from './words.ts';

interface Conflict {
  readonly claimant: Station;
  /** The other node whose MAC it is; null: no node's. */
  readonly claimantsNode: ClusterNode | null;
  readonly others: readonly Mac[];
  readonly confirmed: boolean;
}

export function nodeAddressConflict(
  segment: Segment,
  ip: IpAddress,
  node: ClusterNode,
  { claimant, claimantsNode, others, confirmed }: Conflict,
): Report {
  const who = claimantsNode ? `node ${claimantsNode.name} (${claimant.mac})` : stationName(claimant);
  return {
    kind: 'node-address-conflict',
    ip,
    segment,
    culprit: { mac: claimant.mac },
    macs: [claimant.mac, ...others].toSorted(),
    vip: null,
    confirmed,
    message: `${ip}, the address of node ${node.name}, is also claimed by ${who}: the node ${confirmed ? 'loses' : 'may lose'} its network from time to time.${confirmed ? '' : UNCONFIRMED}`,
    remedy: claimantsNode
      ? `Remove ${ip} from ${claimantsNode.name}: check its interfaces (ip address), and which program set the address there, such as kube-vip or keepalived.`
      : `Give that machine another address, or reserve ${ip} for ${node.name} outside the DHCP range.`,
  };
}

interface Difference {
  /** Those that the node answers under. */
  readonly macs: readonly Mac[];
  /** Those that are listed, published or learned. */
  readonly own: readonly Mac[];
  /** The nodes that the MAC answers for, by name. */
  readonly answersFor: readonly string[];
  /** It answers the same questions as the node's own MAC. */
  readonly isBeside: boolean;
}

export function nodeMacDiffers(
  segment: Segment,
  node: ClusterNode,
  { macs, own, answersFor, isBeside }: Difference,
): Report {
  const ip = node.addresses[0]!;
  const all = [...new Set([...macs, ...own])].toSorted();
  const under = listed(macs, 'and');
  const what =
    answersFor.length > 1
      ? `${under} answers for ${listed(answersFor, 'and')}: it is a Wi-Fi extender or another translator in front of them.`
      : isBeside
        ? `Node ${node.name} answers one request with several MACs (${listed(all, 'and')}): it has two cards in one LAN, or another machine took its address.`
        : `Node ${node.name} answers as ${under}, not as ${listed(own, 'or')}: it is a bond, a Wi-Fi extender, a rebuilt node or a replaced card.`;
  return {
    kind: 'node-mac-differs',
    ip,
    segment,
    culprit: null,
    macs: all,
    vip: null,
    message: what,
    remedy: isBeside
      ? `Make only one card of ${node.name} answer: set net.ipv4.conf.all.arp_ignore=1 and arp_announce=2, or put the second card into another network. If it has only one card, find the machine with the other MAC.`
      : `If that is ${node.name} itself, list ${under} in its macs, or let its agent publish it. If not, another machine took ${ip} while ${node.name} is away.`,
  };
}
