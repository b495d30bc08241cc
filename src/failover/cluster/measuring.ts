// This agent as a vantage point of failover tests: it looks closely while it is asked to, and writes what it has seen.

import { MILLISECOND, type Micros, SECOND } from '../../base/time.ts';
import type { Takeover } from '../../watch/takeover/takeover.ts';
import { isFinished } from '../failover-test.ts';
import type { TestObject, WitnessReport } from '../object.ts';
import { measurementOf } from '../witness.ts';
import type { ApiObjects } from './api-objects.ts';
import type { TestContext } from './context.ts';
import type { Involvement, TestsInView } from './in-view.ts';

export interface MeasuringOptions {
  readonly view: TestsInView;
  readonly context: TestContext;
  readonly objects: ApiObjects;
  /** Of the test's object. */
  readonly pathOf: (test: TestObject) => string;
}

const LOOK_AGAIN = 200 * MILLISECOND;
/** A vantage point looks closely until so long after it last saw the test run. */
const HASTE = 10 * SECOND;

export class Measuring {
  readonly #options: MeasuringOptions;

  constructor(options: MeasuringOptions) {
    this.#options = options;
  }

  /** The announcer of a VIP changed, on this agent's wire. */
  takeover(takeover: Takeover): void {
    const { view } = this.#options;
    const measured = measurementOf(takeover);
    for (const involvement of view.present()) {
      const { test, witness, watchingSince } = involvement;
      if (watchingSince === null || !test.asked.ok || test.asked.spec.vip !== takeover.ip) continue;
      witness.observe(test, measured);
      view.hurry(involvement);
    }
  }

  /** This agent's own measurement, where it is asked for one. */
  watch(involvement: Involvement, ownNode: string, now: Micros): void {
    const { test } = involvement;
    if (isFinished(test) || !test.asked.ok || !test.participants.includes(ownNode)) {
      involvement.watchingSince = null;
      return;
    }
    const { context } = this.#options;
    const { vip } = test.asked.spec;
    involvement.watchingSince ??= now;
    involvement.nextAt = Math.min(involvement.nextAt, now + LOOK_AGAIN);
    context.probeFast(vip, now + HASTE);
    if (involvement.writing) return;
    const answering = context.answering(vip, involvement.watchingSince);
    const report = involvement.witness.toWrite(test, answering, context.critical(vip));
    if (report !== undefined) void this.#write(involvement, ownNode, report);
  }

  async #write(involvement: Involvement, ownNode: string, report: WitnessReport): Promise<void> {
    const { view, objects, pathOf } = this.#options;
    const { test, witness } = involvement;
    involvement.writing = true;
    const answer = await objects.patch(`${pathOf(test)}/status`, {
      status: { vantagePoints: { [ownNode]: report } },
    });
    involvement.writing = false;
    if (!answer.ok) return;
    witness.written(report);
    view.take(answer.object);
  }
}
