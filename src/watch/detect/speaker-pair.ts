// How MetalLB's speakers announce an IPv4 address: by a request and a reply for the broadcast MAC, padded, one right after the
// other. A machine that announces an address of its own leaves the target MAC zero (RFC 5227, section 2.3); arping sends one of
// the two, and no padding.
import { ARP_REPLY, ARP_REQUEST } from '../../arp/packet.ts';
import { BROADCAST_MAC } from '../../net/address.ts';
import type { NeighborObservation } from '../lan/dissect.ts';
import type { Half } from '../ledger/run.ts';

/** Of an announcement: which half of a pair it may be; null: neither. */
export function halfOf(observation: NeighborObservation): Half | null {
  if (observation.protocol !== 'arp') return null;
  const { packet, isPadded } = observation;
  const { operation, senderIp, targetIp, targetMac } = packet;
  if (senderIp !== targetIp || targetMac !== BROADCAST_MAC || !isPadded) return null;
  return operation === ARP_REQUEST ? 'request-half' : operation === ARP_REPLY ? 'reply-half' : null;
}
