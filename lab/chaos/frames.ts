// The frames of floods and of conflicts, as values.
import { ARP_REPLY, ARP_REQUEST, encodeArp } from '../../src/arp/packet.ts';
import { encodeNdp, multicastMac, targetMacOption } from '../../src/ndp/packet.ts';
import { BROADCAST_MAC, type Ipv4, type Ipv6, type Mac, ZERO_MAC } from '../../src/net/address.ts';
import { ETHERTYPE_ARP, ETHERTYPE_IPV6, encodeEthernet } from '../../src/net/ethernet.ts';
import { clientIdOfMac, fromClient, fromServer, toEveryone } from '../world/dhcp-frames.ts';
import type { Random } from '../world/random.ts';
import { culpritMac, forgedMac, ROUTER, vips } from './home.ts';

const DISCOVER = 1;
const OFFER = 2;
const REQUEST = 3;
const RELEASE = 7;
const FORGERS_OF_A_VIP = 16;
const VLANS = 256;
const LEASE_SECONDS = 86_400;
/** The others are left to the conflicts: nothing forged stands in for what is to be found there. */
const flooded = vips.slice(0, -2);

/** Gratuitous, as most machines announce themselves. */
export function announcement(mac: Mac, ip: Ipv4, vlans: readonly number[] = []): Uint8Array {
  return arp(ARP_REQUEST, mac, ip, ip, vlans);
}

function request(mac: Mac, ip: Ipv4, type: number, hostname: string): Uint8Array {
  const spec = {
    type,
    clientMac: mac,
    clientId: clientIdOfMac(mac),
    transactionId: Number.parseInt(mac.slice(-8).replaceAll(':', ''), 16),
    hostname,
    ...(type === RELEASE ? { clientIp: ip } : { requested: ip }),
    server: ROUTER,
  };
  return fromClient(spec, toEveryone(mac));
}

export const lease = (mac: Mac, ip: Ipv4, hostname = 'luca-phone') => request(mac, ip, REQUEST, hostname);
export const release = (mac: Mac, ip: Ipv4) => request(mac, ip, RELEASE, 'luca-phone');

export function offer(serverMac: Mac, server: Ipv4, yourIp: Ipv4): Uint8Array {
  const spec = {
    type: OFFER,
    clientMac: culpritMac(0),
    clientId: null,
    transactionId: 7,
    yourIp,
    server,
    seconds: LEASE_SECONDS,
  };
  return fromServer(spec, toEveryone(serverMac, server));
}

/** Kinds of floods: what a frame of it is. */
export const FLOODS = {
  claims: (random) => announcement(anyone(random), stranger(random)),
  'vip-claims': (random) =>
    announcement(forgedMac(random.between(1, FORGERS_OF_A_VIP)), random.pick(flooded)),
  'vlan-claims': (random) =>
    announcement(forgedMac(random.between(1, FORGERS_OF_A_VIP)), random.pick(flooded), [
      random.between(1, VLANS),
    ]),
  segments: (random) =>
    arp(ARP_REQUEST, anyone(random), stranger(random), stranger(random), [random.between(1, VLANS)]),
  replies: (random) => arp(ARP_REPLY, anyone(random), stranger(random), stranger(random), []),
  discovers: (random) => request(anyone(random), stranger(random), DISCOVER, name(random)),
  requests: (random) => lease(anyone(random), random.pick(flooded), name(random)),
  'other-requests': (random) => lease(anyone(random), stranger(random), name(random)),
  offers: (random) => offer(anyone(random), stranger(random), stranger(random)),
  advertisements: (random) => advertisement(anyone(random), random),
} as const satisfies Readonly<Record<string, (random: Random) => Uint8Array>>;

export type FloodKind = keyof typeof FLOODS | 'mixed';

/** What a flood sends again and again. */
export function poolOf(kind: FloodKind, random: Random, size: number): Uint8Array[] {
  const makers = kind === 'mixed' ? Object.values(FLOODS) : [FLOODS[kind]];
  return Array.from({ length: size }, (_, i) => makers[i % makers.length]!(random));
}

function arp(operation: number, mac: Mac, ip: Ipv4, target: Ipv4, vlans: readonly number[]): Uint8Array {
  const packet = { operation, senderMac: mac, senderIp: ip, targetMac: ZERO_MAC, targetIp: target };
  const header = { destinationMac: BROADCAST_MAC, sourceMac: mac, vlans, etherType: ETHERTYPE_ARP };
  return encodeEthernet(header, encodeArp(packet), { padTo60: true });
}

function advertisement(mac: Mac, random: Random): Uint8Array {
  const all = 'ff02::1' as Ipv6;
  const source = `fe80::${random.between(1, 0xffff).toString(16)}` as Ipv6;
  const message = {
    kind: 'neighbor-advertisement',
    router: false,
    solicited: false,
    override: true,
    targetIp: source,
    options: [targetMacOption(mac)],
  } as const;
  const header = { destinationMac: multicastMac(all), sourceMac: mac, vlans: [], etherType: ETHERTYPE_IPV6 };
  return encodeEthernet(header, encodeNdp(message, { source, destination: all }));
}

const anyone = (random: Random): Mac => forgedMac(random.between(1, 0xff_ffff));
/** No VIP, no node. */
const stranger = (random: Random): Ipv4 =>
  `10.0.${random.between(100, 250)}.${random.between(1, 254)}` as Ipv4;
const name = (random: Random): string => 'x'.repeat(random.between(1, 60));
