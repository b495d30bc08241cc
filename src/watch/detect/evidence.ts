// One readable line for one frame, as evidence.
import { quotedName } from '../../base/quoted-name.ts';
import { hostname, messageTypeName, requestedIp, serverIdentifier } from '../../dhcp/option.ts';
import { BOOT_REPLY, type DhcpPacket } from '../../dhcp/packet.ts';
import { associationsOf, fqdn } from '../../dhcpv6/option.ts';
import { messageTypeName as messageTypeNameOfV6 } from '../../dhcpv6/packet.ts';
import { type Ipv4, UNSPECIFIED_IPV4 } from '../../net/address.ts';
import type { Claim } from '../../net/claim.ts';
import type { Evidence } from '../finding/finding.ts';
import type { Observation } from '../lan/dissect.ts';
import type { Lease } from '../lan/lease.ts';

/** `claim` says how an ARP or NDP packet was read. */
export function evidenceOf(observation: Observation, claim: Claim | null): Evidence {
  return { at: observation.at, interface: observation.segment.name, summary: summaryOf(observation, claim) };
}

/** Where a table lists it. */
export function evidenceOfListed({ ip, mac, hostname, lastSeen, imported }: Lease): Evidence {
  const client = hostname === null ? mac : `${mac} (${hostname})`;
  return { at: lastSeen, interface: imported ?? '', summary: `listed: lease of ${ip} to ${client}` };
}

function summaryOf(observation: Observation, claim: Claim | null): string {
  const { sourceMac } = observation.ethernet;
  switch (observation.protocol) {
    case 'arp': {
      const { senderMac, senderIp, targetIp, targetMac, operation } = observation.packet;
      const via = sourceMac === senderMac ? '' : `, sent by ${sourceMac}`;
      if (claim?.kind === 'announcement') {
        return `ARP announcement (${operation === 1 ? 'request' : 'reply'}): ${senderIp} is at ${senderMac}${via}`;
      }
      if (claim?.kind === 'reply') return `ARP reply to ${targetMac}: ${senderIp} is at ${senderMac}${via}`;
      return `ARP request by ${senderMac} (${senderIp}): who has ${targetIp}?${via}`;
    }
    case 'ndp': {
      const source = observation.ip.source;
      if (!claim) return `NDP message from ${source}`;
      if (claim.kind === 'reply')
        return `NDP advertisement to ${observation.ip.destination}: ${claim.ip} is at ${claim.mac}`;
      if (claim.kind === 'announcement') return `NDP announcement: ${claim.ip} is at ${claim.mac}`;
      return `NDP message from ${source} at ${claim.mac}`;
    }
    case 'dhcp':
      return dhcpSummary(observation.packet);
    case 'dhcpv6':
      return dhcpv6Summary(observation);
    default:
      return observation satisfies never;
  }
}

function dhcpSummary(packet: DhcpPacket): string {
  const type =
    packet.messageType === null ? 'BOOTP' : `DHCP ${messageTypeName(packet.messageType).toUpperCase()}`;
  const name = hostname(packet);
  const client = name ? `${packet.clientMac} (${quotedName(name)})` : packet.clientMac;
  const server = serverIdentifier(packet);
  const relay = packet.relayIp === UNSPECIFIED_IPV4 ? '' : `, relayed by ${packet.relayIp}`;
  if (packet.operation === BOOT_REPLY) {
    const reply = packet.messageType === null ? `${type} REPLY` : type;
    return `${reply} to ${client}${addressPart(packet.yourIp)}${server ? ` from server ${server}` : ''}${relay}`;
  }
  const address = requestedIp(packet) ?? packet.clientIp;
  return `${type} from ${client}${addressPart(address)}${server ? `, server ${server}` : ''}${relay}`;
}

const MOST_ADDRESSES = 3;

function dhcpv6Summary({ packet, ethernet }: Observation & { protocol: 'dhcpv6' }): string {
  const { message, relays } = packet;
  const name = fqdn(message);
  const leased = associationsOf(message)
    .flatMap(({ leases }) => leases)
    .map(({ ip, prefixLength }) => (prefixLength === null ? ip : `${ip}/${prefixLength}`));
  const addresses = [...leased.slice(0, MOST_ADDRESSES), ...(leased.length > MOST_ADDRESSES ? ['more'] : [])];
  const relay = relays.at(-1);
  return [
    `DHCPv6 ${messageTypeNameOfV6(message.messageType).toUpperCase()} from ${ethernet.sourceMac}`,
    name ? ` (${quotedName(name)})` : '',
    addresses.length > 0 ? ` for ${addresses.join(', ')}` : '',
    relay ? `, relayed for ${relay.peerAddress}` : '',
  ].join('');
}

function addressPart(ip: Ipv4): string {
  return ip === UNSPECIFIED_IPV4 ? '' : ` for ${ip}`;
}
