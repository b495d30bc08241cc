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
} as const;

export interface DhcpFields {
  readonly type: keyof typeof TYPES;
  readonly client: Mac;
  /** Option 50. */
  readonly requested?: Ipv4;
  /** Option 54. */
  readonly server?: Ipv4;
  readonly hostname?: string;
  readonly seconds?: number;
  readonly clientIp?: Ipv4;
  readonly yourIp?: Ipv4;
  readonly relayIp?: Ipv4;
  readonly transactionId?: number;
  /** Ethernet source; the client's or the server's own MAC unless given. */
  readonly from?: Mac;
}

const SERVER_MAC = '02:00:00:00:00:01' as Mac;

export function encodeDhcpMessage(fields: DhcpFields): Uint8Array {
  const fromServer = fields.type === 'offer' || fields.type === 'ack' || fields.type === 'nak';
  const options: DhcpOption[] = [{ code: OPTION.messageType, value: Uint8Array.of(TYPES[fields.type]) }];
  if (fields.requested) options.push({ code: OPTION.requestedIp, value: ipBytes(fields.requested) });
  if (fields.server) options.push({ code: OPTION.serverIdentifier, value: ipBytes(fields.server) });
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
    options,
  });
  const addresses = {
    source: fromServer ? (fields.server ?? UNSPECIFIED_IPV4) : (fields.clientIp ?? UNSPECIFIED_IPV4),
    destination: BROADCAST_IPV4,
  };
  const ports = fromServer
    ? { sourcePort: 67, destinationPort: 68 }
    : { sourcePort: 68, destinationPort: 67 };
  const ip = encodeIpv4(
    { ...addresses, protocol: PROTOCOL_UDP, timeToLive: 64 },
    encodeUdp(ports, dhcp, addresses),
  );
  const sourceMac = fields.from ?? (fromServer ? SERVER_MAC : fields.client);
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
