// The frames of an audit, and what the frames that come say to it. ARP and ping are sent from this node's own address, DISCOVER from
// none, and all of them from its own MAC: access points drop foreign ones, and Kea answers to it.
import { ARP_REPLY, decodeArp } from '../arp/packet.ts';
import { auditDiscover } from '../dhcp/audit-client.ts';
import { DHCPOFFER, dnsServers, gateways, serverIdentifier } from '../dhcp/option.ts';
import { BOOT_REPLY, decodeDhcp, encodeDhcp } from '../dhcp/packet.ts';
import {
  BROADCAST_IPV4,
  BROADCAST_MAC,
  type IpAddress,
  type Ipv4,
  isIpv4,
  type Mac,
  UNSPECIFIED_IPV4,
} from '../net/address.ts';
import { decodeEthernet, ETHERTYPE_ARP, ETHERTYPE_IPV4, encodeEthernet } from '../net/ethernet.ts';
import type { CapturedFrame } from '../net/frame.ts';
import { decodeEcho, encodeEcho, PING_IDENTIFIER } from '../net/icmp.ts';
import { decodeIpv4, encodeIpv4 } from '../net/ipv4.ts';
import { DHCP_CLIENT_PORT, DHCP_SERVER_PORT, PROTOCOL_ICMP, PROTOCOL_UDP } from '../net/protocol-numbers.ts';
import { hostsOf, type IpRange, networkOf, rangeContains } from '../net/range.ts';
import { decodeUdp, encodeUdp } from '../net/udp.ts';
import { questionsFor } from '../probe/question.ts';

/** Where an audit asks from: one interface, by an address of its own in the network that is audited. */
export interface AuditSource {
  readonly mac: Mac;
  readonly ip: Ipv4;
  readonly network: IpRange;
}

interface Addressed {
  readonly mac: Mac | null;
  readonly addresses: readonly { readonly ip: IpAddress; readonly prefixLength: number }[];
}

/** By the first IPv4 address of an interface; null: it has none, or no MAC. */
export function sourceOf({ mac, addresses }: Addressed): AuditSource | null {
  const address = addresses.find(({ ip }) => isIpv4(ip));
  if (mac === null || address === undefined) return null;
  const { ip, prefixLength } = address;
  return { mac, ip: ip as Ipv4, network: networkOf(ip, prefixLength) };
}

export interface Offer {
  readonly server: Ipv4;
  /** That it would lease. */
  readonly ip: Ipv4;
  /** Of the frame: the server's, or a relay's. */
  readonly mac: Mac;
  /** What it tells the client to use. */
  readonly gateways: readonly Ipv4[];
  readonly dnsServers: readonly Ipv4[];
}

/** What a frame says, as far as an audit is concerned. */
export type Heard =
  | { readonly kind: 'arp'; readonly ip: Ipv4; readonly mac: Mac }
  | { readonly kind: 'pong'; readonly ip: Ipv4 }
  | { readonly kind: 'offer'; readonly transactionId: number; readonly offer: Offer };

/** Who has the address? */
export function arpFrame({ mac, ip, network }: AuditSource, target: Ipv4): Uint8Array {
  return questionsFor(target, [{ device: '', segment: '', mac, addresses: [{ ip, network }] }])[0]!.frame;
}

const TIME_TO_LIVE = 64;
/** As many bytes as ping sends. */
const PING_DATA = new Uint8Array(56);

export function pingFrame(source: AuditSource, ip: Ipv4, mac: Mac): Uint8Array {
  const echo = encodeEcho({ isReply: false, identifier: PING_IDENTIFIER, sequence: 1, data: PING_DATA });
  const header = { source: source.ip, destination: ip, protocol: PROTOCOL_ICMP, timeToLive: TIME_TO_LIVE };
  return encodeEthernet(
    { destinationMac: mac, sourceMac: source.mac, vlans: [], etherType: ETHERTYPE_IPV4 },
    encodeIpv4(header, echo),
  );
}

export function discoverFrame(
  source: AuditSource,
  question: Parameters<typeof auditDiscover>[0],
): Uint8Array {
  const addresses = { source: UNSPECIFIED_IPV4, destination: BROADCAST_IPV4 };
  const ports = { sourcePort: DHCP_CLIENT_PORT, destinationPort: DHCP_SERVER_PORT };
  const datagram = encodeUdp(ports, encodeDhcp(auditDiscover(question)), addresses);
  return encodeEthernet(
    { destinationMac: BROADCAST_MAC, sourceMac: source.mac, vlans: [], etherType: ETHERTYPE_IPV4 },
    encodeIpv4({ ...addresses, protocol: PROTOCOL_UDP, timeToLive: TIME_TO_LIVE }, datagram),
  );
}

/** Null for what is no answer. An OFFER of an address that no machine of the network can have is none. */
export function heardIn(frame: CapturedFrame, source: AuditSource): Heard | null {
  const { bytes, start, end, outgoing, strippedVlan } = frame;
  if (outgoing || strippedVlan !== null) return null;
  const ethernet = decodeEthernet(bytes, start, end);
  if (!ethernet.ok || ethernet.value.vlans.length > 0) return null;
  const { etherType, payloadStart, sourceMac: mac } = ethernet.value;
  if (etherType === ETHERTYPE_ARP) {
    const arp = decodeArp(bytes, payloadStart, end);
    if (!arp.ok || arp.value.operation !== ARP_REPLY) return null;
    return { kind: 'arp', ip: arp.value.senderIp, mac: arp.value.senderMac };
  }
  if (etherType !== ETHERTYPE_IPV4) return null;
  const ip = decodeIpv4(bytes, payloadStart, end);
  if (!ip.ok) return null;
  const { protocol, payloadStart: from, payloadEnd: to } = ip.value;
  if (protocol === PROTOCOL_ICMP) {
    const echo = decodeEcho(bytes, from, to);
    const isPong = echo.ok && echo.value.isReply && echo.value.identifier === PING_IDENTIFIER;
    return isPong ? { kind: 'pong', ip: ip.value.source } : null;
  }
  if (protocol !== PROTOCOL_UDP) return null;
  const udp = decodeUdp(bytes, from, to, ip.value.pseudoHeaderSum);
  if (!udp.ok || udp.value.sourcePort !== DHCP_SERVER_PORT) return null;
  const dhcp = decodeDhcp(bytes, udp.value.payloadStart, udp.value.payloadEnd);
  if (!dhcp.ok) return null;
  const { operation, messageType, yourIp, transactionId } = dhcp.value;
  if (operation !== BOOT_REPLY || messageType !== DHCPOFFER || !isHostOf(source.network, yourIp)) return null;
  const server = serverIdentifier(dhcp.value) ?? ip.value.source;
  const told = { gateways: gateways(dhcp.value), dnsServers: dnsServers(dhcp.value) };
  return { kind: 'offer', transactionId, offer: { server, ip: yourIp, mac, ...told } };
}

/** A machine of the network may have it. */
export function isHostOf(network: IpRange, ip: Ipv4): boolean {
  return rangeContains(hostsOf(network), ip);
}
