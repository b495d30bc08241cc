// DHCP messages as clients and servers send them, from the Ethernet header on (RFC 2131, sections 4.1 and 4.4).
import { type DhcpOption, OPTION } from '../../src/dhcp/option.ts';
import { BOOT_REPLY, BOOT_REQUEST, encodeDhcp } from '../../src/dhcp/packet.ts';
import {
  BROADCAST_IPV4,
  BROADCAST_MAC,
  IPV4_LENGTH,
  type Ipv4,
  type Mac,
  UNSPECIFIED_IPV4,
  writeIp,
  writeMac,
} from '../../src/net/address.ts';
import { ETHERTYPE_IPV4, encodeEthernet } from '../../src/net/ethernet.ts';
import { encodeIpv4 } from '../../src/net/ipv4.ts';
import { DHCP_CLIENT_PORT, DHCP_SERVER_PORT, PROTOCOL_UDP } from '../../src/net/protocol-numbers.ts';
import { encodeUdp } from '../../src/net/udp.ts';

interface Way {
  readonly sourceMac: Mac;
  readonly sourceIp: Ipv4;
  readonly destinationMac: Mac;
  readonly destinationIp: Ipv4;
}

export interface DhcpSpec {
  readonly type: number;
  readonly clientMac: Mac;
  /** Option 61; null: the client sends none. */
  readonly clientId: Uint8Array | null;
  readonly transactionId: number;
  readonly clientIp?: Ipv4 | null;
  readonly yourIp?: Ipv4;
  readonly requested?: Ipv4 | null;
  readonly server?: Ipv4;
  readonly hostname?: string;
  readonly seconds?: number;
}

/** To everyone: from a client that has no address, or a server that refuses. */
export function toEveryone(sourceMac: Mac, sourceIp: Ipv4 = UNSPECIFIED_IPV4): Way {
  return { sourceMac, sourceIp, destinationMac: BROADCAST_MAC, destinationIp: BROADCAST_IPV4 };
}

export function fromClient(spec: DhcpSpec, way: Way): Uint8Array {
  return dhcpFrame(BOOT_REQUEST, spec, way);
}

export function fromServer(spec: DhcpSpec, way: Way): Uint8Array {
  return dhcpFrame(BOOT_REPLY, spec, way);
}

/** Hardware type and address, as most clients write it. */
export function clientIdOfMac(mac: Mac): Uint8Array {
  const bytes = new Uint8Array(7);
  bytes[0] = 1;
  writeMac(bytes, 1, mac);
  return bytes;
}

function dhcpFrame(operation: number, spec: DhcpSpec, way: Way): Uint8Array {
  const message = encodeDhcp({
    operation,
    hardwareType: 1,
    hops: 0,
    transactionId: spec.transactionId,
    secondsElapsed: 0,
    broadcast: false,
    clientIp: spec.clientIp ?? UNSPECIFIED_IPV4,
    yourIp: spec.yourIp ?? UNSPECIFIED_IPV4,
    serverIp: UNSPECIFIED_IPV4,
    relayIp: UNSPECIFIED_IPV4,
    clientMac: spec.clientMac,
    serverName: '',
    bootFile: '',
    options: optionsOf(spec),
  });
  const [sourcePort, destinationPort] =
    operation === BOOT_REQUEST ? [DHCP_CLIENT_PORT, DHCP_SERVER_PORT] : [DHCP_SERVER_PORT, DHCP_CLIENT_PORT];
  const addresses = { source: way.sourceIp, destination: way.destinationIp };
  const datagram = encodeUdp({ sourcePort, destinationPort }, message, addresses);
  const packet = encodeIpv4({ ...addresses, protocol: PROTOCOL_UDP, timeToLive: 64 }, datagram);
  const { sourceMac, destinationMac } = way;
  return encodeEthernet({ destinationMac, sourceMac, vlans: [], etherType: ETHERTYPE_IPV4 }, packet);
}

function optionsOf({ type, clientId, requested, server, hostname, seconds }: DhcpSpec): DhcpOption[] {
  const options: DhcpOption[] = [{ code: OPTION.messageType, value: Uint8Array.of(type) }];
  const add = (code: number, value: Uint8Array) => void options.push({ code, value });
  if (clientId) add(OPTION.clientIdentifier, clientId);
  if (requested) add(OPTION.requestedIp, ipBytes(requested));
  if (server) add(OPTION.serverIdentifier, ipBytes(server));
  if (hostname) add(OPTION.hostName, new TextEncoder().encode(hostname));
  if (seconds !== undefined) add(OPTION.leaseSeconds, uint32Bytes(seconds));
  return options;
}

function ipBytes(ip: Ipv4): Uint8Array {
  const bytes = new Uint8Array(IPV4_LENGTH);
  writeIp(bytes, 0, ip);
  return bytes;
}

function uint32Bytes(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}
