// Failover tests without a cluster: nothing can be injected, so that somebody pulls the plug and this agent alone measures.
// One test at a time; the first takeover of its VIP ends it, or its time limit does.

import { durationText } from '../base/duration.ts';
import { type IsoTime, type Micros, SECOND } from '../base/time.ts';
import type { IpAddress } from '../net/address.ts';
import {
  type Ending,
  type FailoverTest,
  type FailoverTestSpec,
  isFinished,
  type LegMeasurement,
  type TestMode,
  type VantagePoint,
} from './failover-test.ts';
import { type AdmissionContext, reasonToRefuse, verdictOf, worstOf } from './verdict.ts';

/** What is known of a VIP when a test of it is asked for. */
export interface ObservedVip extends Pick<AdmissionContext, 'watched' | 'critical'> {
  readonly service: string | null;
  /** Somebody was seen to answer for it, and not to fall silent. */
  readonly answered: boolean;
  /** The node that does; null: none that is listed. */
  readonly announcer: string | null;
  /** That is this machine. */
  readonly announcedHere: boolean;
  /** How many nodes are listed; 0: none is, and nobody knows. */
  readonly nodes: number;
}

export interface ObservedTestsOptions {
  /** This machine, as the tests shall call it. */
  readonly node: string;
  readonly modes: readonly TestMode[];
  readonly cooldown: Micros;
  readonly iso: IsoTime;
}

interface Running {
  readonly test: FailoverTest;
  readonly startedAt: Micros;
  /** Until when the takeover must begin. */
  readonly limitAt: Micros;
}

/** The latest tests are kept, so many. */
const MAX_TESTS = 100;
/** From a takeover to its measurement: who keeps the VIP must have settled, and the service be back or given up. */
const SETTLED_WITHIN = 20 * SECOND;

export class ObservedTests {
  readonly #options: ObservedTestsOptions;
  /** Newest first. */
  #tests: readonly FailoverTest[] = [];
  readonly #endedAt = new Map<IpAddress, Micros>();
  #running: Running | null = null;

  constructor(options: ObservedTestsOptions) {
    this.#options = options;
  }

