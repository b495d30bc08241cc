// Failover tests in a cluster: objects of the Kubernetes API, driven by one agent and measured by several. What is to be
// done next the probe part says; here it is done, and the objects are kept in view.

import { MILLISECOND, MINUTE, type Micros, SECOND } from '../../base/time.ts';
import { idOfObject } from '../../cluster/objects/object-id.ts';
import { ApiObjects, type ObjectAnswer } from '../../host/kubernetes/objects.ts';
import { Reflector } from '../../host/kubernetes/reflector.ts';
import type { Takeover } from '../../watch/takeover/takeover.ts';
import { endedHere, type TestCount, TestCounts } from '../counts.ts';
import { type Step, TestDriver } from '../driver.ts';
import {
  type FailoverTest,
  type FailoverTestSpec,
  type FailoverTests,
  isFinished,
  type TestMode,
  TestsUnavailable,
  writeSpec,
} from '../failover-test.ts';
import { measurementOf } from '../measurement.ts';
import {
  failoverTestOf,
  isGuarded,
  markOf,
  readTestObject,
  type TestObject,
  UNDO_FINALIZER,
  type Witness,
} from '../object.ts';
import { ranked } from '../rendezvous.ts';
import { TestWitness } from '../witness.ts';
import { type Knowledge, surroundingsOf, type TestSurroundings } from './context.ts';
import { type FactsOptions, factsOf, isCooling, isEarlier } from './facts.ts';
import type { PodName } from './injections.ts';
import { expendable } from './retention.ts';
import { TestSteps } from './steps.ts';
import { Sweeper } from './sweeper.ts';

export interface KubernetesTestsOptions {
  readonly knowledge: Knowledge;
  /** This agent's; tests are objects of its namespace. */
  readonly ownPod: PodName;
  readonly modes: readonly TestMode[];
  readonly cooldown: Micros;
  readonly iso: (at: Micros) => string;
  /** `tick` has something to do at another time than before. */
  readonly onChange: () => void;
  readonly onTest: (test: FailoverTest) => void;
  /** For the log. */
  readonly onTrouble: (message: string) => void;
}

/** One test, as far as this agent has to do with it. */
interface Involvement {
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

const API_VERSION = 'vipwatch.dev/v1alpha1';
const TRY_AGAIN = 300 * MILLISECOND;
const LOOK_AGAIN = 200 * MILLISECOND;
/** A vantage point looks closely until so long after it last saw the test run. */
const HASTE = 10 * SECOND;
/** What tests have left behind is looked for so often, … */
const SWEEP_EVERY = MINUTE;
/** … or so often while nobody can tell which tests there are. */
const SWEEP_SOON = 10 * SECOND;
/** Milliseconds. Whoever asks for a test is told at once where it is refused at once. */
const TAKEN_UP_WITHIN = 2_000;

export class KubernetesTests implements FailoverTests {
  readonly #options: KubernetesTestsOptions;
  readonly #path: string;
  readonly #surroundings: TestSurroundings;
  readonly #facts: FactsOptions;
  readonly #steps: TestSteps;
  readonly #now: () => Micros;
  readonly #end = new AbortController();
  readonly #objects: ApiObjects;
  readonly #reflector: Reflector;
  readonly #tests = new Map<string, Involvement>();
  /** Their objects are gone; what this agent injected for them is not, or not for sure. */
  readonly #owing = new Set<Involvement>();
  readonly #sweeper: Sweeper;
  #sweepAt: Micros;
  readonly #waiting = new Set<() => void>();
  readonly #counts = new TestCounts();
  #trimming = false;

