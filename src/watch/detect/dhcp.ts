// DHCP messages as they are seen: whose lease each one changes, which server is behind it, and what that means.

import type { Micros } from '../../base/time.ts';
import { Exchanges } from '../../dhcp/lease.ts';
import { messageTypeName } from '../../dhcp/option.ts';
import { type Ipv4, UNSPECIFIED_IPV4 } from '../../net/address.ts';
import type { IpRange } from '../../net/range.ts';
import { Tally } from '../lan/counters.ts';
import type { Observation } from '../lan/dissect.ts';
import type { WatchEvent } from '../view.ts';
import type { WatchContext } from './context.ts';
import { evidenceOf } from './evidence.ts';
import { LeaseFindings } from './lease-in-pool.ts';
import { DhcpServers } from './rogue-dhcp-server.ts';

export interface DhcpExpectations {
  /** What the DHCP servers hand out, where known. */
  readonly ranges: readonly IpRange[];
  /** The servers that should answer; null: on each segment the first one seen. */
  readonly servers: readonly Ipv4[] | null;
}

export class DhcpWatch {
  readonly findings: LeaseFindings;
  readonly servers: DhcpServers;
  readonly messages = new Tally();
  readonly #context: WatchContext;
  readonly #exchanges = new Exchanges();
  readonly #emit: (event: WatchEvent) => void;

  constructor(
    context: WatchContext,
    { ranges, servers }: DhcpExpectations,
    emit: (event: WatchEvent) => void,
  ) {
    this.#context = context;
    this.#emit = emit;
    this.findings = new LeaseFindings(context, ranges);
    this.servers = new DhcpServers(context, servers);
  }

  observe(observation: Observation & { protocol: 'dhcp' }): void {
    const { packet, segment, at, ethernet } = observation;
    const { leases, dismiss } = this.#context;
    const evidence = () => evidenceOf(observation, null);
    this.messages.add(messageTypeName(packet.messageType));

    const { server, fromServer, startsOver, step } = this.#exchanges.observe(packet, segment.name);
    if (server) this.servers.seen(segment, server, fromServer ? ethernet.sourceMac : null, at, evidence);
    if (startsOver) {
      for (const lease of leases.startOver(segment, startsOver, at))
        this.findings.changed(lease, at, evidence);
    }
    if (!step.ok) return dismiss(step.reason);

    const { state, ip, mac } = step.value;
    this.#emit({ type: 'lease', at, segment, step: step.value });
    if (state === 'declined') this.findings.declined(segment, ip, mac, at, evidence);
    if (state === 'offered') this.findings.offered(segment, ip, step.value.server, at, evidence);
    const byClientItself = !fromServer && packet.relayIp === UNSPECIFIED_IPV4;
    const transmitter = byClientItself ? ethernet.sourceMac : null;
    for (const lease of leases.apply(segment, step.value, transmitter, at)) {
      this.findings.changed(lease, at, evidence);
    }
  }

  expire(now: Micros): void {
    this.findings.expire(now);
  }
}
