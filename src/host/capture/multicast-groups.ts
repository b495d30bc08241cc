// The multicast groups that a capture joins: a card drops what is sent to others. Each is the only way by which something is
// heard at all; one more group costs nothing, until a card's filter is full and it takes all multicast.
import { type Mac, writeMac } from '../../net/address.ts';

export const MULTICAST_GROUPS: readonly Mac[] = [
  // DHCPv6: what clients send to servers and relays, ff02::1:2, and relays to servers, ff05::1:3 (RFC 8415, section 7.1).
  '33:33:00:01:00:02' as Mac,
  '33:33:00:01:00:03' as Mac,
];

const PACKET_MR_MULTICAST = 0;

/** `struct packet_mreq`: the interface, the kind of membership, and the group's address with its length. */
export function membershipOf(group: Mac, interfaceIndex: number): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, interfaceIndex, true);
  view.setUint16(4, PACKET_MR_MULTICAST, true);
  view.setUint16(6, 6, true);
  writeMac(bytes, 8, group);
  return bytes;
}
