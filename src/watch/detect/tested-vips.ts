// When failover tests of VIPs ran: what happened to a VIP meanwhile was meant to.
import type { Micros } from '../../base/time.ts';
import type { IpAddress } from '../../net/address.ts';

interface Span {
  readonly from: Micros;
  /** Of one that runs: when it is over at the latest. */
  until: Micros;
  isRunning: boolean;
}

export class TestedVips {
  readonly #spans = new Map<IpAddress, Span[]>();

  /** A test runs, and is over by then. Whatever ended before `since` is forgotten. */
  runs(vip: IpAddress, now: Micros, until: Micros, since: Micros): void {
    const spans = (this.#spans.get(vip) ?? []).filter((span) => span.until >= since);
    const running = spans.find(({ isRunning }) => isRunning);
    if (running) running.until = Math.max(running.until, until);
    else spans.push({ from: now, until, isRunning: true });
    this.#spans.set(vip, spans);
  }

  /** The test that ran is over; of one that never ran, as where it was refused, nothing is known. */
  ended(vip: IpAddress, now: Micros): void {
    for (const span of this.#spans.get(vip) ?? []) {
      if (!span.isRunning) continue;
      span.isRunning = false;
      span.until = Math.min(span.until, now);
    }
  }

  /** One ran at some time from `first` to `until`. */
  wasTested(vip: IpAddress, first: Micros, until: Micros): boolean {
    return (this.#spans.get(vip) ?? []).some((span) => span.from <= until && span.until >= first);
  }
}
