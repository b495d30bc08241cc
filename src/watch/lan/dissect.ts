// From a captured frame to an ARP, NDP, DHCP or DHCPv6 packet on a segment; everything else is counted and left.
import { type ArpPacket, decodeArp } from '../../arp/packet.ts';
import type { Micros } from '../../base/time.ts';
import { type DhcpPacket, decodeDhcp } from '../../dhcp/packet.ts';
import { type Dhcpv6Packet, decodeDhcpv6 } from '../../dhcpv6/packet.ts';
import { decodeNdp, type NdpPacket } from '../../ndp/packet.ts';
import type { IpAddress } from '../../net/address.ts';
import { uint16At } from '../../net/bytes.ts';
import {
  decodeEthernet,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  type EthernetFrame,
} from '../../net/ethernet.ts';
import type { CapturedFrame } from '../../net/frame.ts';
import { decodeIpv4, type Ipv4Packet } from '../../net/ipv4.ts';
import { decodeIpv6, type Ipv6Packet } from '../../net/ipv6.ts';
import { isProbePort } from '../../net/probe-ports.ts';
import {
  DHCP_CLIENT_PORT,
  DHCP_SERVER_PORT,
  DHCPV6_CLIENT_PORT,
  DHCPV6_SERVER_PORT,
  PROTOCOL_ESP,
  PROTOCOL_ICMPV6,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
} from '../../net/protocol-numbers.ts';
import type { Decoded } from '../../net/result.ts';
import { decodeTcp, type TcpHeader } from '../../net/tcp.ts';
import { decodeUdp, type UdpHeader } from '../../net/udp.ts';
import { FrameCounters } from './counters.ts';
import type { Segment, Segments } from './segment.ts';

interface Where {
  readonly at: Micros;
  readonly segment: Segment;
  /** This node sent it. */
  readonly outgoing: boolean;
  readonly ethernet: EthernetFrame;
}

export type Observation =
  | (Where & {
      readonly protocol: 'arp';
      readonly packet: ArpPacket;
      /** To what Ethernet takes at least, by the sender or by its card. */
      readonly isPadded: boolean;
    })
  | (Where & { readonly protocol: 'ndp'; readonly packet: NdpPacket; readonly ip: Ipv6Packet })
  | (Where & {
      readonly protocol: 'dhcp';
      readonly packet: DhcpPacket;
      readonly ip: Ipv4Packet;
      readonly udp: UdpHeader;
    })
  | (Where & { readonly protocol: 'dhcpv6'; readonly packet: Dhcpv6Packet; readonly ip: Ipv6Packet });

/** Of the protocols by which neighbors say who has an address. */
export type NeighborObservation = Observation & { readonly protocol: 'arp' | 'ndp' };

/** An answer to a service probe of this node. Nothing of it is judged. */
export interface TcpAnswer {
  readonly protocol: 'tcp';
  readonly at: Micros;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly header: TcpHeader;
}

/** IEEE 802.3, section 3.2.8. */
const LEAST_PAYLOAD = 46;
const IPV4_PROTOCOL = 9;
const IPV6_NEXT_HEADER = 6;
const IPV6_HEADER = 40;
/** TCP, UDP and ESP: most of a capture, and no reason to complain where it was cut short. */
const NOT_NDP = new Set([PROTOCOL_TCP, PROTOCOL_UDP, PROTOCOL_ESP]);

export class Dissector {
  readonly #segments: Segments;
  readonly counters = new FrameCounters();

  constructor(segments: Segments) {
    this.#segments = segments;
  }

  dissect(frame: CapturedFrame, at: Micros): Observation | TcpAnswer | undefined {
    const { counters } = this;
    counters.seen(frame.link.interface, frame.outgoing, at);
    const decoded = decodeEthernet(frame.bytes, frame.start, frame.end);
    if (!decoded.ok) {
      counters.of('ethernet');
      return counters.malformed('ethernet', decoded.reason);
    }
    const ethernet = decoded.value;
    switch (ethernet.etherType) {
      case ETHERTYPE_ARP:
        return this.#arp(frame, ethernet, at);
      case ETHERTYPE_IPV4:
        return this.#ipv4(frame, ethernet, at);
      case ETHERTYPE_IPV6:
        return this.#ipv6(frame, ethernet, at);
      default:
        counters.of('other');
        return counters.ignored('other-ethertype');
    }
  }

