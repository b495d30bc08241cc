// One agent's part in measuring a failover test: what it saw on its own clock, of which only lengths of time leave it.
import type { LegMeasurement } from './failover-test.ts';
import type { TestObject, Witness } from './test-object.ts';

/** Who was last seen to answer for the VIP, and where; null: nobody since this agent began to look closely. */
export interface Answering {
  readonly interface: string;
  readonly node: string;
}

export class TestWitness {
  #interface = '';
  #announcer: string | null = null;
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

  /** What to write into the object; undefined while that says it already. */
  toWrite({ phase }: TestObject, answering: Answering | null): Witness | undefined {
    // Once the test runs, the announcer is meant to change: what was seen before stands.
    if (phase === 'Pending' && answering) {
      this.#interface = answering.interface;
      this.#announcer = answering.node;
    }
    const witness = { interface: this.#interface, announcer: this.#announcer, legs: this.#legs };
    return this.#announcer === null || JSON.stringify(witness) === this.#written ? undefined : witness;
  }

  written(witness: Witness): void {
    this.#written = JSON.stringify(witness);
  }
}
