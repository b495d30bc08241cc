// Carries out one step of a failover test's driver: a write of the object, or a change of the cluster.
import type { ApiObjects, ObjectAnswer } from '../host/kubernetes/objects.ts';
import { type Micros, SECOND } from '../net/time.ts';
import type { StatusChange, Step } from '../probe/test-driver.ts';
import { markOf, type TestObject, UNDO_FINALIZER } from '../probe/test-object.ts';
import { type InjectionOutcome, inject, type PodName, undo } from './injections.ts';
import type { TestSurroundings } from './surroundings.ts';

export type Write = Step & { do: 'write' | 'guard' | 'release' };
export type Change = Step & { do: 'inject' | 'undo' };

/** A speaker that is frozen for longer is restarted by the kubelet, which finds it unhealthy. */
const LONGEST_FREEZE = 25 * SECOND;

export interface TestStepsOptions {
  readonly objects: ApiObjects;
  /** Of the test's object. */
  readonly pathOf: (test: TestObject) => string;
  readonly ownPod: PodName;
  readonly speakerOn: TestSurroundings['speakerOn'];
  readonly iso: (at: Micros) => string;
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

  async change(step: Change, test: TestObject): Promise<InjectionOutcome> {
    const { objects, ownPod, speakerOn } = this.#options;
    const { timeLimit = LONGEST_FREEZE } = test.asked.ok ? test.asked.spec : {};
    const context = {
      objects,
      ownPod,
      speakerOn,
      mark: markOf(test),
      freezeFor: Math.min(timeLimit, LONGEST_FREEZE),
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