  /** Asks the API at once. */
  constructor(options: KubernetesTestsOptions) {
    this.#options = options;
    const { knowledge, ownPod } = options;
    const { connection, onResult } = knowledge.kubernetes;
    this.#surroundings = surroundingsOf(knowledge);
    this.#now = knowledge.now;
    this.#path = `/apis/${API_VERSION}/namespaces/${ownPod.namespace}/failovertests`;
    this.#objects = new ApiObjects({ connection, onResult, signal: this.#end.signal });
    this.#facts = { ...options, surroundings: this.#surroundings, now: this.#now };
    this.#steps = new TestSteps({
      objects: this.#objects,
      now: this.#now,
      pathOf: (test) => this.#pathOf(test),
      ownPod,
      speakerOn: this.#surroundings.speakerOn,
      iso: options.iso,
    });
    this.#sweeper = new Sweeper({
      objects: this.#objects,
      ownPod,
      marks: () => knowledge.kubernetes.testMarks(),
      freezes: options.modes.includes('freeze'),
      onTrouble: options.onTrouble,
    });
    this.#sweepAt = this.#now() + SWEEP_SOON;
    this.#reflector = new Reflector({
      connection,
      path: this.#path,
      selectors: {},
      copy: {
        update: (object) => this.#take(object),
        delete: (_, name) => this.#forget(name),
        startReplace: () => {
          const gone = new Set(this.#tests.keys());
          return {
            add: (objects) => {
              for (const object of objects) {
                gone.delete(idOfObject(object)?.name ?? '');
                this.#take(object, 'listed');
              }
            },
            finish: () => {
              for (const name of gone) this.#forget(name);
            },
          };
        },
        clear: () => {
          for (const name of this.#tests.keys()) this.#forget(name);
        },
      },
      onChange: () => {},
      onResult,
    });
    void this.#reflector.run(this.#end.signal);
  }

  list(): readonly FailoverTest[] {
    return [...this.#tests.values()]
      .toSorted((a, b) => (isEarlier(a.test, b.test) ? 1 : -1))
      .flatMap(({ test }) => failoverTestOf(test) ?? []);
  }

  get(id: string): FailoverTest | undefined {
    const found = this.#tests.get(id);
    return found && failoverTestOf(found.test);
  }

  async create(spec: FailoverTestSpec, requestedBy: string | null): Promise<FailoverTest> {
    const answer = await this.#objects.create(this.#path, {
      apiVersion: API_VERSION,
      kind: 'FailoverTest',
      metadata: { generateName: `${spec.mode}-`, finalizers: [UNDO_FINALIZER] },
      spec: writeSpec(spec),
    });
    const name = this.#taken(answer);
    if (requestedBy !== null) await this.#sign(name, requestedBy);
    await this.#takenUp(name);
    const test = this.get(name);
    if (!test) throw new TestsUnavailable(`the test ${name} was deleted at once`);
    return test;
  }

  async cancel(id: string): Promise<FailoverTest | undefined> {
    const found = this.#tests.get(id);
    if (!found || isFinished(found.test)) return this.get(id);
    const answer = await this.#objects.patch(this.#pathOf(found.test), { spec: { cancelled: true } });
    return this.get(this.#taken(answer));
  }

  /** Of the tests that this agent ended. */
  counts(): readonly TestCount[] {
    return this.#counts.rows();
  }

  /** Why there can be no tests; null: there can. */
  problem(): { readonly listed: boolean; readonly reason: string; readonly detail: string | null } | null {
    const { problem, detail, settled } = this.#reflector.state;
    return problem === null ? null : { listed: settled && problem !== 'not-served', reason: problem, detail };
  }

  /** The announcer of a VIP changed, on this agent's wire. */
  takeover(takeover: Takeover): void {
    const measured = measurementOf(takeover);
    for (const involvement of this.#tests.values()) {
      const { test, witness, watchingSince } = involvement;
      if (watchingSince === null || !test.asked.ok || test.asked.spec.vip !== takeover.ip) continue;
      witness.observe(test, measured);
      this.#hurry(involvement);
    }
  }

  nextAt(): Micros {
    return Math.min(this.#sweepAt, ...this.#involvements().map(({ nextAt }) => nextAt));
  }

  tick(now: Micros): void {
    const ownNode = this.#surroundings.ownNode();
    if (now >= this.#sweepAt) this.#sweep(ownNode, now);
    for (const involvement of this.#involvements()) {
      if (involvement.nextAt > now) continue;
      if (ownNode === null) {
        involvement.nextAt = now + SECOND;
        continue;
      }
      involvement.nextAt = Number.POSITIVE_INFINITY;
      this.#watch(involvement, ownNode, now);
      if (!involvement.driving) void this.#drive(involvement, ownNode);
    }
  }

  stop(): void {
    this.#end.abort();
  }

  #take(raw: unknown, how?: 'listed'): void {
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
    this.#hurry(involvement);
    this.#tell(test, before);
    for (const look of this.#waiting) look();
  }

  /** What ended before this agent knew of it is no news. */
  #tell(test: TestObject, before: TestObject | undefined): void {
    const told = failoverTestOf(test);
    if (told === undefined || (before === undefined && isFinished(test))) return;
    if (endedHere(test, before, this.#surroundings.ownNode())) this.#counts.ended(told);
    const toldBefore = before && failoverTestOf(before);
    if (JSON.stringify(told) !== JSON.stringify(toldBefore)) this.#options.onTest(told);
  }

  #involvements(): Involvement[] {
    return [...this.#tests.values(), ...this.#owing];
  }

  #forget(name: string): void {
    const involvement = this.#tests.get(name);
    if (involvement) this.#part(involvement);
    this.#tests.delete(name);
    for (const look of this.#waiting) look();
  }

  /** Nobody leads a test whose object is gone; what it has left is still to be undone. */
  #part(involvement: Involvement): void {
    involvement.test = { ...involvement.test, phase: 'Failed', coordinator: null, finalizers: [] };
    if (!involvement.driver.owes) return;
    this.#owing.add(involvement);
    this.#hurry(involvement);
  }

  #hurry(involvement: Involvement): void {
    involvement.nextAt = 0;
    this.#options.onChange();
  }

  /** The name of the object that was written, now known. @throws TestsUnavailable */
  #taken(answer: ObjectAnswer): string {
    if (!answer.ok) throw new TestsUnavailable(WHY_NOT[answer.problem] ?? answer.detail);
    this.#take(answer.object);
    const name = idOfObject(answer.object)?.name;
    if (name === undefined)
      throw new TestsUnavailable('the API server answered with something else than the test');
    return name;
  }

  /** In the status, which whoever creates a test cannot write. */
  async #sign(name: string, requestedBy: string): Promise<void> {
    const answer = await this.#objects.patch(`${this.#path}/${encodeURIComponent(name)}/status`, {
      status: { requestedBy },
    });
    if (answer.ok) this.#take(answer.object);
    else
      this.#options.onTrouble(
        `Cannot write that ${requestedBy} asked for the failover test ${name}: ${answer.detail}`,
      );
  }

  async #takenUp(name: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = () => {
      const test = this.#tests.get(name)?.test;
      if (test === undefined || test.coordinator !== null) resolve();
    };
    this.#waiting.add(look);
    const late = setTimeout(resolve, TAKEN_UP_WITHIN);
    look();
    await promise;
    clearTimeout(late);
    this.#waiting.delete(look);
  }

  #pathOf({ name }: TestObject): string {
    return `${this.#path}/${encodeURIComponent(name)}`;
  }

  /** This agent's own measurement, where it is asked for one. */
  #watch(involvement: Involvement, ownNode: string, now: Micros): void {
    const { test } = involvement;
    if (isFinished(test) || !test.asked.ok || !test.participants.includes(ownNode)) {
      involvement.watchingSince = null;
      return;
    }
    const { vip } = test.asked.spec;
    involvement.watchingSince ??= now;
    involvement.nextAt = Math.min(involvement.nextAt, now + LOOK_AGAIN);
    this.#surroundings.hasten(vip, now + HASTE);
    if (involvement.writing) return;
    const { answering, critical } = this.#surroundings;
    const testimony = involvement.witness.toWrite(
      test,
      answering(vip, involvement.watchingSince),
      critical(vip),
    );
    void this.#testify(involvement, ownNode, testimony);
  }

  async #testify(involvement: Involvement, ownNode: string, testimony: Witness | undefined): Promise<void> {
    const { test, witness } = involvement;
    if (testimony === undefined) return;
    involvement.writing = true;
    const answer = await this.#objects.patch(`${this.#pathOf(test)}/status`, {
      status: { vantagePoints: { [ownNode]: testimony } },
    });
    involvement.writing = false;
    if (!answer.ok) return;
    witness.written(testimony);
    this.#take(answer.object);
  }

  /** Takes one step after the other, until there is something to wait for. */
  async #drive(involvement: Involvement, ownNode: string): Promise<void> {
    involvement.driving = true;
    let goesOn = true;
    while (goesOn && !this.#end.signal.aborted) {
      const now = this.#now();
      const { test, driver } = involvement;
      const tests = [...this.#tests.values()].map((other) => other.test);
      const step = driver.next(test, factsOf(test, tests, ownNode, this.#facts), now);
      if (step.do === 'wait') {
        involvement.nextAt = Math.min(involvement.nextAt, step.until);
        break;
      }
      goesOn = await this.#carryOut(step, involvement);
    }
    if (!goesOn) involvement.nextAt = Math.min(involvement.nextAt, this.#now() + TRY_AGAIN);
    involvement.driving = false;
    if (!involvement.driver.owes) this.#owing.delete(involvement);
    this.#options.onChange();
  }

  /** Whether the next step may be asked for at once. */
  async #carryOut(step: Exclude<Step, { do: 'wait' }>, involvement: Involvement): Promise<boolean> {
    const { test, driver } = involvement;
    if (step.do === 'inject' || step.do === 'undo') {
      const outcome = await this.#steps.change(step, test);
      if (outcome === 'again') return false;
      const { mode, node } = step.injection;
      if (outcome === 'done') driver.done(step, this.#now());
      else if (outcome === 'absent') driver.failed(step, `${node} is gone`, this.#now());
      else if ('done' in outcome) driver.done(step, this.#now(), outcome.done);
      else {
        driver.failed(step, outcome.refused, this.#now());
        if (step.do === 'undo')
          this.#complain(
            involvement,
            `Cannot undo ${mode} on ${node}, of the failover test ${test.name}: ${outcome.refused}`,
          );
      }
      return true;
    }
    const answer = await this.#steps.write(step, test);
    if (!answer.ok) {
      if (answer.problem !== 'conflict' && answer.problem !== 'not-served')
        this.#options.onTrouble(`Cannot write the failover test ${test.name}: ${answer.detail}`);
      return false;
    }
    driver.done(step, this.#now());
    this.#take(answer.object);
    if (isFinished(involvement.test) && !isGuarded(involvement.test)) void this.#trim();
    return true;
  }

  /** Once for each change of what is wrong. */
  #complain(involvement: Involvement, trouble: string): void {
    if (trouble !== involvement.trouble) this.#options.onTrouble(trouble);
    involvement.trouble = trouble;
  }

  /** One agent does it for all nodes: that of an announcing node may be lost with what is on it. */
  #sweep(ownNode: string | null, now: Micros): void {
    const { watching, settled, problem } = this.#reflector.state;
    const known = watching || (settled && problem === 'not-served');
    this.#sweepAt = now + (known ? SWEEP_EVERY : SWEEP_SOON);
    if (!known || ranked(this.#surroundings.ready(), 'sweep')[0] !== ownNode) return;
    const unfinished = this.#involvements().filter(({ test, driver }) => !isFinished(test) || driver.owes);
    void this.#sweeper.look(new Set(unfinished.map(({ test }) => markOf(test))));
  }

  async #trim(): Promise<void> {
    if (this.#trimming) return;
    this.#trimming = true;
    const tests = [...this.#tests.values()].map(({ test }) => test);
    for (const test of expendable(tests, (one) => isCooling(one, this.#facts)))
      await this.#objects.delete(this.#pathOf(test));
    this.#trimming = false;
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

const WHY_NOT: Readonly<Record<string, string>> = {
  'not-served': 'the custom resource definition of FailoverTest is not installed',
  forbidden:
    'the API server does not let vipwatch write failover tests: the chart gives that right (rbac.create)',
  unreachable: 'the API server cannot be reached',
  'timed-out': 'the API server does not answer in time',
};
