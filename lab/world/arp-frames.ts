// ARP as stations send it.
import { ARP_REPLY, ARP_REQUEST, type ArpPacket, encodeArp } from '../../src/arp/packet.ts';
import { BROADCAST_MAC, type Ipv4, type Mac, UNSPECIFIED_IPV4, ZERO_MAC } from '../../src/net/address.ts';
import { ETHERTYPE_ARP, encodeEthernet } from '../../src/net/ethernet.ts';

/** @param to everyone, or the one whose entry is to be confirmed. */
export function arpRequest(mac: Mac, ip: Ipv4, wanted: Ipv4, to: Mac = BROADCAST_MAC): Uint8Array {
  const targetMac = to === BROADCAST_MAC ? ZERO_MAC : to;
  return arpFrame(to, { operation: ARP_REQUEST, senderMac: mac, senderIp: ip, targetMac, targetIp: wanted });
}

/** @param source of the Ethernet frame, where that is another than the packet says. */
export function arpReply(mac: Mac, ip: Ipv4, to: ArpPacket, source: Mac = mac): Uint8Array {
  const answer = {
    operation: ARP_REPLY,
    senderMac: mac,
    senderIp: ip,
    targetMac: to.senderMac,
    targetIp: to.senderIp,
  };
  return arpFrame(to.senderMac, answer, source);
}

/** Is anybody there? (RFC 5227, section 2.1.1) */
export function acdProbe(mac: Mac, wanted: Ipv4): Uint8Array {
  return arpRequest(mac, UNSPECIFIED_IPV4, wanted);
}

/** RFC 5227, section 2.3. */
export function acdAnnouncement(mac: Mac, ip: Ipv4): Uint8Array {
  return arpRequest(mac, ip, ip);
}

function arpFrame(destinationMac: Mac, packet: ArpPacket, sourceMac = packet.senderMac): Uint8Array {
  const header = { destinationMac, sourceMac, vlans: [], etherType: ETHERTYPE_ARP };
  return encodeEthernet(header, encodeArp(packet));
}
