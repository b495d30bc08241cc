// What a neighbor discovery packet claims (RFC 4861; duplicate address detection: RFC 4862, section 5.4).
import { BROADCAST_MAC, isHostAddress, type Mac, UNSPECIFIED_IPV6, ZERO_MAC } from '../net/address.ts';
import type { Claim } from '../net/claim.ts';
import type { Ipv6Packet } from '../net/ipv6.ts';
import { accepted, type Decoded, refused } from '../net/result.ts';
import type { NdpPacket } from './packet.ts';

/** Why a well-formed packet claims nothing. */
export type NdpNoClaim = 'no-link-layer-address' | 'bad-sender-mac' | 'bad-address';

const NO_LINK_LAYER_ADDRESS = refused('no-link-layer-address');
const BAD_SENDER_MAC = refused('bad-sender-mac');
const BAD_ADDRESS = refused('bad-address');

/**
 * An advertisement claims its target, for the MAC in its option; an answer to a unicast question may leave that out, and
 * then the frame's own source stands for it. Solicitations and router messages claim the address they come from, but
 * only where their option names a MAC: the frame's source may be anyone who passed the packet on.
 */
export function claimOfNdp(
  packet: NdpPacket,
  ip: Ipv6Packet,
  ethernetSourceMac: Mac,
): Decoded<Claim, NdpNoClaim> {
  if (packet.kind === 'neighbor-advertisement') {
    const kind = packet.solicited ? 'reply' : 'announcement';
    return claim({ kind, ip: packet.targetIp, mac: packet.targetMac ?? ethernetSourceMac });
  }
  if (packet.kind === 'neighbor-solicitation' && ip.source === UNSPECIFIED_IPV6) {
    return claim({ kind: 'dad', ip: packet.targetIp, mac: ethernetSourceMac });
  }
  if (packet.sourceMac === null) return NO_LINK_LAYER_ADDRESS;
  return claim({ kind: 'request', ip: ip.source, mac: packet.sourceMac });
}

function claim(claimed: Claim): Decoded<Claim, NdpNoClaim> {
  if (claimed.mac === ZERO_MAC || claimed.mac === BROADCAST_MAC) return BAD_SENDER_MAC;
  return isHostAddress(claimed.ip) ? accepted(claimed) : BAD_ADDRESS;
}