  #arp(frame: CapturedFrame, ethernet: EthernetFrame, at: Micros): Observation | undefined {
    this.counters.of('arp');
    const arp = decodeArp(frame.bytes, ethernet.payloadStart, frame.end);
    if (!arp.ok) return this.counters.malformed('arp', arp.reason);
    const segment = this.#segmentOf(frame, ethernet, at);
    const { outgoing } = frame;
    const isPadded = frame.end - ethernet.payloadStart >= LEAST_PAYLOAD;
    return { protocol: 'arp', at, segment, outgoing, ethernet, packet: arp.value, isPadded };
  }

  #ipv4(frame: CapturedFrame, ethernet: EthernetFrame, at: Micros): Observation | TcpAnswer | undefined {
    const { bytes, end } = frame;
    const start = ethernet.payloadStart;
    if (!frame.outgoing && mayAnswerProbe(bytes, start, end))
      return this.#tcp(frame, decodeIpv4(bytes, start, end), at);
    if (!mayBeDhcp(bytes, start, end)) return this.#other('other-ipv4');
    const ip = decodeIpv4(bytes, start, end);
    if (!ip.ok && ip.reason === 'fragment') return this.#other('fragment');
    this.counters.of('dhcp');
    if (!ip.ok) return this.counters.malformed('dhcp', ip.reason);
    const udp = decodeUdp(bytes, ip.value.payloadStart, ip.value.payloadEnd, ip.value.pseudoHeaderSum);
    if (!udp.ok) return this.counters.malformed('dhcp', udp.reason);
    const dhcp = decodeDhcp(bytes, udp.value.payloadStart, udp.value.payloadEnd);
    if (!dhcp.ok) return this.counters.malformed('dhcp', dhcp.reason);
    const segment = this.#segmentOf(frame, ethernet, at);
    return {
      protocol: 'dhcp',
      at,
      segment,
      outgoing: frame.outgoing,
      ethernet,
      ip: ip.value,
      udp: udp.value,
      packet: dhcp.value,
    };
  }

  #ipv6(frame: CapturedFrame, ethernet: EthernetFrame, at: Micros): Observation | TcpAnswer | undefined {
    const { bytes, end } = frame;
    const start = ethernet.payloadStart;
    if (!frame.outgoing && mayAnswerProbe6(bytes, start, end))
      return this.#tcp(frame, decodeIpv6(bytes, start, end), at);
    const nextHeader = end - start > IPV6_NEXT_HEADER ? bytes[start + IPV6_NEXT_HEADER]! : PROTOCOL_ICMPV6;
    if (nextHeader === PROTOCOL_UDP && hasDhcpv6Port(bytes, start + IPV6_HEADER, end))
      return this.#dhcpv6(frame, ethernet, decodeIpv6(bytes, start, end), at);
    if (NOT_NDP.has(nextHeader)) return this.#other('other-ipv6');
    const ip = decodeIpv6(bytes, start, end);
    if (!ip.ok && ip.reason === 'fragment') return this.#other('fragment');
    if (!ip.ok) {
      this.counters.of('other');
      return this.counters.malformed('other', ip.reason);
    }
    if (ip.value.nextHeader === PROTOCOL_UDP && hasDhcpv6Port(bytes, ip.value.payloadStart, end))
      return this.#dhcpv6(frame, ethernet, ip, at);
    if (ip.value.nextHeader !== PROTOCOL_ICMPV6) return this.#other('other-ipv6');
    const ndp = decodeNdp(bytes, ip.value.payloadStart, ip.value.payloadEnd, ip.value);
    if (!ndp.ok && ndp.reason === 'not-ndp') return this.#other('other-ipv6');
    this.counters.of('ndp');
    if (!ndp.ok) return this.counters.malformed('ndp', ndp.reason);
    const segment = this.#segmentOf(frame, ethernet, at);
    return {
      protocol: 'ndp',
      at,
      segment,
      outgoing: frame.outgoing,
      ethernet,
      ip: ip.value,
      packet: ndp.value,
    };
  }

  #dhcpv6(
    frame: CapturedFrame,
    ethernet: EthernetFrame,
    ip: Decoded<Ipv6Packet, string>,
    at: Micros,
  ): Observation | undefined {
    this.counters.of('dhcpv6');
    if (!ip.ok) return this.counters.malformed('dhcpv6', ip.reason);
    const { payloadStart, payloadEnd, pseudoHeaderSum } = ip.value;
    const udp = decodeUdp(frame.bytes, payloadStart, payloadEnd, pseudoHeaderSum);
    if (!udp.ok) return this.counters.malformed('dhcpv6', udp.reason);
    const dhcpv6 = decodeDhcpv6(frame.bytes, udp.value.payloadStart, udp.value.payloadEnd);
    if (!dhcpv6.ok) return this.counters.malformed('dhcpv6', dhcpv6.reason);
    const segment = this.#segmentOf(frame, ethernet, at);
    const { outgoing } = frame;
    return { protocol: 'dhcpv6', at, segment, outgoing, ethernet, ip: ip.value, packet: dhcpv6.value };
  }

  /** What turns out to be something else, or is cut short, is other traffic. */
  #tcp(
    { bytes }: CapturedFrame,
    ip: Decoded<Ipv4Packet | Ipv6Packet, string>,
    at: Micros,
  ): TcpAnswer | undefined {
    if (!ip.ok) return this.#other('other-tcp');
    const { source, destination, payloadStart, payloadEnd, pseudoHeaderSum } = ip.value;
    const tcp = decodeTcp(bytes, payloadStart, payloadEnd, pseudoHeaderSum);
    if (!tcp.ok) return this.#other('other-tcp');
    this.#other('service-answer');
    return { protocol: 'tcp', at, source, destination, header: tcp.value };
  }

  #other(reason: string): undefined {
    this.counters.of('other');
    return this.counters.ignored(reason);
  }

  /** Tags that the kernel took off, the link's own VLAN and tags in the frame together name the segment. */
  #segmentOf({ link, strippedVlan }: CapturedFrame, { vlans }: EthernetFrame, at: Micros): Segment {
    const tags = strippedVlan === null && vlans.length === 0 ? vlans : vlanTags(strippedVlan, vlans);
    return this.#segments.of(link, tags, at);
  }
}

