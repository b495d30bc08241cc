// What becomes of leases by DHCP of either family: each step of one, told to all that look at it.

import type { Micros } from '../../base/time.ts';
import type { LeaseStep } from '../../dhcp/lease.ts';
import type { Mac } from '../../net/address.ts';
import type { Evidence } from '../finding/finding.ts';
import { isHeld, type Lease, type LeaseEvent } from '../lan/lease.ts';
import type { Segment } from '../lan/segment.ts';
import type { DetectContext } from './context.ts';
import { type Detector, lookingAt } from './detector.ts';
import { evidenceOfListed } from './evidence.ts';

export interface LeaseNewsOptions {
  readonly detectors: readonly Detector[];
  readonly emit: (event: LeaseEvent) => void;
}

export class LeaseNews {
  readonly #context: DetectContext;
  readonly #emit: LeaseNewsOptions['emit'];
  readonly #ofSteps: ReturnType<typeof lookingAt<'leaseStep'>>;
  readonly #ofLeases: ReturnType<typeof lookingAt<'lease'>>;
  readonly #ofEnds: ReturnType<typeof lookingAt<'leaseEnded'>>;

  constructor(context: DetectContext, { detectors, emit }: LeaseNewsOptions) {
    this.#context = context;
    this.#emit = emit;
    this.#ofSteps = lookingAt(detectors, 'leaseStep');
    this.#ofLeases = lookingAt(detectors, 'lease');
    this.#ofEnds = lookingAt(detectors, 'leaseEnded');
  }

  /** @param transmitter Ethernet source of the client's own message; null where that is not seen. */
  step(
    segment: Segment,
    step: LeaseStep,
    transmitter: Mac | null,
    at: Micros,
    evidence: () => Evidence,
  ): void {
    this.#emit({ type: 'lease', at, segment, step });
    for (const detector of this.#ofSteps) detector.leaseStep(segment, step, at, evidence);
    for (const lease of this.#context.leases.apply(segment, step, transmitter, at)) {
      this.changed(lease, at, evidence);
    }
  }

  /** Drops the leases that are over by now. */
  expire(now: Micros): void {
    const { claims, leases } = this.#context;
    const lastUse = ({ segment, ip, mac }: Lease) => claims.lastClaim(segment, ip, mac);
    for (const lease of leases.expire(now, lastUse)) this.ended(lease, now);
  }

  changed(lease: Lease, at: Micros, evidence: () => Evidence): void {
    if (!isHeld(lease)) return this.ended(lease, at);
    for (const detector of this.#ofLeases) detector.lease(lease, at, evidence);
  }

  /** A lease is over; a server's table may list it still. */
  ended(lease: Lease, at: Micros): void {
    const listed = lease.imported === null ? this.#context.leases.listed(lease) : undefined;
    if (listed) return this.changed(listed, at, () => evidenceOfListed(listed));
    for (const detector of this.#ofEnds) detector.leaseEnded(lease, at);
  }
}
