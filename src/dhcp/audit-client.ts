// The client that an audit asks as: DISCOVER and nothing else (a REQUEST would lease, a DECLINE would take an address out of
// service). Its hardware address is made of the address that it asks for and always the same, so that audits use up no addresses
// of servers that remember clients; every agent knows it by that, and by the class that it names.
import { type Ipv4, type Mac, UNSPECIFIED_IPV4, writeIp } from '../net/address.ts';
import { clientIdentifier, DHCPDISCOVER, isOfClass, OPTION, requestedIp } from './option.ts';
import { BOOT_REQUEST, type DhcpMessage, type DhcpPacket } from './packet.ts';

const VENDOR_CLASS = 'vipwatch';
/** Locally administered. */
const MAC_PREFIX = '02:76:77';
const ETHERNET = 1;
/** Mask, router, DNS servers, lease time and server: what tells of the range, and which addresses the LAN needs. */
const WANTED = Uint8Array.of(
  1,
  OPTION.routers,
  OPTION.dnsServers,
  OPTION.leaseSeconds,
  OPTION.serverIdentifier,
);

interface AuditQuestion {
  readonly ip: Ipv4;
  readonly transactionId: number;
  /** Of this node, where a switch may compare it with the frame's source; null: the one made for the address. */
  readonly ownMac: Mac | null;
}

/** The last three octets of the address after a fixed beginning. */
export function auditMac(ip: Ipv4): Mac {
  const octets = ip
    .split('.')
    .slice(1)
    .map((octet) => Number(octet).toString(16).padStart(2, '0'));
  return `${MAC_PREFIX}:${octets.join(':')}` as Mac;
}

export function auditDiscover({ ip, transactionId, ownMac }: AuditQuestion): DhcpMessage {
  return {
    operation: BOOT_REQUEST,
    hardwareType: ETHERNET,
    hops: 0,
    transactionId,
    secondsElapsed: 0,
    // So that every agent hears the answer.
    broadcast: true,
    clientIp: UNSPECIFIED_IPV4,
    yourIp: UNSPECIFIED_IPV4,
    serverIp: UNSPECIFIED_IPV4,
    relayIp: UNSPECIFIED_IPV4,
    clientMac: ownMac ?? auditMac(ip),
    serverName: null,
    bootFile: null,
    options: [
      { code: OPTION.messageType, value: Uint8Array.of(DHCPDISCOVER) },
      { code: OPTION.requestedIp, value: bytesOf(ip) },
      { code: OPTION.parameterList, value: WANTED },
      { code: OPTION.vendorClass, value: new TextEncoder().encode(VENDOR_CLASS) },
      // Else this node's own lease would be offered.
      ...(ownMac === null ? [] : [{ code: OPTION.clientIdentifier, value: ownIdentifier(ip) }]),
    ],
  };
}

/** The address that an audit asks for by this message; null: it is another client's. */
export function auditedAddress(packet: DhcpPacket): Ipv4 | null {
  if (packet.operation !== BOOT_REQUEST || packet.messageType !== DHCPDISCOVER) return null;
  const ip = requestedIp(packet);
  if (ip === null || !isOfClass(packet, VENDOR_CLASS)) return null;
  const isAudit = packet.clientMac === auditMac(ip) || clientIdentifier(packet) === ownIdentifier(ip).toHex();
  return isAudit ? ip : null;
}

/** Type 0: no hardware address (RFC 2132, section 9.14). */
function ownIdentifier(ip: Ipv4): Uint8Array {
  return Uint8Array.of(0, ...new TextEncoder().encode(VENDOR_CLASS), ...bytesOf(ip));
}

function bytesOf(ip: Ipv4): Uint8Array {
  const bytes = new Uint8Array(4);
  writeIp(bytes, 0, ip);
  return bytes;
}
