// One agent's part in measuring a failover test: what it saw on its own clock, of which only lengths of time leave it.
import type { Takeover } from '../watch/takeover/takeover.ts';
import { LEGS, type LegMeasurement } from './failover-test.ts';
import type { TestObject, WitnessReport } from './object.ts';

/** Who was last seen to answer for the VIP, and where; null: nobody since this agent began to look closely. */
export interface Answering {
  readonly interface: string;
  readonly node: string;
}

/** What a test is told of a takeover: no point in time, for other agents' clocks are not this one's. */
export function measurementOf(takeover: Takeover): Omit<LegMeasurement, 'leg'> {
  const { from, to, gapMs, uncertaintyMs, overlapMs, phases, serviceGap } = takeover;
  return {
    from: from.node,
    to: to.node,
    gapMs,
    uncertaintyMs,
    overlapMs,
    serviceGapMs: serviceGap?.gapMs ?? null,
    serviceOpen: serviceGap?.open ?? false,
    serviceNote: serviceGap ? serviceGap.note : 'not measured',
    phases: { ...phases, servedMs: serviceGap?.servedMs ?? null },
  };
}

export class TestWitness {
  #interface = '';
  #announcer: string | null = null;
  #critical: readonly string[] = [];
  #legs: readonly LegMeasurement[] = [];
  /** As it was last written. */
  #written = '';

  /** The announcer changed, on this agent's wire; taken for a leg of the test where it is one. */
  observe({ from }: TestObject, measured: Omit<LegMeasurement, 'leg'>): void {
    const [failover, failback] = this.#legs;
    if (failover === undefined && measured.from === from) this.#legs = [{ leg: 'failover', ...measured }];
    else if (failover !== undefined && failback === undefined && measured.to === from)
      this.#legs = [failover, { leg: 'failback', ...measured }];
  }

  /**
   * What to write into the object; undefined while that says it already.
   * @param critical the kinds of the critical findings that are active on the VIP.
   */
  toWrite(
    test: TestObject,
    answering: Answering | null,
    critical: readonly string[],
  ): WitnessReport | undefined {
    // Once the test runs, the announcer is meant to change, and findings come with it: what was seen before stands.
    if (test.phase === 'Pending') {
      this.#interface = answering?.interface ?? this.#interface;
      this.#announcer = answering?.node ?? this.#announcer;
      this.#critical = critical;
    }
    const report = {
      interface: this.#interface,
      announcer: this.#announcer,
      critical: this.#critical,
      legs: this.#legs,
      unseen: this.#unseen(test),
    };
    const saysNothing = this.#announcer === null && this.#critical.length === 0;
    return saysNothing || JSON.stringify(report) === this.#written ? undefined : report;
  }

  /** Told once another has measured it, as a sign of life: whoever says nothing may have died. */
  #unseen({ reports }: TestObject): WitnessReport['unseen'] {
    const next = LEGS[this.#legs.length];
    const isMeasured = [...reports.values()].some(({ legs }) => legs.some(({ leg }) => leg === next));
    return next !== undefined && isMeasured ? next : null;
  }

  written(report: WitnessReport): void {
    this.#written = JSON.stringify(report);
  }
}
