// Carries out one step of a failover test's driver: a write of the object, or a change of the cluster.

import { type IsoTime, MILLISECOND, type Micros } from '../../base/time.ts';
import type { DriverStep, StatusChange } from '../driver-step.ts';
import { LONGEST_FREEZE, takeoverWithin } from '../failover-test.ts';
import { markOf, type TestObject, UNDO_FINALIZER } from '../object.ts';
import type { ApiObjects, ObjectAnswer, TimedObjects } from './api-objects.ts';
import type { TestContext } from './context.ts';
import { type InjectionOutcome, inject, type PodName, type UndoOutcome, undo } from './injections.ts';

export type Write = DriverStep & { do: 'write' | 'guard' | 'release' };
export type Change = DriverStep & { do: 'inject' | 'undo' };

export interface TestStepsOptions {
  readonly objects: TimedObjects;
  readonly now: () => Micros;
  /** Of the test's object. */
  readonly pathOf: (test: TestObject) => string;
  readonly ownPod: PodName;
  readonly speakerOn: TestContext['speakerOn'];
  readonly iso: IsoTime;
}

export class TestSteps {
  readonly #options: TestStepsOptions;

  constructor(options: TestStepsOptions) {
    this.#options = options;
  }

  /** Names the version of the object that the step is based on: whoever was faster wins. */
  write(step: Write, test: TestObject): Promise<ObjectAnswer> {
    const { objects, pathOf } = this.#options;
    const { resourceVersion, renewals, finalizers } = test;
    switch (step.do) {
      case 'write':
        return objects.patch(`${pathOf(test)}/status`, {
          metadata: { resourceVersion },
          status: { ...this.#written(step.change), renewals: renewals + 1 },
        });
      case 'guard':
        return objects.patch(pathOf(test), {
          metadata: { resourceVersion, finalizers: [...finalizers, UNDO_FINALIZER] },
        });
      case 'release': {
        const others = finalizers.filter((name) => name !== UNDO_FINALIZER);
        return objects.patch(pathOf(test), { metadata: { resourceVersion, finalizers: others } });
      }
      default:
        return step satisfies never;
    }
  }

  async change(step: Change, test: TestObject): Promise<InjectionOutcome | UndoOutcome> {
    const { objects, ownPod, speakerOn, now } = this.#options;
    const context = {
      objects: step.do === 'inject' ? objectsUntil(step.until, objects, now) : objects,
      ownPod,
      speakerOn,
      mark: markOf(test),
      freezeFor: test.asked.ok ? takeoverWithin(test.asked.spec) : LONGEST_FREEZE,
      undoingFor: step.do === 'undo' ? now() - step.since : 0,
    };
    return await (step.do === 'inject' ? inject : undo)(step.injection, context);
  }

  #written({ startedAt, finishedAt, ...change }: StatusChange): object {
    const { iso } = this.#options;
    return {
      ...change,
      ...(startedAt !== undefined && { startedAt: iso(startedAt) }),
      ...(finishedAt !== undefined && { finishedAt: iso(finishedAt) }),
    };
  }
}

const TOO_LATE: ObjectAnswer = { ok: false, problem: 'timed-out', detail: 'it is too late to ask' };

/**
 * Until then. The clock is looked at before each request, since a process that was stopped may go on with a request before
 * it hears of any timer.
 */
function objectsUntil(until: Micros, all: TimedObjects, now: () => Micros): ApiObjects {
  const objects = all.within((until - now()) / MILLISECOND);
  const inTime = (ask: () => Promise<ObjectAnswer>) => (now() < until ? ask() : Promise.resolve(TOO_LATE));
  return {
    get: (path) => inTime(() => objects.get(path)),
    list: (path) => inTime(() => objects.list(path)),
    create: (path, object) => inTime(() => objects.create(path, object)),
    patch: (path, change) => inTime(() => objects.patch(path, change)),
    delete: (path) => inTime(() => objects.delete(path)),
  };
}
