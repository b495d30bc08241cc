// Whose questions prove something here. A switch delivers an answer to the one who asked: another's question that seems to be
// left unanswered may well have been answered.
import { ARP_REQUEST } from '../../arp/packet.ts';
import { type IpAddress, isGroupMac, isMulticastIpv6, type Mac } from '../../net/address.ts';
import type { NeighborObservation } from '../lan/dissect.ts';
import type { Segment } from '../lan/segment.ts';

/** A switch that does not know the asker's port yet floods an answer or two. */
const ANSWERS = 3;
const MAX_ASKERS = 256;

/** The machines whose answers a capture holds: the one that it was taken on, or all where it was taken at the switch. */
export class Askers {
  readonly #answers = new Map<string, number>();

  answered(segment: Segment, asker: Mac): void {
    const key = keyOf(segment, asker);
    const answers = this.#answers.get(key);
    if (answers === undefined && this.#answers.size >= MAX_ASKERS) return;
    this.#answers.set(key, (answers ?? 0) + 1);
  }

  hears(segment: Segment, asker: Mac): boolean {
    return (this.#answers.get(keyOf(segment, asker)) ?? 0) >= ANSWERS;
  }
}

function keyOf(segment: Segment, asker: Mac): string {
  return `${segment.name}/${asker}`;
}

/** Who asks for which address, and whom alone; null: everybody. */
interface Question {
  readonly ip: IpAddress;
  readonly asker: Mac;
  readonly askerIp: IpAddress;
  readonly polled: Mac | null;
}

/** Undefined where the packet asks nothing that MetalLB would answer. */
export function questionOf(observation: NeighborObservation): Question | undefined {
  const { destinationMac } = observation.ethernet;
  const polled = isGroupMac(destinationMac) ? null : destinationMac;
  if (observation.protocol === 'arp') {
    const { operation, senderIp, senderMac, targetIp } = observation.packet;
    const asks = operation === ARP_REQUEST && senderIp !== targetIp;
    return asks ? { ip: targetIp, asker: senderMac, askerIp: senderIp, polled } : undefined;
  }
  const { packet, ip } = observation;
  if (packet.kind !== 'neighbor-solicitation' || packet.sourceMac === null) return undefined;
  // One to the VIP itself stays unanswered (metallb#2920).
  const isToGroup = isMulticastIpv6(ip.destination);
  if (!isToGroup) return undefined;
  return { ip: packet.targetIp, asker: packet.sourceMac, askerIp: ip.source, polled };
}
