// The frames of floods, by what is in them: the i-th of a kind comes from another machine than the one before.
import { ARP_REPLY, ARP_REQUEST, encodeArp } from '../../src/arp/packet.ts';
import { encodeNdp, multicastMac, targetMacOption } from '../../src/ndp/packet.ts';
import {
  BROADCAST_MAC,
  type Ipv4,
  type Ipv6,
  ipv4At,
  type Mac,
  macAt,
  parseIp,
  UNSPECIFIED_IPV4,
  ZERO_MAC,
} from '../../src/net/address.ts';
import { ETHERTYPE_ARP, ETHERTYPE_IPV6, encodeEthernet } from '../../src/net/ethernet.ts';
import { type DhcpFields, encodeDhcpMessage } from '../../test/watch/dhcp-message.ts';

const ip = (text: string) => parseIp(text) as Ipv4;
const station = (i: number): Mac => macAt(Uint8Array.of(2, 1, 0, i >> 16, i >> 8, i), 0);
const server = (i: number): Ipv4 => ipv4At(Uint8Array.of(10, 9, i >> 8, i), 0);
const inPool = (i: number): Ipv4 => ip(`192.168.1.${51 + (i % 9)}`);
const EXPECTED_SERVER = ip('192.168.1.1');
const ALL_NODES = parseIp('ff02::1') as Ipv6;
const LINK_LOCAL = parseIp('fe80::1') as Ipv6;
const TARGET = parseIp('fd00::50') as Ipv6;

/** That the floods are about: of the pool 192.168.1.50-192.168.1.59 of the bench's intent. */
export const FLOODED_VIP = ip('192.168.1.50');
/** By which all others are measured. */
export const PLAIN = 'ARP claim of any address';

interface ArpFields {
  readonly operation?: number;
  readonly senderIp?: Ipv4;
  readonly vlans?: readonly number[];
}

function arp(
  sender: Mac,
  address: Ipv4,
  { operation = ARP_REPLY, senderIp = address, vlans = [] }: ArpFields = {},
): Uint8Array {
  const packet = { operation, senderMac: sender, senderIp, targetMac: ZERO_MAC, targetIp: address };
  const header = { destinationMac: BROADCAST_MAC, sourceMac: sender, vlans, etherType: ETHERTYPE_ARP };
  return encodeEthernet(header, encodeArp(packet), { padTo60: true });
}

function ndp(sender: Mac, targetIp: Ipv6): Uint8Array {
  const message = {
    kind: 'neighbor-advertisement',
    router: false,
    solicited: false,
    override: true,
    targetIp,
    options: [targetMacOption(sender)],
  } as const;
  const addresses = { source: LINK_LOCAL, destination: ALL_NODES };
  const header = {
    destinationMac: multicastMac(ALL_NODES),
    sourceMac: sender,
    vlans: [],
    etherType: ETHERTYPE_IPV6,
  };
  return encodeEthernet(header, encodeNdp(message, addresses));
}

function dhcp(i: number, fields: Omit<DhcpFields, 'client'>): Uint8Array {
  return encodeDhcpMessage({ client: station(i), transactionId: i, hostname: 'luca-phone', ...fields });
}

export const FLOODS: Readonly<Record<string, (i: number) => Uint8Array>> = {
  [PLAIN]: (i) => arp(station(i), server(i)),
  'ARP claim of a VIP': (i) => arp(station(i), FLOODED_VIP),
  'ARP claim of a VIP, on 256 VLANs': (i) => arp(station(i), FLOODED_VIP, { vlans: [1 + (i % 256)] }),
  'ARP claim of a pool address': (i) => arp(station(i), inPool(i)),
  'ARP probe of a VIP': (i) =>
    arp(station(i), FLOODED_VIP, { operation: ARP_REQUEST, senderIp: UNSPECIFIED_IPV4 }),
  'ARP question for a VIP': (i) =>
    arp(station(i), FLOODED_VIP, { operation: ARP_REQUEST, senderIp: server(i) }),
  'neighbor advertisement': (i) => ndp(station(i), TARGET),
  'DHCP DISCOVER': (i) => dhcp(i, { type: 'discover' }),
  'DHCP DISCOVER, rapid commit': (i) => dhcp(i, { type: 'discover', rapidCommit: true }),
  'DHCP REQUEST for a VIP': (i) =>
    dhcp(i, { type: 'request', requested: FLOODED_VIP, server: EXPECTED_SERVER }),
  'DHCP REQUEST for a pool address': (i) =>
    dhcp(i, { type: 'request', requested: inPool(i), server: EXPECTED_SERVER }),
  'DHCP DECLINE of a VIP': (i) =>
    dhcp(i, { type: 'decline', requested: FLOODED_VIP, server: EXPECTED_SERVER }),
  'DHCP RELEASE of a VIP': (i) =>
    dhcp(i, { type: 'release', clientIp: FLOODED_VIP, server: EXPECTED_SERVER }),
  'DHCP OFFER of a strange server': (i) =>
    dhcp(i, { type: 'offer', server: server(i), yourIp: ip('192.168.1.99') }),
};

/** As the generator reads them: trafgen sends one after the other, and begins anew. */
export function trafgenConfig(frames: readonly Uint8Array[]): string {
  return frames
    .map((bytes) => `{ ${[...bytes].map((byte) => `0x${byte.toString(16)}`).join(',')} }`)
    .join('\n');
}
