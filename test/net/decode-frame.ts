import { claimOfArp } from '../../src/arp/claim.ts';
import { type ArpPacket, decodeArp } from '../../src/arp/packet.ts';
import { type DhcpPacket, decodeDhcp } from '../../src/dhcp/packet.ts';
import { claimOfNdp } from '../../src/ndp/claim.ts';
import { decodeNdp, type NdpPacket } from '../../src/ndp/packet.ts';
import { decodeEthernet, ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from '../../src/net/ethernet.ts';
import { decodeIpv4 } from '../../src/net/ipv4.ts';
import { decodeIpv6 } from '../../src/net/ipv6.ts';
import { PROTOCOL_ICMPV6, PROTOCOL_UDP } from '../../src/net/protocol-numbers.ts';
import { decodeUdp, type UdpDatagram } from '../../src/net/udp.ts';

export type Layers =
  | { readonly protocol: 'arp'; readonly packet: ArpPacket; readonly claim: ReturnType<typeof claimOfArp> }
  | { readonly protocol: 'ndp'; readonly packet: NdpPacket; readonly claim: ReturnType<typeof claimOfNdp> }
  | { readonly protocol: 'dhcp'; readonly packet: DhcpPacket; readonly checksum: UdpDatagram['checksum'] }
  | { readonly protocol: 'other' }
  | { readonly protocol: 'refused'; readonly by: string; readonly reason: string };

/** Every decoder in turn, whatever the ports: so that damaged frames meet as many of them as can be. */
export function decodeFrame(bytes: Uint8Array): Layers {
  const ethernet = decodeEthernet(bytes);
  if (!ethernet.ok) return { protocol: 'refused', by: 'ethernet', reason: ethernet.reason };
  const { etherType, payloadStart, sourceMac } = ethernet.value;
  if (etherType === ETHERTYPE_ARP) {
    const arp = decodeArp(bytes, payloadStart);
    if (!arp.ok) return { protocol: 'refused', by: 'arp', reason: arp.reason };
    return { protocol: 'arp', packet: arp.value, claim: claimOfArp(arp.value) };
  }
  if (etherType === ETHERTYPE_IPV4) {
    const ip = decodeIpv4(bytes, payloadStart);
    if (!ip.ok) return { protocol: 'refused', by: 'ipv4', reason: ip.reason };
    if (ip.value.protocol !== PROTOCOL_UDP) return { protocol: 'other' };
    const udp = decodeUdp(bytes, ip.value.payloadStart, ip.value.payloadEnd, ip.value.pseudoHeaderSum);
    if (!udp.ok) return { protocol: 'refused', by: 'udp', reason: udp.reason };
    const dhcp = decodeDhcp(bytes, udp.value.payloadStart, udp.value.payloadEnd);
    if (!dhcp.ok) return { protocol: 'refused', by: 'dhcp', reason: dhcp.reason };
    return { protocol: 'dhcp', packet: dhcp.value, checksum: udp.value.checksum };
  }
  if (etherType === ETHERTYPE_IPV6) {
    const ip = decodeIpv6(bytes, payloadStart);
    if (!ip.ok) return { protocol: 'refused', by: 'ipv6', reason: ip.reason };
    if (ip.value.nextHeader !== PROTOCOL_ICMPV6) return { protocol: 'other' };
    const ndp = decodeNdp(bytes, ip.value.payloadStart, ip.value.payloadEnd, ip.value);
    if (!ndp.ok) return { protocol: 'refused', by: 'ndp', reason: ndp.reason };
    return { protocol: 'ndp', packet: ndp.value, claim: claimOfNdp(ndp.value, ip.value, sourceMac) };
  }
  return { protocol: 'other' };
}