  /** Of an earlier process, newest first. What was under way then is over: those tests are returned as they are now. */
  restore(tests: readonly FailoverTest[], now: Micros): FailoverTest[] {
    const ended: FailoverTest[] = [];
    this.#tests = tests.slice(0, MAX_TESTS).map((test) => {
      if (isFinished(test)) return test;
      const message = 'vipwatch stopped while the test ran, and nobody measured.';
      const failed = this.#finished(test, { phase: 'Failed', message }, now);
      ended.push(failed);
      return failed;
    });
    for (const { spec, phase, finishedAt } of this.#tests.toReversed())
      if (phase !== 'Refused')
        this.#endedAt.set(spec.vip, Math.min(now, Date.parse(finishedAt ?? '') * 1000 || now));
    return ended;
  }

  list(): readonly FailoverTest[] {
    return this.#tests;
  }

  get(id: string): FailoverTest | undefined {
    return this.#tests.find((test) => test.id === id);
  }

  get running(): FailoverTest | null {
    return this.#running?.test ?? null;
  }

  /** When `tick` has something to do. */
  nextAt(): Micros {
    return this.#running ? this.#running.limitAt + SETTLED_WITHIN : Number.POSITIVE_INFINITY;
  }

  create(spec: FailoverTestSpec, requestedBy: string | null, vip: ObservedVip, now: Micros): FailoverTest {
    const reason = this.#whyRefused(spec, vip, now);
    const at = this.#options.iso(now);
    const asked: FailoverTest = {
      id: this.#newId(spec.mode, at),
      spec,
      phase: 'Refused',
      message: reason ?? '',
      requestedBy,
      createdAt: at,
      startedAt: null,
      finishedAt: at,
      service: vip.service,
      from: vip.announcer,
      to: null,
      coordinator: this.#options.node,
      vantagePoints: [],
      gapMs: null,
      serviceGapMs: null,
    };
    if (reason !== null) return this.#keep(asked);
    const plug = vip.announcer === null ? '' : `Unplug ${vip.announcer} now. `;
    const test: FailoverTest = {
      ...asked,
      phase: 'Running',
      message: `${plug}Waiting for another node to take over.`,
      startedAt: at,
      finishedAt: null,
    };
    this.#running = { test, startedAt: now, limitAt: now + spec.timeLimit };
    return this.#keep(test);
  }

  /** A takeover was measured on a segment. The test that it ends, as it is now; undefined: none. */
  observe(
    takeover: Omit<LegMeasurement, 'leg'> & {
      readonly ip: IpAddress;
      readonly at: Micros;
      readonly interface: string;
    },
    now: Micros,
  ): FailoverTest | undefined {
    const { ip, at, interface: seenOn, ...measured } = takeover;
    if (this.#running === null || ip !== this.#running.test.spec.vip) return undefined;
    const { test, startedAt, limitAt } = this.#running;
    if (at < startedAt || at > limitAt) return undefined;
    const { node } = this.#options;
    const legs = [{ leg: 'failover', ...measured }] as const;
    const { phase, message, results } = verdictOf(test.spec, [{ node, legs }]);
    const vantagePoint: VantagePoint = { node, interface: seenOn, result: results.get(node) ?? null, legs };
    const seen: FailoverTest = {
      ...test,
      from: measured.from,
      to: measured.to,
      vantagePoints: [vantagePoint],
      ...worstOf([vantagePoint]),
    };
    return this.#end(seen, { phase, message }, now);
  }

  /** The test whose time is up, as it is now; undefined: none. */
  tick(now: Micros): FailoverTest | undefined {
    if (this.#running === null || now < this.nextAt()) return undefined;
    const { test } = this.#running;
    const message = `No other node took over within ${durationText(test.spec.timeLimit)}.`;
    return this.#end(test, { phase: 'Failed', message }, now);
  }

  /** The test as it is now, and whether it was ended by this; undefined: there is none of this id. */
  cancel(id: string, now: Micros): { readonly test: FailoverTest; readonly ended: boolean } | undefined {
    const test = this.get(id);
    if (test === undefined) return undefined;
    if (isFinished(test)) return { test, ended: false };
    const cancelled = this.#end(test, { phase: 'Cancelled', message: 'Cancelled on request.' }, now);
    return { test: cancelled, ended: true };
  }

  #whyRefused(
    { vip, mode }: FailoverTestSpec,
    { watched, critical, answered, announcedHere, nodes }: ObservedVip,
    now: Micros,
  ): string | null {
    const { modes, cooldown } = this.#options;
    if (mode !== 'observe')
      return `Nothing can be injected without Kubernetes: only the mode observe is possible, not ${mode}.`;
    if (!modes.includes(mode))
      return `The mode ${mode} is not enabled: failoverTest.modes lists ${modes.join(', ') || 'none'}.`;
    const endedAt = this.#endedAt.get(vip) ?? null;
    const context = { watched, critical, running: this.running, endedAt, cooldown };
    const reason = reasonToRefuse(vip, context, now);
    if (reason !== null) return reason;
    if (nodes === 1) return 'Fewer than two nodes are listed (intent.static.nodes): no node could take over.';
    if (!answered) return `No machine answers for ${vip}: there is nothing to take over.`;
    if (!announcedHere) return null;
    return `This machine announces ${vip} itself, and its agent would fail with it: ask an agent on another machine.`;
  }

  #end(test: FailoverTest, ending: Ending, now: Micros): FailoverTest {
    this.#running = null;
    this.#endedAt.set(test.spec.vip, now);
    return this.#keep(this.#finished(test, ending, now));
  }

  #finished(test: FailoverTest, ending: Ending, now: Micros): FailoverTest {
    return { ...test, ...ending, finishedAt: this.#options.iso(now) };
  }

  #keep(test: FailoverTest): FailoverTest {
    const isKnown = this.get(test.id) !== undefined;
    const tests = isKnown
      ? this.#tests.map((known) => (known.id === test.id ? test : known))
      : [test, ...this.#tests];
    // What was refused makes room first, so that nobody loses a result to it.
    const dropped =
      tests.length > MAX_TESTS
        ? (tests.findLast(({ phase }) => phase === 'Refused') ?? tests.findLast(isFinished))
        : undefined;
    this.#tests = tests.filter((one) => one !== dropped);
    return test;
  }

  /** A DNS label, as Kubernetes would have it: `observe-20260301t164258z`. */
  #newId(mode: TestMode, at: string): string {
    const base = `${mode}-${at.replaceAll(/[-:]|\.\d+/g, '').toLowerCase()}`;
    let id = base;
    for (let i = 2; this.get(id) !== undefined; i += 1) id = `${base}-${i}`;
    return id;
  }
}
