// DHCP messages in values, from the Ethernet header on.

import { type DhcpOption, OPTION } from '../../src/dhcp/option.ts';
import { encodeDhcp } from '../../src/dhcp/packet.ts';
import {
  BROADCAST_IPV4,
  BROADCAST_MAC,
  type Ipv4,
  type Mac,
  UNSPECIFIED_IPV4,
  writeIp,
} from '../../src/net/address.ts';
import { ETHERTYPE_IPV4, encodeEthernet } from '../../src/net/ethernet.ts';
import { encodeIpv4 } from '../../src/net/ipv4.ts';
import { PROTOCOL_UDP } from '../../src/net/protocol-numbers.ts';
import { encodeUdp } from '../../src/net/udp.ts';

const TYPES = {
  discover: 1,
  offer: 2,
  request: 3,
  decline: 4,
  ack: 5,
  nak: 6,
  release: 7,
  inform: 8,
  /** Of BOOTP, which knows no types. */
  reply: null,
} as const;

export interface DhcpFields {
  readonly type: keyof typeof TYPES;
  readonly client: Mac;
  /** Option 50. */
  readonly requested?: Ipv4;
  /** Option 54. */
  readonly server?: Ipv4;
  /** Option 61, in hex. */
  readonly clientId?: string;
  /** Option 60. */
  readonly vendorClass?: string;
  /** Option 80. */
  readonly rapidCommit?: boolean;
  /** Without DHCP's cookie, and without options. */
  readonly isPlainBootp?: true;
  /** A server's address in the IP header. @default `server` */
  readonly source?: Ipv4;
  /** ProxyDHCP's 4011 in place of 67. */
  readonly serverPort?: number;
  /** Option 3. */
  readonly gateway?: Ipv4;
  readonly hostname?: string;
  readonly seconds?: number;
  readonly clientIp?: Ipv4;
  readonly yourIp?: Ipv4;
  readonly relayIp?: Ipv4;
  readonly transactionId?: number;
  /** Ethernet source; the client's or the server's own MAC unless given. */
  readonly from?: Mac;
}

/** Each server is a machine of its own. */
function serverMac(server: Ipv4 = '192.168.1.1' as Ipv4): Mac {
  return `02:00:00:00:${hexOf(server, 2)}:${hexOf(server, 3)}` as Mac;
}

function hexOf(address: Ipv4, part: number): string {
  return Number(address.split('.')[part]).toString(16).padStart(2, '0');
}

export function encodeDhcpMessage(fields: DhcpFields): Uint8Array {
  const fromServer = ['offer', 'ack', 'nak', 'reply'].includes(fields.type);
  const options: DhcpOption[] = [];
  const type = TYPES[fields.type];
  if (type !== null) options.push({ code: OPTION.messageType, value: Uint8Array.of(type) });
  if (fields.clientId)
    options.push({ code: OPTION.clientIdentifier, value: Uint8Array.fromHex(fields.clientId) });
  if (fields.vendorClass)
    options.push({ code: OPTION.vendorClass, value: new TextEncoder().encode(fields.vendorClass) });
  if (fields.rapidCommit) options.push({ code: OPTION.rapidCommit, value: new Uint8Array() });
  if (fields.requested) options.push({ code: OPTION.requestedIp, value: ipBytes(fields.requested) });
  if (fields.server) options.push({ code: OPTION.serverIdentifier, value: ipBytes(fields.server) });
  if (fields.gateway) options.push({ code: OPTION.routers, value: ipBytes(fields.gateway) });
  if (fields.hostname)
    options.push({ code: OPTION.hostName, value: new TextEncoder().encode(fields.hostname) });
  if (fields.seconds !== undefined) {
    const value = new Uint8Array(4);
    new DataView(value.buffer).setUint32(0, fields.seconds);
    options.push({ code: OPTION.leaseSeconds, value });
  }
  const dhcp = encodeDhcp({
    operation: fromServer ? 2 : 1,
    hardwareType: 1,
    hops: 0,
    transactionId: fields.transactionId ?? 0x1234,
    secondsElapsed: 0,
    broadcast: false,
    clientIp: fields.clientIp ?? UNSPECIFIED_IPV4,
    yourIp: fields.yourIp ?? UNSPECIFIED_IPV4,
    serverIp: UNSPECIFIED_IPV4,
    relayIp: fields.relayIp ?? UNSPECIFIED_IPV4,
    clientMac: fields.client,
    serverName: '',
    bootFile: '',
    ...(fields.isPlainBootp && { isPlainBootp: true }),
    options,
  });
  const addresses = {
    source: fromServer
      ? (fields.source ?? fields.server ?? UNSPECIFIED_IPV4)
      : (fields.clientIp ?? UNSPECIFIED_IPV4),
    destination: BROADCAST_IPV4,
  };
  const serverPort = fields.serverPort ?? 67;
  const ports = fromServer
    ? { sourcePort: serverPort, destinationPort: 68 }
    : { sourcePort: 68, destinationPort: serverPort };
  const ip = encodeIpv4(
    { ...addresses, protocol: PROTOCOL_UDP, timeToLive: 64 },
    encodeUdp(ports, dhcp, addresses),
  );
  const sourceMac = fields.from ?? (fromServer ? serverMac(fields.server ?? fields.source) : fields.client);
  return encodeEthernet(
    { destinationMac: BROADCAST_MAC, sourceMac, vlans: [], etherType: ETHERTYPE_IPV4 },
    ip,
  );
}

function ipBytes(address: Ipv4): Uint8Array {
  const bytes = new Uint8Array(4);
  writeIp(bytes, 0, address);
  return bytes;
}
