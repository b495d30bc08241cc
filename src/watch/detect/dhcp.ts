// DHCP messages as they are seen: whose lease each one changes, which server is behind it, and which detectors look at that.

import type { Micros } from '../../base/time.ts';
import { auditedAddress } from '../../dhcp/audit-client.ts';
import { type Exchange, Exchanges, type LeaseStep } from '../../dhcp/lease.ts';
import { gateway, messageTypeName } from '../../dhcp/option.ts';
import type { RouterKnowledge } from '../../dhcp/router-knowledge.ts';
import { type Ipv4, isIpv4, type Mac, UNSPECIFIED_IPV4 } from '../../net/address.ts';
import type { Claim } from '../../net/claim.ts';
import { hostsOf, type IpRange, networkAround } from '../../net/range.ts';
import type { Evidence } from '../finding/finding.ts';
import type { AuditedOffer, AuditTrail } from '../lan/audit-trail.ts';
import { WordCounters } from '../lan/counters.ts';
import type { DhcpServers } from '../lan/dhcp-servers.ts';
import type { NeighborObservation, Observation } from '../lan/dissect.ts';
import type { Lease } from '../lan/lease.ts';
import { RapidCommits } from '../lan/rapid-commit.ts';
import type { Segment } from '../lan/segment.ts';
import type { DetectContext } from './context.ts';
import { type Detector, lookingAt } from './detector.ts';
import { evidenceOf } from './evidence.ts';
import type { LeaseNews } from './lease-news.ts';

export interface DhcpExpectations {
  /** What the DHCP servers hand out, where known. */
  readonly ranges: readonly IpRange[];
  /** The servers that should answer; null: on each segment the first one seen. */
  readonly servers: readonly Ipv4[] | null;
}

interface DhcpWatchOptions {
  readonly audits: AuditTrail;
  readonly knowledge: RouterKnowledge;
  readonly servers: DhcpServers;
  readonly detectors: readonly Detector[];
  readonly news: LeaseNews;
}

export class DhcpWatch {
  readonly messages = new WordCounters();
  readonly #context: DetectContext;
  readonly #options: DhcpWatchOptions;
  readonly #exchanges = new Exchanges();
  readonly #rapidCommits = new RapidCommits();
  readonly #ofServers: ReturnType<typeof lookingAt<'dhcpServer'>>;

  constructor(context: DetectContext, options: DhcpWatchOptions) {
    this.#context = context;
    this.#options = options;
    this.#ofServers = lookingAt(options.detectors, 'dhcpServer');
  }

  observe(observation: Observation & { protocol: 'dhcp' }): void {
    const { packet, segment, at, ethernet, ip, udp } = observation;
    const { leases, dismiss } = this.#context;
    const { audits, news } = this.#options;
    const evidence = () => evidenceOf(observation, null);
    this.messages.add(messageTypeName(packet.messageType));

    const audited = auditedAddress(packet);
    if (audited !== null) {
      audits.asks(segment, packet, audited, at);
      return dismiss('dhcp-audit');
    }
    const { sourcePort, destinationPort } = udp;
    const envelope = { source: ip.source, sourcePort, destinationPort };
    const exchange = this.#exchanges.observe(packet, segment.name, envelope);
    const { fromServer, startsOver, goesOn, step } = exchange;
    const sender = packet.relayIp === UNSPECIFIED_IPV4 ? ethernet.sourceMac : null;
    if (exchange.server)
      this.#server(
        segment,
        exchange.server,
        exchange,
        fromServer ? sender : null,
        fromServer ? gateway(packet) : null,
        at,
        evidence,
      );
    const asked = fromServer ? audits.answered(segment, packet) : undefined;
    if (asked !== undefined) {
      if (step.ok && exchange.server && step.value.state === 'offered')
        this.#audited(segment, { asked, offered: packet.yourIp, server: exchange.server }, at, evidence);
      return dismiss('dhcp-audit');
    }
    const transmitter = fromServer ? null : sender;
    if (startsOver) {
      this.#rapidCommits.discovers(segment, startsOver, transmitter, at);
      for (const lease of leases.startOver(segment, startsOver, at)) news.changed(lease, at, evidence);
    }
    if (goesOn) this.#rapidCommits.goesOn(segment, packet.clientMac);
    if (this.#isOfAnotherServer(segment, exchange)) return dismiss('dhcp-refusal-by-another-server');
    if (!step.ok) return dismiss(step.reason);
    news.step(segment, step.value, transmitter, at, evidence);
  }

