// DHCP messages as they are seen: whose lease each one changes, which server is behind it, and which detectors look at that.

import type { Micros } from '../../base/time.ts';
import { Exchanges } from '../../dhcp/lease.ts';
import { messageTypeName } from '../../dhcp/option.ts';
import { type Ipv4, UNSPECIFIED_IPV4 } from '../../net/address.ts';
import type { IpRange } from '../../net/range.ts';
import type { Evidence } from '../finding/finding.ts';
import { WordCounters } from '../lan/counters.ts';
import type { DhcpServers } from '../lan/dhcp-servers.ts';
import type { Observation } from '../lan/dissect.ts';
import { isHeld, type Lease, type LeaseEvent } from '../lan/lease.ts';
import type { DetectContext } from './context.ts';
import type { Detector } from './detector.ts';
import { evidenceOf } from './evidence.ts';

export interface DhcpExpectations {
  /** What the DHCP servers hand out, where known. */
  readonly ranges: readonly IpRange[];
  /** The servers that should answer; null: on each segment the first one seen. */
  readonly servers: readonly Ipv4[] | null;
}

interface DhcpWatchOptions {
  readonly servers: DhcpServers;
  readonly detectors: readonly Detector[];
  readonly emit: (event: LeaseEvent) => void;
}

export class DhcpWatch {
  readonly messages = new WordCounters();
  readonly #context: DetectContext;
  readonly #options: DhcpWatchOptions;
  readonly #exchanges = new Exchanges();

  constructor(context: DetectContext, options: DhcpWatchOptions) {
    this.#context = context;
    this.#options = options;
  }

  observe(observation: Observation & { protocol: 'dhcp' }): void {
    const { packet, segment, at, ethernet } = observation;
    const { leases, dismiss } = this.#context;
    const { servers, detectors, emit } = this.#options;
    const evidence = () => evidenceOf(observation, null);
    this.messages.add(messageTypeName(packet.messageType));

    const { server, fromServer, startsOver, step } = this.#exchanges.observe(packet, segment.name);
    if (server) {
      const seen = servers.seen(segment, server, fromServer ? ethernet.sourceMac : null, at);
      if (!seen) dismiss('too-many-dhcp-servers');
      else for (const detector of detectors) detector.dhcpServer?.(seen.server, seen.succeeds, at, evidence);
    }
    if (startsOver) {
      for (const lease of leases.startOver(segment, startsOver, at)) this.#changed(lease, at, evidence);
    }
    if (!step.ok) return dismiss(step.reason);

    emit({ type: 'lease', at, segment, step: step.value });
    for (const detector of detectors) detector.leaseStep?.(segment, step.value, at, evidence);
    const byClientItself = !fromServer && packet.relayIp === UNSPECIFIED_IPV4;
    const transmitter = byClientItself ? ethernet.sourceMac : null;
    for (const lease of leases.apply(segment, step.value, transmitter, at)) {
      this.#changed(lease, at, evidence);
    }
  }

  /** Drops the leases that are over by now. */
  expire(now: Micros): void {
    const { claims, leases } = this.#context;
    const lastUse = ({ segment, ip, mac }: Lease) => claims.lastClaim(segment, ip, mac);
    for (const lease of leases.expire(now, lastUse)) this.ended(lease, now);
  }

  ended(lease: Lease, at: Micros): void {
    for (const detector of this.#options.detectors) detector.leaseEnded?.(lease, at);
  }

  #changed(lease: Lease, at: Micros, evidence: () => Evidence): void {
    if (!isHeld(lease)) return this.ended(lease, at);
    for (const detector of this.#options.detectors) detector.lease?.(lease, at, evidence);
  }
}
