// ARP for IPv4 over Ethernet (RFC 826; probes and announcements: RFC 5227). The packet begins after the Ethernet header.
import {
  IPV4_LENGTH,
  type Ipv4,
  ipv4At,
  MAC_LENGTH,
  type Mac,
  macAt,
  writeIp,
  writeMac,
} from '../net/address.ts';
import { uint16At } from '../net/bytes.ts';
import { ETHERTYPE_IPV4 } from '../net/ethernet.ts';
import { accepted, type Decoded, refused } from '../net/result.ts';

export const ARP_REQUEST = 1;
export const ARP_REPLY = 2;

export interface ArpPacket {
  /** ar$op: 1 request, 2 reply; others (RARP, InARP) are kept as they came. */
  readonly operation: number;
  readonly senderMac: Mac; // ar$sha
  readonly senderIp: Ipv4; // ar$spa
  readonly targetMac: Mac; // ar$tha
  readonly targetIp: Ipv4; // ar$tpa
}

export type ArpRefusal =
  | 'truncated'
  | 'bad-hardware-type'
  | 'bad-protocol-type'
  | 'bad-hardware-length'
  | 'bad-protocol-length';

const HARDWARE_ETHERNET = 1;

const HRD = 0;
const PRO = 2;
const HLN = 4;
const PLN = 5;
const OP = 6;
const SHA = 8;
const SPA = SHA + MAC_LENGTH;
const THA = SPA + IPV4_LENGTH;
const TPA = THA + MAC_LENGTH;
const LENGTH = TPA + IPV4_LENGTH;

const TRUNCATED = refused('truncated');
const BAD_HARDWARE_TYPE = refused('bad-hardware-type');
const BAD_PROTOCOL_TYPE = refused('bad-protocol-type');
const BAD_HARDWARE_LENGTH = refused('bad-hardware-length');
const BAD_PROTOCOL_LENGTH = refused('bad-protocol-length');

/** What follows the packet is Ethernet's padding and not looked at. */
export function decodeArp(bytes: Uint8Array, start = 0, end = bytes.length): Decoded<ArpPacket, ArpRefusal> {
  // The lengths come before the addresses: a packet of other lengths has its addresses elsewhere.
  if (end - start < SHA) return TRUNCATED;
  if (uint16At(bytes, start + HRD) !== HARDWARE_ETHERNET) return BAD_HARDWARE_TYPE;
  if (uint16At(bytes, start + PRO) !== ETHERTYPE_IPV4) return BAD_PROTOCOL_TYPE;
  if (bytes[start + HLN] !== MAC_LENGTH) return BAD_HARDWARE_LENGTH;
  if (bytes[start + PLN] !== IPV4_LENGTH) return BAD_PROTOCOL_LENGTH;
  if (end - start < LENGTH) return TRUNCATED;
  return accepted({
    operation: uint16At(bytes, start + OP),
    senderMac: macAt(bytes, start + SHA),
    senderIp: ipv4At(bytes, start + SPA),
    targetMac: macAt(bytes, start + THA),
    targetIp: ipv4At(bytes, start + TPA),
  });
}

/** The 28 bytes that follow the Ethernet header. */
export function encodeArp(packet: ArpPacket): Uint8Array {
  const bytes = new Uint8Array(LENGTH);
  const view = new DataView(bytes.buffer);
  view.setUint16(HRD, HARDWARE_ETHERNET);
  view.setUint16(PRO, ETHERTYPE_IPV4);
  view.setUint8(HLN, MAC_LENGTH);
  view.setUint8(PLN, IPV4_LENGTH);
  view.setUint16(OP, packet.operation);
  writeMac(bytes, SHA, packet.senderMac);
  writeIp(bytes, SPA, packet.senderIp);
  writeMac(bytes, THA, packet.targetMac);
  writeIp(bytes, TPA, packet.targetIp);
  return bytes;
}
