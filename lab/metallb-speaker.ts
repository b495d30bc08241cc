// What MetalLB's speaker puts on the wire in Layer-2 mode (its `internal/layer2`), as pure functions of frames:
// gratuitous rounds and answers. Deliberately faithful, oddities included; the reasons for them are upstream's.
import { ARP_REPLY, ARP_REQUEST, type ArpPacket, decodeArp, encodeArp } from '../src/arp/packet.ts';
import {
  decodeNdp,
  encodeNdp,
  multicastMac,
  solicitedNodeMulticast,
  targetMacOption,
} from '../src/ndp/packet.ts';
import { BROADCAST_MAC, type IpAddress, type Ipv4, type Ipv6, isIpv4, type Mac } from '../src/net/address.ts';
import { decodeEthernet, ETHERTYPE_ARP, ETHERTYPE_IPV6, encodeEthernet } from '../src/net/ethernet.ts';
import { decodeIpv6 } from '../src/net/ipv6.ts';
import { PROTOCOL_ICMPV6 } from '../src/net/protocol-numbers.ts';

/** The interface that answers: MAC, and the link-local address that NDP is spoken from (null: no NDP). */
export interface SpeakerInterface {
  readonly mac: Mac;
  readonly linkLocal: Ipv6 | null;
}

const ALL_NODES = 'ff02::1' as Ipv6;

/** One gratuitous round for a VIP: an ARP request and an ARP reply, or one unsolicited advertisement. */
export function gratuitousRound(vip: IpAddress, own: SpeakerInterface): Uint8Array[] {
  if (isIpv4(vip)) {
    return [ARP_REQUEST, ARP_REPLY].map((operation) =>
      arpFrame(BROADCAST_MAC, {
        operation,
        senderMac: own.mac,
        senderIp: vip,
        targetMac: BROADCAST_MAC,
        targetIp: vip,
      }),
    );
  }
  if (own.linkLocal === null) return [];
  return [advertisement(vip, own.mac, own.linkLocal, multicastMac(ALL_NODES), ALL_NODES, 'gratuitous')];
}

/** The answer to a frame, where it asks for an address that `announces` accepts in a way that the speaker answers. */
export function answerTo(
  bytes: Uint8Array,
  start: number,
  end: number,
  own: SpeakerInterface,
  announces: (ip: IpAddress) => boolean,
): { readonly vip: IpAddress; readonly frame: Uint8Array } | undefined {
  const ethernet = decodeEthernet(bytes, start, end);
  if (!ethernet.ok) return undefined;
  const { destinationMac, etherType, payloadStart } = ethernet.value;
  switch (etherType) {
    case ETHERTYPE_ARP: {
      if (destinationMac !== BROADCAST_MAC && destinationMac !== own.mac) return undefined;
      const packet = decodeArp(bytes, payloadStart, end);
      if (!packet.ok || packet.value.operation !== ARP_REQUEST) return undefined;
      const { senderMac, senderIp, targetIp } = packet.value;
      if (!announces(targetIp)) return undefined;
      return { vip: targetIp, frame: arpAnswer(targetIp, own.mac, senderMac, senderIp) };
    }
    case ETHERTYPE_IPV6:
      return answerToSolicitation(bytes, payloadStart, end, own, announces);
    default:
      return undefined;
  }
}

/** To the sender's MAC as the packet says it, not the frame; the sender's address is not looked at. */
function arpAnswer(vip: Ipv4, mac: Mac, askerMac: Mac, askerIp: Ipv4): Uint8Array {
  return arpFrame(askerMac, {
    operation: ARP_REPLY,
    senderMac: mac,
    senderIp: vip,
    targetMac: askerMac,
    targetIp: askerIp,
  });
}

function answerToSolicitation(
  bytes: Uint8Array,
  start: number,
  end: number,
  own: SpeakerInterface,
  announces: (ip: IpAddress) => boolean,
): { readonly vip: Ipv6; readonly frame: Uint8Array } | undefined {
  const ip = decodeIpv6(bytes, start, end);
  if (!ip.ok || ip.value.nextHeader !== PROTOCOL_ICMPV6 || own.linkLocal === null) return undefined;
  const { source, destination, payloadStart, payloadEnd } = ip.value;
  const packet = decodeNdp(bytes, payloadStart, payloadEnd, ip.value);
  if (!packet.ok || packet.value.kind !== 'neighbor-solicitation') return undefined;
  const { sourceMac, targetIp } = packet.value;
  // The speaker's socket hears the groups it joined and its own link-local address: what is sent to the VIP itself
  // never reaches it. It must be told where to answer: a solicitation without the option (as in DAD) is ignored.
  if (destination !== solicitedNodeMulticast(targetIp) && destination !== own.linkLocal) return undefined;
  if (sourceMac === null || !announces(targetIp)) return undefined;
  return {
    vip: targetIp,
    frame: advertisement(targetIp, own.mac, own.linkLocal, sourceMac, source, 'solicited'),
  };
}

/** The speaker fills its ARP frames to 60 bytes itself, so that even a capture at the source shows the padding. */
function arpFrame(destinationMac: Mac, packet: ArpPacket): Uint8Array {
  const header = { destinationMac, sourceMac: packet.senderMac, vlans: [], etherType: ETHERTYPE_ARP };
  return encodeEthernet(header, encodeArp(packet), { padTo60: true });
}

function advertisement(
  vip: Ipv6,
  mac: Mac,
  source: Ipv6,
  destinationMac: Mac,
  destination: Ipv6,
  why: 'gratuitous' | 'solicited',
): Uint8Array {
  const message = {
    kind: 'neighbor-advertisement',
    router: false,
    solicited: why === 'solicited',
    override: why === 'gratuitous',
    targetIp: vip,
    options: [targetMacOption(mac)],
  } as const;
  const header = { destinationMac, sourceMac: mac, vlans: [], etherType: ETHERTYPE_IPV6 };
  return encodeEthernet(header, encodeNdp(message, { source, destination }));
}
