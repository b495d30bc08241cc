// One readable line for one frame, as evidence.
import type { Claim } from '../net/claim.ts';
import type { Evidence } from './finding.ts';
import type { Observation } from './dissect.ts';

/** `claim` says how an ARP or NDP packet was read. */
export function evidenceOf(observation: Observation, claim: Claim | null): Evidence {
  return { at: observation.at, interface: observation.segment.name, summary: summaryOf(observation, claim) };
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
      if (claim.kind === 'reply') return `NDP advertisement to ${observation.ip.destination}: ${claim.ip} is at ${claim.mac}`;
      if (claim.kind === 'announcement') return `NDP announcement: ${claim.ip} is at ${claim.mac}`;
      return `NDP message from ${source} at ${claim.mac}`;
    }
    case 'dhcp':
      return dhcpSummary(observation);
    default:
      return observation satisfies never;
  }
}
