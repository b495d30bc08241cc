// Failover tests in a cluster: objects of the Kubernetes API, driven by one agent and measured by several. Here they are
// asked for and called off, and what each agent has to do with them is joined with the API and with time.

import { type IsoTime, MINUTE, type Micros, SECOND } from '../../base/time.ts';
import { idOfObject } from '../../cluster/objects/object-id.ts';
import { ApiObjects, type ObjectAnswer } from '../../host/kubernetes/objects.ts';
import { Reflector, type ReflectorOptions } from '../../host/kubernetes/reflector.ts';
import type { Takeover } from '../../watch/takeover/takeover.ts';
import type { TestCount } from '../counts.ts';
import {
  type FailoverTest,
  type FailoverTestSpec,
  type FailoverTests,
  isFinished,
  type TestMode,
  TestsUnavailable,
  writeSpec,
} from '../failover-test.ts';
import { markOf, UNDO_FINALIZER } from '../object.ts';
import { ranked } from '../rendezvous.ts';
import { type ContextSources, contextOf, type TestContext } from './context.ts';
import { Driving } from './driving.ts';
import { TestsInView } from './in-view.ts';
import type { PodName } from './injections.ts';
import { Measuring } from './measuring.ts';
import { TestSteps } from './steps.ts';
import { Sweeper, type SweeperOptions } from './sweeper.ts';

/** The parts of the daemon that know what a test needs to know. */
export interface Knowledge extends ContextSources {
  readonly kubernetes: ContextSources['kubernetes'] &
    Pick<ReflectorOptions, 'connection'> & {
      /** Counts a request. */
      readonly onResult: (verb: string, result: string) => void;
      /** What failover tests have left on nodes. */
      readonly testMarks: SweeperOptions['marks'];
    };
}

export interface KubernetesTestsOptions {
  readonly knowledge: Knowledge;
  /** This agent's; tests are objects of its namespace. */
  readonly ownPod: PodName;
  readonly modes: readonly TestMode[];
  readonly cooldown: Micros;
  readonly iso: IsoTime;
  /** `tick` has something to do at another time than before. */
  readonly onChange: () => void;
  readonly onTest: (test: FailoverTest) => void;
  /** For the log. */
  readonly onTrouble: (message: string) => void;
}

const API_VERSION = 'vipwatch.dev/v1alpha1';
/** What tests have left behind is looked for so often, … */
const SWEEP_EVERY = MINUTE;
/** … or so often while nobody can tell which tests there are. */
const SWEEP_SOON = 10 * SECOND;
/** Milliseconds. Whoever asks for a test is told at once where it is refused at once. */
const TAKEN_UP_WITHIN = 2_000;

export class KubernetesTests implements FailoverTests {
  readonly #onTrouble: KubernetesTestsOptions['onTrouble'];
  readonly #path: string;
  readonly #context: TestContext;
  readonly #end = new AbortController();
  readonly #objects: ApiObjects;
  readonly #reflector: Reflector;
  readonly #view: TestsInView;
  readonly #measuring: Measuring;
  readonly #driving: Driving;
  readonly #sweeper: Sweeper;
  #sweepAt: Micros;

