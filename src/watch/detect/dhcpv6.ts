// DHCPv6 messages as they are seen: whose leases each one changes. Which server is behind it is not judged: its answers are
// unicast, and a link may well have several (RFC 8415, section 18.2.9).

import { Dhcpv6Exchanges } from '../../dhcpv6/lease.ts';
import { messageTypeName } from '../../dhcpv6/packet.ts';
import { WordCounters } from '../lan/counters.ts';
import type { Observation } from '../lan/dissect.ts';
import type { DetectContext } from './context.ts';
import { evidenceOf } from './evidence.ts';
import type { LeaseNews } from './lease-news.ts';

export class Dhcpv6Watch {
  readonly messages = new WordCounters();
  readonly #context: DetectContext;
  readonly #news: LeaseNews;
  readonly #exchanges = new Dhcpv6Exchanges();

  constructor(context: DetectContext, news: LeaseNews) {
    this.#context = context;
    this.#news = news;
  }

  observe(observation: Observation & { protocol: 'dhcpv6' }): void {
    const { packet, segment, at, ethernet, ip } = observation;
    const evidence = () => evidenceOf(observation, null);
    this.messages.add(messageTypeName(packet.message.messageType));
    const { sourceMac, destinationMac } = ethernet;
    const exchange = this.#exchanges.observe(packet, segment.name, {
      source: ip.source,
      sourceMac,
      destinationMac,
    });
    const { fromServer, startOver, steps, nothing } = exchange;
    for (const client of startOver) {
      for (const lease of this.#context.leases.startOver(segment, client, at))
        this.#news.changed(lease, at, evidence);
    }
    if (nothing) return this.#context.dismiss(nothing);
    const transmitter = fromServer || packet.relays.length > 0 ? null : sourceMac;
    for (const step of steps) this.#news.step(segment, step, transmitter, at, evidence);
  }
}
