// The daemon's life: what each configuration adds to the core, the start and the stop, and the intent that is in force.
import { hostname } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import { type Micros, SECOND } from '../base/time.ts';
import type { Config } from '../config/config.ts';
import { type Reloaded, reloaded } from '../config/reload.ts';
import { type FailoverTest, overBy } from '../failover/failover-test.ts';
import { LocalTests } from '../failover/local-tests.ts';
import type { Log } from '../host/log.ts';
import { releaseUnusedMemory } from '../host/memory.ts';
import type { Intent } from '../intent/intent.ts';
import { SavedTests } from '../journal/tests.ts';
import { logTest } from '../serve/render/event-log.ts';
import type { ConfigHealth, ConfigProblem } from '../serve/tables/sources.ts';
import type { WatchEvent } from '../watch/view.ts';
import { Acknowledging } from './acknowledging.ts';
import { sayWhatIsWatched, startCapture } from './capturing.ts';
import type { InCluster } from './cluster-side.ts';
import { type Core, type LateParts, makeCore } from './core.ts';
import { LIVE_OPTIONS } from './live-options.ts';
import { Origins } from './origins.ts';
import { agentUrl } from './own-url.ts';
import { sourcesOf } from './sources.ts';

export class Daemon {
  readonly #core: Core;
  readonly #inCluster: InCluster;
  readonly #acknowledging: Acknowledging;
  /** In force; null before it is known for the first time. */
  #intent: Intent | null = null;
  /** What happened before it could be served. */
  readonly #early: WatchEvent[] = [];

  /** Opens the journal and restores what it holds. */
  constructor(config: Config, configuration: ConfigHealth, log: Log['logger'], inCluster: InCluster) {
    this.#inCluster = inCluster;
    this.#core = makeCore(config, configuration, log);
    this.#acknowledging = new Acknowledging(this.#core);
    this.#core.schedule.join('serving', { tell: (events) => void this.#early.push(...events) });
    // Judging by an empty intent would end findings that the journal brought back.
    if (config.kubernetes !== null) return;
    this.#setIntent(config.intent, this.#core.startedAt);
    this.#joinTests(this.#localTests());
  }

