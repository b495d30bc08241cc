// The questions that are sent: who has this address? To everybody, or to one machine alone. The sender is the node's own address,
// never 0.0.0.0: a DHCP client that checks the same address just then would read that as a conflict and decline (RFC 5227, section
// 2.1.1).
import { ARP_REQUEST, encodeArp } from '../arp/packet.ts';
import { encodeNdp, multicastMac, solicitedNodeMulticast, sourceMacOption } from '../ndp/packet.ts';
import {
  BROADCAST_MAC,
  type IpAddress,
  type Ipv6,
  isIpv4,
  isLinkLocal,
  type Mac,
  writeMac,
  ZERO_MAC,
} from '../net/address.ts';
import { ETHERTYPE_ARP, ETHERTYPE_IPV6, encodeEthernet } from '../net/ethernet.ts';
import { type IpRange, rangeContains } from '../net/range.ts';

/** An interface that this node may probe from. */
export interface ProbeSource {
  /** The name to send on, e.g. `eth0.10`. */
  readonly device: string;
  /** The name of the segment that it reaches. */
  readonly segment: string;
  readonly mac: Mac;
  readonly addresses: readonly { readonly ip: IpAddress; readonly network: IpRange }[];
}

export interface Probe {
  readonly target: IpAddress;
  readonly device: string;
  readonly frame: Uint8Array;
}

/** A question for the owner of an address. */
export interface Question extends Probe {
  readonly segment: string;
  /** Whom alone it is put to; null: everybody. */
  readonly polled: Mac | null;
}

/** One frame for each interface on whose network the target is; where it is on none, for each interface. */
export function questionsFor(target: IpAddress, sources: readonly ProbeSource[]): Question[] {
  const onLink = sources.filter(({ addresses }) =>
    addresses.some(({ network }) => rangeContains(network, target)),
  );
  return (onLink.length > 0 ? onLink : sources).flatMap((source) => {
    const frame = isIpv4(target) ? arpProbe(target, source) : ndpProbe(target, source);
    return frame ? [{ target, device: source.device, segment: source.segment, polled: null, frame }] : [];
  });
}

/**
 * The same question to one machine alone (RFC 1122, section 2.3.2.1). In IPv6 by unicast on Ethernet and to the solicited-node
 * group above it (RFC 6085): MetalLB answers that, and none to the VIP itself.
 */
export function pollOf(question: Question, mac: Mac): Question {
  const frame = question.frame.slice();
  writeMac(frame, 0, mac);
  return { ...question, polled: mac, frame };
}

function arpProbe(target: IpAddress, { mac, addresses }: ProbeSource): Uint8Array | undefined {
  if (!isIpv4(target)) return undefined;
  const own = addresses.filter(({ ip }) => isIpv4(ip));
  const sender = (own.find(({ network }) => rangeContains(network, target)) ?? own[0])?.ip;
  if (sender === undefined || !isIpv4(sender)) return undefined;
  const packet = encodeArp({
    operation: ARP_REQUEST,
    senderMac: mac,
    senderIp: sender,
    targetMac: ZERO_MAC,
    targetIp: target,
  });
  return encodeEthernet(
    { destinationMac: BROADCAST_MAC, sourceMac: mac, vlans: [], etherType: ETHERTYPE_ARP },
    packet,
  );
}

/** With a source link-layer option, without which MetalLB does not answer. */
function ndpProbe(target: IpAddress, { mac, addresses }: ProbeSource): Uint8Array | undefined {
  if (isIpv4(target)) return undefined;
  const source = addresses.map(({ ip }) => ip).find((ip): ip is Ipv6 => !isIpv4(ip) && isLinkLocal(ip));
  if (source === undefined) return undefined;
  const destination = solicitedNodeMulticast(target);
  const question = {
    kind: 'neighbor-solicitation',
    targetIp: target,
    options: [sourceMacOption(mac)],
  } as const;
  const packet = encodeNdp(question, { source, destination });
  return encodeEthernet(
    { destinationMac: multicastMac(destination), sourceMac: mac, vlans: [], etherType: ETHERTYPE_IPV6 },
    packet,
  );
}
