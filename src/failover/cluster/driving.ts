// This agent as one that drives failover tests: it does what their drivers say, one step after the other.

import { MILLISECOND, type Micros } from '../../base/time.ts';
import type { DriverStep } from '../driver-step.ts';
import { isFinished } from '../failover-test.ts';
import { isGuarded, type TestObject } from '../object.ts';
import type { ApiObjects } from './api-objects.ts';
import { type FactsOptions, factsOf, isCooling } from './facts.ts';
import type { Involvement, TestsInView } from './in-view.ts';
import { expendable } from './retention.ts';
import type { Change, TestSteps, Write } from './steps.ts';

export interface DrivingOptions {
  readonly view: TestsInView;
  readonly facts: FactsOptions;
  readonly steps: TestSteps;
  readonly objects: Pick<ApiObjects, 'delete'>;
  /** Of the test's object. */
  readonly pathOf: (test: TestObject) => string;
  readonly now: () => Micros;
  /** Aborted: nothing more is begun. */
  readonly signal: AbortSignal;
  /** For the log. */
  readonly onTrouble: (message: string) => void;
}

const TRY_AGAIN = 300 * MILLISECOND;

export class Driving {
  readonly #options: DrivingOptions;
  #trimming = false;

  constructor(options: DrivingOptions) {
    this.#options = options;
  }

  /** Takes one step after the other, until there is something to wait for. */
  async drive(involvement: Involvement, ownNode: string): Promise<void> {
    const { view, facts, now: clock, signal } = this.#options;
    involvement.driving = true;
    let goesOn = true;
    while (goesOn && !signal.aborted) {
      const now = clock();
      const { test, driver } = involvement;
      const step = driver.next(test, factsOf(test, view.objects(), ownNode, facts), now);
      if (step.do === 'wait') {
        involvement.nextAt = Math.min(involvement.nextAt, step.until);
        break;
      }
      goesOn = await this.#carryOut(step, involvement);
    }
    if (!goesOn) involvement.nextAt = Math.min(involvement.nextAt, clock() + TRY_AGAIN);
    involvement.driving = false;
    view.settle(involvement);
  }

  /** Whether the next step may be asked for at once. */
  async #carryOut(step: Exclude<DriverStep, { do: 'wait' }>, involvement: Involvement): Promise<boolean> {
    return step.do === 'inject' || step.do === 'undo'
      ? await this.#change(step, involvement)
      : await this.#write(step, involvement);
  }

  async #change(step: Change, involvement: Involvement): Promise<boolean> {
    const { steps, now } = this.#options;
    const { test, driver } = involvement;
    const outcome = await steps.change(step, test);
    if (outcome === 'again') return false;
    const { mode, node } = step.injection;
    if (outcome === 'done') driver.done(step, now());
    else if (outcome === 'absent') driver.failed(step, `${node} is gone`, now());
    else if ('done' in outcome) driver.done(step, now(), outcome.done);
    else {
      driver.failed(step, outcome.refused, now());
      if (step.do === 'undo')
        this.#complain(
          involvement,
          `Cannot undo ${mode} on ${node}, of the failover test ${test.name}: ${outcome.refused}`,
        );
    }
    return true;
  }

  async #write(step: Write, involvement: Involvement): Promise<boolean> {
    const { view, steps, now, onTrouble } = this.#options;
    const { test, driver } = involvement;
    const answer = await steps.write(step, test);
    if (!answer.ok) {
      if (answer.problem !== 'conflict' && answer.problem !== 'not-served')
        onTrouble(`Cannot write the failover test ${test.name}: ${answer.detail}`);
      return false;
    }
    driver.done(step, now());
    view.take(answer.object);
    if (isFinished(involvement.test) && !isGuarded(involvement.test)) void this.#trim();
    return true;
  }

  /** Once for each change of what is wrong. */
  #complain(involvement: Involvement, trouble: string): void {
    if (trouble !== involvement.trouble) this.#options.onTrouble(trouble);
    involvement.trouble = trouble;
  }

  /** Of the tests that are over, old ones go. */
  async #trim(): Promise<void> {
    if (this.#trimming) return;
    this.#trimming = true;
    const { view, facts, objects, pathOf } = this.#options;
    for (const test of expendable(view.objects(), (one) => isCooling(one, facts)))
      await objects.delete(pathOf(test));
    this.#trimming = false;
  }
}
