// Joins the failover tests of an agent without a cluster: kept in its journal, measured by its watcher and prober.

import { type Micros, SECOND } from '../base/time.ts';
import type { Intent } from '../intent/intent.ts';
import type { IpAddress, Mac } from '../net/address.ts';
import type { Takeover } from '../watch/takeover/takeover.ts';
import type { WatchView } from '../watch/view.ts';
import { type TestCount, TestCounts } from './counts.ts';
import { type FailoverTest, type FailoverTestSpec, type FailoverTests, isFinished } from './failover-test.ts';
import { ObservedTests, type ObservedTestsOptions, type ObservedVip } from './observed-tests.ts';
import { measurementOf } from './witness.ts';

/** Where tests outlive the process. */
interface TestStore {
  /** Newest first. */
  readonly load: () => readonly FailoverTest[];
  /** These are all tests there are. */
  readonly save: (tests: readonly FailoverTest[], now: Micros) => void;
}

interface LocalTestsOptions extends ObservedTestsOptions {
  readonly saved: TestStore;
  readonly view: WatchView;
  /** In force at this time. */
  readonly intent: () => Intent;
  readonly now: () => Micros;
  /** Of this machine's interfaces. */
  readonly ownMacs: () => readonly Mac[];
  /** Asks for a VIP more often until then. */
  readonly probeFast: (vip: IpAddress, until: Micros) => void;
  /** A test is new, or another than before. */
  readonly onChange: (test: FailoverTest) => void;
}

const PROBE_FAST_EVERY = 5 * SECOND;
const PROBE_FAST_FOR = 10 * SECOND;

export class LocalTests implements FailoverTests {
  readonly #options: LocalTestsOptions;
  readonly #tests: ObservedTests;
  readonly #counts = new TestCounts();
  #probeFastAt: Micros = Number.POSITIVE_INFINITY;

  /** Restores what was saved. */
  constructor(options: LocalTestsOptions) {
    this.#options = options;
    this.#tests = new ObservedTests(options);
    const ended = this.#tests.restore(options.saved.load(), options.now());
    for (const test of ended) this.#changed(test);
  }

  list(): readonly FailoverTest[] {
    return this.#tests.list();
  }

  get(id: string): FailoverTest | undefined {
    return this.#tests.get(id);
  }

  async create(spec: FailoverTestSpec, requestedBy: string | null): Promise<FailoverTest> {
    const test = this.#tests.create(spec, requestedBy, this.#vip(spec.vip), this.#options.now());
    this.#changed(test);
    return test;
  }

  async cancel(id: string): Promise<FailoverTest | undefined> {
    const cancelled = this.#tests.cancel(id, this.#options.now());
    if (cancelled?.ended) this.#changed(cancelled.test);
    return cancelled?.test;
  }

  counts(): readonly TestCount[] {
    return this.#counts.rows();
  }

  nextAt(): Micros {
    return Math.min(this.#tests.nextAt(), this.#probeFastAt);
  }

  tick(now: Micros): void {
    const ended = this.#tests.tick(now);
    if (ended) this.#changed(ended);
    if (now >= this.#probeFastAt) this.#probeFast(now);
  }

  takeover(takeover: Takeover, now: Micros): void {
    const { ip, at, segment } = takeover;
    const measured = { ip, at, interface: segment.name, ...measurementOf(takeover) };
    const ended = this.#tests.observe(measured, now);
    if (ended) this.#changed(ended);
  }

  /** A little ahead each time, so that the questions do not go on for long once the test is over. */
  #probeFast(now: Micros): void {
    const { running } = this.#tests;
    this.#probeFastAt = running === null ? Number.POSITIVE_INFINITY : now + PROBE_FAST_EVERY;
    if (running !== null) this.#options.probeFast(running.spec.vip, now + PROBE_FAST_FOR);
  }

  #vip(ip: IpAddress): ObservedVip {
    const { intent, view, now, ownMacs } = this.#options;
    const { vips, nodes } = intent();
    const vip = vips.find(({ address }) => address === ip);
    const row = view.vips(now()).find((one) => one.ip === ip);
    const critical = view
      .findings()
      .filter((one) => one.ip === ip && one.state === 'active' && one.severity === 'critical');
    return {
      watched: vip !== undefined,
      critical: critical.map(({ kind }) => kind),
      service: vip?.service ?? null,
      answered: row !== undefined && row.announcers.length > 0 && row.up !== false,
      announcer: row?.announcers[0]?.node ?? null,
      nodes: nodes.length,
      announcedHere: row?.announcers.some(({ mac }) => ownMacs().includes(mac)) ?? false,
    };
  }

  #changed(test: FailoverTest): void {
    if (isFinished(test)) this.#counts.ended(test);
    const now = this.#options.now();
    this.#options.saved.save(this.#tests.list(), now);
    this.#probeFast(now);
    this.#options.onChange(test);
  }
}
