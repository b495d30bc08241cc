// What an ARP packet claims: that its sender MAC (ar$sha, not the Ethernet source) owns an address.
import { BROADCAST_MAC, isHostAddress, UNSPECIFIED_IPV4, ZERO_MAC } from '../net/address.ts';
import type { Claim, ClaimKind } from '../net/claim.ts';
import { accepted, type Decoded, refused } from '../net/result.ts';
import { ARP_REPLY, ARP_REQUEST, type ArpPacket } from './packet.ts';

/** Why a well-formed packet claims nothing. */
export type ArpNoClaim = 'not-request-or-reply' | 'bad-sender-mac' | 'bad-address';

const NOT_REQUEST_OR_REPLY = refused('not-request-or-reply');
const BAD_SENDER_MAC = refused('bad-sender-mac');
const BAD_ADDRESS = refused('bad-address');

export function claimOfArp(packet: ArpPacket): Decoded<Claim, ArpNoClaim> {
  const { operation, senderMac: mac, senderIp, targetIp } = packet;
  if (operation !== ARP_REQUEST && operation !== ARP_REPLY) return NOT_REQUEST_OR_REPLY;
  // A multicast MAC is a claim: a load balancer's (Microsoft NLB), and Linux takes it into its table.
  if (mac === ZERO_MAC || mac === BROADCAST_MAC) return BAD_SENDER_MAC;
  if (senderIp === UNSPECIFIED_IPV4) {
    // RFC 5227 section 2.1.1: only a request probes; a reply from 0.0.0.0 means nothing.
    if (operation !== ARP_REQUEST || !isHostAddress(targetIp)) return BAD_ADDRESS;
    return accepted({ kind: 'acd-probe', ip: targetIp, mac });
  }
  if (!isHostAddress(senderIp)) return BAD_ADDRESS;
  return accepted({ kind: kindOf(packet), ip: senderIp, mac });
}

function kindOf({ operation, senderIp, targetIp }: ArpPacket): ClaimKind {
  // RFC 5227 section 2.3 announces by request; RFC 5944 section 4.6 allows the reply too, and MetalLB sends both.
  if (senderIp === targetIp) return 'announcement';
  return operation === ARP_REQUEST ? 'request' : 'reply';
}