  /** A machine says that an address is its own, or is about to take it: what DHCP only hinted at shows itself in that. */
  claimed(observation: NeighborObservation, claim: Claim): void {
    const { kind, ip, mac } = claim;
    if (kind === 'dad') return;
    const { segment, at } = observation;
    if (kind === 'acd-probe') return isIpv4(ip) ? this.#rapidCommits.probes(segment, mac, ip) : undefined;
    const wish = this.#context.leases.used(segment, ip, mac);
    if (wish || this.#rapidCommits.isWaiting(at)) this.#shown(observation, claim, wish);
  }

  /** @param wish the lease that shows itself. */
  #shown(observation: NeighborObservation, { kind, ip, mac }: Claim, wish: Lease | undefined): void {
    const { segment, at } = observation;
    const { claims, index, settings } = this.#context;
    const { news } = this.#options;
    const evidence = () => evidenceOf(observation, { kind, ip, mac });
    if (wish) news.changed(wish, at, evidence);
    // With IPv6, a new address may be one that the machine made up itself.
    if (!isIpv4(ip)) return;
    const taken = this.#rapidCommits.takenBy(segment, mac, ip, at, {
      lastUse: () => claims.lastClaim(segment, ip, mac),
      memory: settings.stationLifetime,
    });
    // A node announces VIPs whatever DHCP does.
    if (!taken || (index.nodeOf(mac) && index.roleOf(ip).kind !== 'node')) return;
    const { client, transmitter } = taken;
    const step: LeaseStep = {
      state: 'acknowledged',
      ip,
      mac,
      clientId: client.clientId,
      unconfirmed: false,
      server: null,
      hostname: client.hostname,
      seconds: null,
    };
    news.step(segment, step, transmitter, at, evidence);
  }

  #audited(segment: Segment, offer: AuditedOffer, at: Micros, evidence: () => Evidence): void {
    const { audits, detectors, knowledge } = this.#options;
    for (const detector of detectors) detector.audited?.(segment, offer, at, evidence);
    const areOthers = knowledge.set(
      audits.offered(offer, hostsOf(networkAround(offer.offered, this.#context.own.networks)), at),
    );
    if (areOthers) for (const detector of detectors) detector.rangesChanged?.(at);
  }

  /**
   * @param mac of a server that answers by itself; one that a client names is known by what it claims.
   * @param told the gateway that it tells the client of.
   */
  #server(
    segment: Segment,
    server: Ipv4,
    { isNamed, fromServer }: Exchange,
    mac: Mac | null,
    told: Ipv4 | null,
    at: Micros,
    evidence: () => Evidence,
  ): void {
    const { claims, dismiss } = this.#context;
    const { servers } = this.#options;
    if (!isNamed && !servers.expected) return dismiss('unnamed-dhcp-server');
    const owners = fromServer ? [] : (claims.find(segment, server)?.owners ?? []);
    const claimant = owners.length === 1 ? owners[0]!.mac : null;
    const seen = servers.seen(segment, server, mac ?? claimant, at);
    if (!seen) return dismiss('too-many-dhcp-servers');
    if (told !== null) seen.server.gateway = told;
    for (const detector of this.#ofServers) detector.dhcpServer(seen.server, seen.news, at, evidence);
  }

  #isOfAnotherServer(segment: Segment, { chosen, server }: Exchange): boolean {
    return chosen !== null && server !== null && !this.#options.servers.areOne(segment, chosen, server);
  }
}
