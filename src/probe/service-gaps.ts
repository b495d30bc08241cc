// Joins takeovers and service probes: what each takeover did to the service, told when it is known.
import { MILLISECOND, type Micros, type Millis, SECOND } from '../base/time.ts';
import type { Segment } from '../watch/lan/segment.ts';
import type { ServiceGap, Takeover } from '../watch/takeover/takeover.ts';
import type { ServiceProber } from './service-prober.ts';
import { DEAD_BEFORE, type ServiceNote } from './service-track.ts';

interface ServiceGapsOptions {
  readonly prober: Pick<ServiceProber, 'outage' | 'probeFast'>;
  /** The device that reaches a segment; undefined: none does now. */
  readonly deviceOf: (segment: Segment) => string | undefined;
  readonly onMeasured: (takeover: Takeover, gap: ServiceGap, now: Micros) => void;
}

/** A service that has not come back by then, counted from when the takeover was told, is called away for at least so long. */
const GIVE_UP_AFTER = 10 * SECOND;
const LOOK_EVERY = 100 * MILLISECOND;

export class ServiceGaps {
  readonly #options: ServiceGapsOptions;
  /** When to give up each. */
  readonly #open = new Map<Takeover, Micros>();
  #lookAt: Micros = Number.POSITIVE_INFINITY;

  constructor(options: ServiceGapsOptions) {
    this.#options = options;
  }

  takeover(takeover: Takeover, now: Micros): void {
    this.#open.set(takeover, now + GIVE_UP_AFTER);
    this.#lookAt = now;
  }

  nextAt(): Micros {
    return this.#lookAt;
  }

  tick(now: Micros): void {
    if (now < this.#lookAt) return;
    for (const [takeover, giveUpAt] of this.#open) {
      const gap = this.#gapOf(takeover, now >= giveUpAt, now);
      if (gap === null) continue;
      this.#open.delete(takeover);
      this.#options.onMeasured(takeover, gap, now);
    }
    this.#lookAt = this.#open.size > 0 ? now + LOOK_EVERY : Number.POSITIVE_INFINITY;
  }

  /** Null: to be known later. */
  #gapOf({ ip, at, lastOld, segment, to }: Takeover, isLast: boolean, now: Micros): ServiceGap | null {
    const { prober, deviceOf } = this.#options;
    const outage = prober.outage(ip, deviceOf(segment), Math.min(lastOld, at), to.mac);
    if (outage.kind === 'open' && (outage.isBack || !isLast)) {
      prober.probeFast(ip, now + SECOND);
      return null;
    }
    if (outage.kind === 'open') {
      const { silentSince } = outage;
      if (silentSince === null) return unmeasured(DEAD_BEFORE, null);
      const note = 'no SYN-ACK yet: away for longer';
      const gapMs = (now - silentSince) / MILLISECOND;
      return { gapMs, open: true, uncertaintyMs: null, servedMs: null, note };
    }
    const servedMs = outage.servedAt === null ? null : Math.max(0, outage.servedAt - lastOld) / MILLISECOND;
    if (outage.kind === 'unmeasured') return unmeasured(outage.note, servedMs);
    const { gapMs, uncertaintyMs } = outage;
    return { gapMs, open: false, uncertaintyMs, servedMs, note: null };
  }
}

function unmeasured(note: ServiceNote, servedMs: Millis | null): ServiceGap {
  return { gapMs: null, open: false, uncertaintyMs: null, servedMs, note };
}