  /** Asks the API at once. */
  constructor(options: KubernetesTestsOptions) {
    const { knowledge, ownPod, modes, iso, onChange, onTest, onTrouble } = options;
    const { connection, onResult } = knowledge.kubernetes;
    const { now } = knowledge;
    const { signal } = this.#end;
    this.#onTrouble = onTrouble;
    this.#path = `/apis/${API_VERSION}/namespaces/${ownPod.namespace}/failovertests`;
    const context = contextOf(knowledge);
    const objects = new ApiObjects({ connection, onResult, signal });
    const view = new TestsInView({ ownNode: context.ownNode, onChange, onTest });
    const pathOf = ({ name }: { readonly name: string }) => this.#pathOf(name);
    this.#measuring = new Measuring({ view, context, objects, pathOf });
    this.#driving = new Driving({
      view,
      facts: { ...options, context, now },
      steps: new TestSteps({ objects, now, pathOf, ownPod, speakerOn: context.speakerOn, iso }),
      objects,
      pathOf,
      now,
      signal,
      onTrouble,
    });
    this.#sweeper = new Sweeper({
      objects,
      ownPod,
      marks: () => knowledge.kubernetes.testMarks(),
      freezes: modes.includes('freeze'),
      onTrouble,
    });
    this.#sweepAt = now() + SWEEP_SOON;
    this.#reflector = new Reflector({
      connection,
      path: this.#path,
      selectors: {},
      copy: {
        update: (object) => view.take(object),
        delete: (_, name) => view.delete(name),
        startReplace: () => view.startReplace(),
        clear: () => view.clear(),
      },
      onChange: () => {},
      onResult,
    });
    this.#context = context;
    this.#objects = objects;
    this.#view = view;
    void this.#reflector.run(signal);
  }

  list(): readonly FailoverTest[] {
    return this.#view.list();
  }

  get(id: string): FailoverTest | undefined {
    return this.#view.get(id);
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
    const found = this.#view.object(id);
    if (!found || isFinished(found)) return this.get(id);
    const answer = await this.#objects.patch(this.#pathOf(id), { spec: { cancelled: true } });
    return this.get(this.#taken(answer));
  }

  /** Of the tests that this agent ended. */
  counts(): readonly TestCount[] {
    return this.#view.counts();
  }

  /** Why there can be no tests; null: there can. */
  problem(): { readonly listed: boolean; readonly reason: string; readonly detail: string | null } | null {
    const { problem, detail, settled } = this.#reflector.state;
    return problem === null ? null : { listed: settled && problem !== 'not-served', reason: problem, detail };
  }

  /** The announcer of a VIP changed, on this agent's wire. */
  takeover(takeover: Takeover): void {
    this.#measuring.takeover(takeover);
  }

  nextAt(): Micros {
    return Math.min(this.#sweepAt, ...this.#view.all().map(({ nextAt }) => nextAt));
  }

  tick(now: Micros): void {
    const ownNode = this.#context.ownNode();
    if (now >= this.#sweepAt) this.#sweep(ownNode, now);
    for (const involvement of this.#view.all()) {
      if (involvement.nextAt > now) continue;
      if (ownNode === null) {
        involvement.nextAt = now + SECOND;
        continue;
      }
      involvement.nextAt = Number.POSITIVE_INFINITY;
      this.#measuring.watch(involvement, ownNode, now);
      if (!involvement.driving) void this.#driving.drive(involvement, ownNode);
    }
  }

  stop(): void {
    this.#end.abort();
  }

  /** The name of the object that was written, now known. @throws TestsUnavailable */
  #taken(answer: ObjectAnswer): string {
    if (!answer.ok) throw new TestsUnavailable(WHY_NOT[answer.problem] ?? answer.detail);
    this.#view.take(answer.object);
    const name = idOfObject(answer.object)?.name;
    if (name === undefined) throw new TestsUnavailable('the API server did not answer with the test');
    return name;
  }

  /** In the status, which whoever creates a test cannot write. */
  async #sign(name: string, requestedBy: string): Promise<void> {
    const answer = await this.#objects.patch(`${this.#pathOf(name)}/status`, {
      status: { requestedBy },
    });
    if (answer.ok) this.#view.take(answer.object);
    else
      this.#onTrouble(
        `Cannot write that ${requestedBy} asked for the failover test ${name}: ${answer.detail}`,
      );
  }

  async #takenUp(name: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const late = setTimeout(resolve, TAKEN_UP_WITHIN);
    const leave = this.#view.follow(() => {
      const test = this.#view.object(name);
      if (test === undefined || test.coordinator !== null) resolve();
    });
    await promise;
    clearTimeout(late);
    leave();
  }

  #pathOf(name: string): string {
    return `${this.#path}/${encodeURIComponent(name)}`;
  }

  /** One agent does it for all nodes: that of an announcing node may be lost with what is on it. */
  #sweep(ownNode: string | null, now: Micros): void {
    const { watching, settled, problem } = this.#reflector.state;
    const known = watching || (settled && problem === 'not-served');
    this.#sweepAt = now + (known ? SWEEP_EVERY : SWEEP_SOON);
    if (!known || ranked(this.#context.ready(), 'sweep')[0] !== ownNode) return;
    const unfinished = this.#view.all().filter(({ test, driver }) => !isFinished(test) || driver.owes);
    void this.#sweeper.look(new Set(unfinished.map(({ test }) => markOf(test))));
  }
}

const WHY_NOT: Readonly<Record<string, string>> = {
  'not-served': 'the custom resource definition of FailoverTest is not installed',
  forbidden:
    'the API server does not allow vipwatch to write failover tests: the chart grants that right (rbac.create)',
  unreachable: 'the API server cannot be reached',
  'timed-out': 'the API server does not answer in time',
};