  /**
   * Captures, then listens.
   * @throws NoPacketSocketPermission, or the system's error where the port cannot be had; nothing is left running then.
   */
  async start(): Promise<void> {
    const { config, log, clock, schedule, startedAt, late } = this.#core;
    const capture = startCapture(this.#core);
    late.capture = capture;
    schedule.join('capture', { catchUp: () => capture.read(), stop: () => capture.close() });
    await this.#joinAlerting();
    await this.#joinCluster();
    await this.#joinAuditing();
    await this.#joinImports();
    await this.#joinChecking();
    schedule.arm();
    // Loaded last: the capture is open by now, and the kernel keeps what comes meanwhile.
    const { startServing } = await import('./serving.ts');
    const origins = new Origins(
      () => clock.now(),
      () => this.#addresses(),
    );
    const serving = await startServing({
      sources: sourcesOf(this.#core),
      http: config.http,
      nodeNames: [hostname(), this.#inCluster.node ?? ''],
      originOf: (ip) => origins.of(ip),
      failover: {
        tests: late.tests ?? null,
        off: config.failoverTest.modes.length === 0,
      },
      acknowledgements: await this.#acknowledging.join(this.#podCluster()),
      review: late.cluster?.kubernetes.review,
      startedAt,
      log,
    });
    serving.tell(this.#early);
    this.#early.length = 0;
    late.serving = serving;
    schedule.join('serving', { tell: serving.tell, stop: serving.close });
    sayWhatIsWatched(this.#core, capture, serving.port, this.#intent?.vips.length ?? null);
    releaseUnusedMemory();
    schedule.arm();
  }

  /** Takes in what the configuration file says now, as far as no restart is needed. */
  async reload(file: Config): Promise<Reloaded> {
    const core = this.#core;
    const { clock, schedule } = core;
    const result = reloaded(core.config, file);
    const { config, changed, needsRestart } = result;
    const { dhcp: before, check: checkBefore } = core.config;
    core.config = config;
    core.configuration = { problem: null, takenInAt: clock.toWall(clock.now()) / SECOND, needsRestart };
    for (const option of changed) LIVE_OPTIONS[option]?.(core);
    const intent = config.kubernetes === null ? config.intent : this.#intent;
    // What was judged by the configuration is judged anew.
    if (changed.length > 0 && intent !== null) this.#setIntent(intent, clock.now());
    if (changed.includes('alertmanager')) await this.#joinAlerting();
    // An audit that is due is not put off by what it does not depend on.
    if (before.audit?.every !== config.dhcp.audit?.every) await this.#joinAuditing();
    if (changed.includes('dhcp')) await this.#joinImports(before.import);
    if (checkBefore.every !== config.check.every) await this.#joinChecking();
    schedule.arm();
    return result;
  }

  /** The file is broken: what is in force stays so. */
  refuse(problem: ConfigProblem): void {
    this.#core.configuration = { ...this.#core.configuration, problem };
  }

  /** Where it listens; undefined before it does. */
  get port(): number | undefined {
    return this.#core.late.serving?.port;
  }

  /** Stops everything and writes what is still to be written. */
  stop(): Promise<void> {
    return this.#core.schedule.stop();
  }

  #setIntent(intent: Intent, now: Micros): void {
    const { schedule, watcher, probing, late } = this.#core;
    const isFirst = this.#intent === null;
    this.#intent = intent;
    schedule.tell(watcher.setIntent(intent, now));
    // What the journal brought back, as far as it holds by this intent.
    if (isFirst) late.alerting?.resume(watcher.findings());
    probing.setIntent(intent, now);
  }

  #addresses() {
    const { capture, cluster } = this.#core.late;
    return {
      own: (capture?.interfaces() ?? []).flatMap(({ addresses }) => addresses.map(({ ip }) => ip)),
      nodes: (this.#intent?.nodes ?? []).flatMap(({ addresses }) => addresses),
      pods: cluster?.kubernetes.podNetworks() ?? [],
    };
  }

  async #joinAlerting(): Promise<void> {
    const { config, log, clock, schedule, watcher, late } = this.#core;
    late.alerting?.stop();
    schedule.leave('alerting');
    delete late.alerting;
    if (config.alertmanager === null) return;
    const { Alerting } = await import('../alert/alertmanager/sender.ts');
    const alerting = new Alerting({
      config: config.alertmanager,
      log,
      now: () => clock.now(),
      toWall: (at) => clock.toWall(at),
      iso: this.#core.iso,
      ownUrl: () => agentUrl(this.#core),
    });
    if (this.#intent !== null) alerting.resume(watcher.findings());
    late.alerting = alerting;
    schedule.join('alerting', alerting);
  }

  async #joinAuditing(): Promise<void> {
    const { config, schedule, late } = this.#core;
    schedule.leave('auditing');
    delete late.auditing;
    if (config.dhcp.audit === null || !late.capture) return;
    const { makeAuditing } = await import('./auditing.ts');
    late.auditing = makeAuditing(this.#core, config.dhcp.audit.every, late.capture, () => this.#intent);
    schedule.join('auditing', late.auditing);
  }

  /** Null: this agent has no Pod in a cluster, and so nothing in common with others. */
  #podCluster() {
    const kubernetes = this.#core.late.cluster?.kubernetes;
    const namespace = this.#inCluster.pod?.namespace;
    return kubernetes && namespace !== undefined ? { kubernetes, namespace } : null;
  }

  /** @param before what was read until now: of what is read otherwise from now on, nothing stays. */
  async #joinImports(before: Config['dhcp']['import'] = []): Promise<void> {
    const { config, clock, log, schedule, watcher, late } = this.#core;
    const imports = config.dhcp.import;
    if (isDeepStrictEqual(before, imports)) return;
    await late.imports?.stop();
    schedule.leave('imports');
    delete late.imports;
    for (const one of before)
      if (!imports.some((other) => isDeepStrictEqual(one, other)))
        schedule.tell(watcher.setImport(one.name, null, clock.now()));
    if (imports.length === 0) return;
    const { startImports } = await import('./importing.ts');
    const cluster = this.#podCluster();
    late.imports = startImports({ imports, cluster, clock, log, schedule, watcher });
    schedule.join('imports', late.imports);
  }

  async #joinChecking(): Promise<void> {
    const { config, schedule, late } = this.#core;
    late.checking?.stop();
    schedule.leave('checking');
    delete late.checking;
    // Without a cluster there are no objects to look at.
    if (config.check.every === null || !late.cluster) return;
    const { makeChecking } = await import('./checking.ts');
    late.checking = makeChecking(this.#core, config.check.every, late.cluster, this.#inCluster.pod !== null);
    schedule.join('checking', late.checking);
  }

  async #joinCluster(): Promise<void> {
    const { config, log, clock, iso, schedule, watcher, probing, late } = this.#core;
    const { kubernetes, failoverTest } = config;
    if (kubernetes === null) return;
    const { ClusterSide } = await import('./cluster-side.ts');
    const cluster = new ClusterSide({
      config: kubernetes,
      failoverTest,
      inCluster: this.#inCluster,
      log,
      clock,
      iso,
      watcher,
      probing,
      onIntent: (intent, now) => this.#setIntent(intent, now),
      onTest: (test) => this.#tellTest(test),
      onSooner: () => schedule.arm(),
    });
    late.cluster = cluster;
    schedule.join('cluster', cluster);
    if (cluster.tests !== null) this.#joinTests(cluster.tests);
  }

  #localTests(): LocalTests {
    const { config, clock, iso, journal, watcher, probing, late } = this.#core;
    return new LocalTests({
      ...config.failoverTest,
      node: hostname(),
      saved: new SavedTests(journal),
      view: watcher,
      intent: () => this.#core.config.intent,
      iso,
      now: () => clock.now(),
      probeFast: (vip, until) => probing.prober.probeFast(vip, until),
      ownMacs: () => (late.capture?.interfaces() ?? []).flatMap(({ mac }) => mac ?? []),
      onChange: (test) => this.#tellTest(test),
    });
  }

  #joinTests(tests: NonNullable<LateParts['tests']>): void {
    this.#core.late.tests = tests;
    this.#core.schedule.join('tests', {
      nextAt: () => tests.nextAt(),
      tick: (now) => tests.tick(now),
      observe: (event, now) => {
        if (event.type === 'service-gap') tests.takeover(event.takeover, now);
      },
    });
  }

  #tellTest(test: FailoverTest): void {
    const { clock, log, watcher } = this.#core;
    const now = clock.now();
    logTest(log, test);
    watcher.failoverTest(test.spec.vip, now, overBy(test, now));
    this.#core.late.serving?.tellTest(test);
    this.#core.schedule.arm();
  }
}