/** VLAN id 0 only carries a priority (IEEE 802.1Q): the frame belongs to the untagged segment. */
function vlanTags(strippedVlan: number | null, vlans: readonly number[]): number[] {
  return [strippedVlan, ...vlans].filter((vlan): vlan is number => vlan !== null && vlan !== 0);
}

/** Judges by protocol and ports alone, so that other traffic may be cut short or odd without being called malformed. */
function mayBeDhcp(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > IPV4_PROTOCOL && bytes[start + IPV4_PROTOCOL] !== PROTOCOL_UDP) return false;
  const ports = start + (bytes[start]! & 0x0f) * 4;
  if (ports + 4 > end) return true;
  const source = (bytes[ports]! << 8) | bytes[ports + 1]!;
  const destination = (bytes[ports + 2]! << 8) | bytes[ports + 3]!;
  return isDhcpPort(source) || isDhcpPort(destination);
}

/** Over IPv4: TCP to one of the ports that service probes are sent from. */
function mayAnswerProbe(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start <= IPV4_PROTOCOL || bytes[start + IPV4_PROTOCOL] !== PROTOCOL_TCP) return false;
  return goesToProbePort(bytes, start + (bytes[start]! & 0x0f) * 4, end);
}

/** Over IPv6, without extension headers: an answer has none. */
function mayAnswerProbe6(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start <= IPV6_NEXT_HEADER || bytes[start + IPV6_NEXT_HEADER] !== PROTOCOL_TCP) return false;
  return goesToProbePort(bytes, start + IPV6_HEADER, end);
}

function goesToProbePort(bytes: Uint8Array, tcp: number, end: number): boolean {
  return tcp + 4 <= end && isProbePort(uint16At(bytes, tcp + 2));
}

/** Of a UDP datagram; other traffic may be cut short. */
function hasDhcpv6Port(bytes: Uint8Array, udp: number, end: number): boolean {
  if (udp + 4 > end) return false;
  return isDhcpv6Port(uint16At(bytes, udp)) || isDhcpv6Port(uint16At(bytes, udp + 2));
}

function isDhcpv6Port(port: number): boolean {
  return port === DHCPV6_SERVER_PORT || port === DHCPV6_CLIENT_PORT;
}

function isDhcpPort(port: number): boolean {
  return port === DHCP_SERVER_PORT || port === DHCP_CLIENT_PORT;
}
