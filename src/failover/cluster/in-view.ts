// The failover tests that this agent has in view, as their objects stand, and what it has to do with each of them.

import type { Micros } from '../../base/time.ts';
import { idOfObject } from '../../cluster/objects/object-id.ts';
import { endedHere, type TestCount, TestCounts } from '../counts.ts';
import { TestDriver } from '../driver.ts';
import { type FailoverTest, isFinished } from '../failover-test.ts';
import { failoverTestOf, readTestObject, type TestObject } from '../object.ts';
import { TestWitness } from '../witness.ts';
import { isEarlier } from './facts.ts';

/** One test, as far as this agent has to do with it. */
export interface Involvement {
  test: TestObject;
  readonly driver: TestDriver;
  readonly witness: TestWitness;
  /** Since when this agent looks closely; null: it is not asked to. */
  watchingSince: Micros | null;
  driving: boolean;
  writing: boolean;
  /** As it was last told to the log. */
  trouble: string;
  nextAt: Micros;
}

export interface TestsInViewOptions {
  /** Null: this agent's own Pod is not known yet. */
  readonly ownNode: () => string | null;
  /** Something is to be done at another time than before. */
  readonly onChange: () => void;
  readonly onTest: (test: FailoverTest) => void;
}

export class TestsInView {
  readonly #options: TestsInViewOptions;
  readonly #tests = new Map<string, Involvement>();
  /** Their objects are gone; what this agent injected for them is not, or not for sure. */
  readonly #owing = new Set<Involvement>();
  readonly #following = new Set<() => void>();
  readonly #counts = new TestCounts();

  constructor(options: TestsInViewOptions) {
    this.#options = options;
  }

  /** Newest first. */
  list(): FailoverTest[] {
    return [...this.#tests.values()]
      .toSorted((a, b) => (isEarlier(a.test, b.test) ? 1 : -1))
      .flatMap(({ test }) => failoverTestOf(test) ?? []);
  }

  get(name: string): FailoverTest | undefined {
    const found = this.#tests.get(name);
    return found && failoverTestOf(found.test);
  }

  object(name: string): TestObject | undefined {
    return this.#tests.get(name)?.test;
  }

  objects(): TestObject[] {
    return [...this.#tests.values()].map(({ test }) => test);
  }

  /** Those whose objects are there. */
  present(): Iterable<Involvement> {
    return this.#tests.values();
  }

  /** Those as well whose objects are gone, and which have left something behind. */
  all(): Involvement[] {
    return [...this.#tests.values(), ...this.#owing];
  }

  /** Of the tests that this agent ended. */
  counts(): readonly TestCount[] {
    return this.#counts.rows();
  }

  /** Calls back now and whenever the view may be another one, until the function that it returns is called. */
  follow(look: () => void): () => void {
    this.#following.add(look);
    look();
    return () => void this.#following.delete(look);
  }

  /** @param how it came, where it was not by a watch or as the answer to a write. */
  take(raw: unknown, how?: 'listed'): void {
    const id = idOfObject(raw);
    const test = id && readTestObject(raw, id);
    if (!test) return;
    const known = this.#tests.get(test.name);
    const isKnown = known?.test.uid === test.uid;
    // What a write answered may be newer than what the watch still has to tell.
    if (how !== 'listed' && isKnown && Number(test.resourceVersion) < Number(known.test.resourceVersion))
      return;
    const involvement = isKnown ? known : newInvolvement(test);
    const before = isKnown ? known.test : undefined;
    if (known && !isKnown) this.#part(known);
    involvement.test = test;
    this.#tests.set(test.name, involvement);
    this.hurry(involvement);
    this.#tell(test, before);
    this.#look();
  }

  delete(name: string): void {
    const involvement = this.#tests.get(name);
    if (involvement) this.#part(involvement);
    this.#tests.delete(name);
    this.#look();
  }

  clear(): void {
    for (const name of this.#tests.keys()) this.delete(name);
  }

  /** All there are, in pieces: those that are not among them are forgotten at the end. */
  startReplace(): { readonly add: (objects: readonly unknown[]) => void; readonly finish: () => void } {
    const gone = new Set(this.#tests.keys());
    return {
      add: (objects) => {
        for (const object of objects) {
          gone.delete(idOfObject(object)?.name ?? '');
          this.take(object, 'listed');
        }
      },
      finish: () => {
        for (const name of gone) this.delete(name);
      },
    };
  }

  /** There is something to do at once. */
  hurry(involvement: Involvement): void {
    involvement.nextAt = 0;
    this.#options.onChange();
  }

  /** Something was done: one whose object is gone need not be known any longer once nothing is left of it. */
  settle(involvement: Involvement): void {
    if (!involvement.driver.owes) this.#owing.delete(involvement);
    this.#options.onChange();
  }

  /** What ended before this agent knew of it is no news. */
  #tell(test: TestObject, before: TestObject | undefined): void {
    const told = failoverTestOf(test);
    if (told === undefined || (before === undefined && isFinished(test))) return;
    if (endedHere(test, before, this.#options.ownNode())) this.#counts.ended(told);
    const toldBefore = before && failoverTestOf(before);
    if (JSON.stringify(told) !== JSON.stringify(toldBefore)) this.#options.onTest(told);
  }

  /** Nobody leads a test whose object is gone; what it has left is still to be undone. */
  #part(involvement: Involvement): void {
    involvement.test = { ...involvement.test, phase: 'Failed', coordinator: null, finalizers: [] };
    if (!involvement.driver.owes) return;
    this.#owing.add(involvement);
    this.hurry(involvement);
  }

  #look(): void {
    for (const look of this.#following) look();
  }
}

function newInvolvement(test: TestObject): Involvement {
  return {
    test,
    driver: new TestDriver(),
    witness: new TestWitness(),
    watchingSince: null,
    driving: false,
    writing: false,
    trouble: '',
    nextAt: 0,
  };
}
