// DHCPv6 messages in values, from the Ethernet header on.
import { type Dhcpv6Option, OPTION, writeOptions } from '../../src/dhcpv6/option.ts';
import { type Dhcpv6Packet, encodeDhcpv6, type RelayHop } from '../../src/dhcpv6/packet.ts';
import { multicastMac } from '../../src/ndp/packet.ts';
import { type Ipv6, type Mac, writeIp } from '../../src/net/address.ts';
import { ETHERTYPE_IPV6, encodeEthernet } from '../../src/net/ethernet.ts';
import { encodeIpv6 } from '../../src/net/ipv6.ts';
import { PROTOCOL_UDP } from '../../src/net/protocol-numbers.ts';
import { encodeUdp } from '../../src/net/udp.ts';

const TYPES = {
  solicit: 1,
  advertise: 2,
  request: 3,
  confirm: 4,
  renew: 5,
  rebind: 6,
  reply: 7,
  release: 8,
  decline: 9,
  reconfigure: 10,
  'information-request': 11,
  'address-registration': 36,
} as const;

const RELAY_FORWARD = 12;
const RELAY_REPLY = 13;
const SERVERS_AND_RELAYS = 'ff02::1:2' as Ipv6;
const SERVERS = 'ff05::1:3' as Ipv6;
const LINK = 'fd00::1' as Ipv6;

export interface Dhcpv6Fields {
  readonly type: keyof typeof TYPES;
  readonly client: Mac;
  /** The client's DUID in hex; null: none. @default one made of its MAC */
  readonly duid?: string | null;
  /** Of an IA_NA: all of these stand in one. Empty: the association alone. Absent: no association. */
  readonly addresses?: readonly Ipv6[];
  readonly iaid?: number;
  /** Of an IA_PD: `fd00:6::` and its length. */
  readonly prefix?: readonly [Ipv6, number];
  readonly valid?: number;
  /** The server that the client names, or that answers: the last byte of its DUID. */
  readonly server?: number;
  /** Of the association, or where there is none, of the message. */
  readonly status?: number;
  readonly hostname?: string;
  readonly rapidCommit?: boolean;
  readonly transactionId?: number;
  /** Relayed by this machine. */
  readonly relay?: Mac;
  /** What the relay says of the client (option 79). @default nothing */
  readonly linkLayer?: Mac;
  /** Ethernet source; the client's or the server's own unless given. */
  readonly from?: Mac;
}

export function linkLocal(mac: Mac): Ipv6 {
  return `fe80::${mac.slice(-2)}` as Ipv6;
}

export function duidOf(mac: Mac): string {
  return `00030001${mac.replaceAll(':', '')}`;
}

export function encodeDhcpv6Message(fields: Dhcpv6Fields): Uint8Array {
  const { type, client, relay, server = 1 } = fields;
  const fromServer = type === 'advertise' || type === 'reply' || type === 'reconfigure';
  const serverMac = `02:00:00:00:00:${server.toString(16).padStart(2, '0')}` as Mac;
  const message = {
    messageType: TYPES[type],
    transactionId: fields.transactionId ?? 0x1234,
    options: optionsOf(fields, fromServer),
  };
  const packet: Dhcpv6Packet = { relays: relay ? [hopOf(fields, fromServer)] : [], message };
  const sender = fields.from ?? relay ?? (fromServer ? serverMac : client);
  const source = linkLocal(sender);
  const destination = fromServer ? linkLocal(client) : relay ? SERVERS : SERVERS_AND_RELAYS;
  const ports =
    fromServer && !relay
      ? { sourcePort: 547, destinationPort: 546 }
      : { sourcePort: relay ? 547 : 546, destinationPort: 547 };
  const datagram = encodeUdp(ports, encodeDhcpv6(packet), { source, destination });
  const ip = encodeIpv6({ source, destination, nextHeader: PROTOCOL_UDP, hopLimit: 1 }, datagram);
  const destinationMac = fromServer ? client : multicastMac(destination);
  return encodeEthernet({ destinationMac, sourceMac: sender, vlans: [], etherType: ETHERTYPE_IPV6 }, ip);
}

function hopOf({ client, linkLayer }: Dhcpv6Fields, fromServer: boolean): RelayHop {
  const value = linkLayer && Uint8Array.fromHex(`0001${linkLayer.replaceAll(':', '')}`);
  return {
    messageType: fromServer ? RELAY_REPLY : RELAY_FORWARD,
    hopCount: 0,
    linkAddress: LINK,
    peerAddress: linkLocal(client),
    before: value ? [{ code: OPTION.clientLinkLayerAddress, value }] : [],
    after: [],
  };
}

function optionsOf(fields: Dhcpv6Fields, fromServer: boolean): Dhcpv6Option[] {
  const { client, duid = duidOf(client), addresses, prefix, server, status, hostname } = fields;
  const options: Dhcpv6Option[] = [];
  if (duid !== null) options.push({ code: OPTION.clientIdentifier, value: Uint8Array.fromHex(duid) });
  if (server !== undefined || fromServer) {
    const mac = `0200000000${(server ?? 1).toString(16).padStart(2, '0')}`;
    options.push({ code: OPTION.serverIdentifier, value: Uint8Array.fromHex(`00030001${mac}`) });
  }
  const within = status === undefined ? [] : [statusOption(status)];
  if (addresses)
    options.push(association(OPTION.addresses, fields, [...addresses.map(addressOption(fields)), ...within]));
  if (prefix) options.push(association(OPTION.prefixes, fields, [prefixOption(fields, prefix), ...within]));
  if (!addresses && !prefix) options.push(...within);
  if (fields.type === 'address-registration') options.push(...(addresses ?? []).map(addressOption(fields)));
  if (fields.rapidCommit) options.push({ code: OPTION.rapidCommit, value: new Uint8Array() });
  if (hostname) {
    const name = new TextEncoder().encode(hostname);
    options.push({ code: OPTION.clientFqdn, value: Uint8Array.of(0, name.length, ...name) });
  }
  return options;
}

function association(
  code: number,
  { iaid = 1 }: Dhcpv6Fields,
  options: readonly Dhcpv6Option[],
): Dhcpv6Option {
  const head = new Uint8Array(12);
  new DataView(head.buffer).setUint32(0, iaid);
  return { code, value: writeOptions(head, options) };
}

function addressOption({ valid = 7200 }: Dhcpv6Fields) {
  return (ip: Ipv6): Dhcpv6Option => {
    const value = new Uint8Array(24);
    writeIp(value, 0, ip);
    new DataView(value.buffer).setUint32(20, valid);
    return { code: OPTION.address, value };
  };
}

function prefixOption({ valid = 7200 }: Dhcpv6Fields, [ip, length]: readonly [Ipv6, number]): Dhcpv6Option {
  const value = new Uint8Array(25);
  new DataView(value.buffer).setUint32(4, valid);
  value[8] = length;
  writeIp(value, 9, ip);
  return { code: OPTION.prefix, value };
}

function statusOption(status: number): Dhcpv6Option {
  return { code: OPTION.statusCode, value: Uint8Array.of(status >> 8, status & 0xff) };
}
