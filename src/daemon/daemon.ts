// Joins the parts of the daemon: capture, watcher, probing, journal, the cluster, and what serves. Owns its one timer.
import { hostname } from 'node:os';
import type { Alerting } from '../alert/alertmanager/sender.ts';
import { MILLISECOND, MINUTE, type Micros, SECOND, toIso } from '../base/time.ts';
import type { Config } from '../config/config.ts';
import type { KubernetesTests } from '../failover/cluster/tests.ts';
import type { FailoverTest } from '../failover/failover-test.ts';
import { LocalTests } from '../failover/local-tests.ts';
import { chooseInterfaces } from '../host/capture/interfaces.ts';
import { type CaptureEvent, LiveCapture } from '../host/capture/live-capture.ts';
import { type Clock, Clock as SystemClock, systemClocks } from '../host/clock.ts';
import { Journal } from '../host/journal.ts';
import type { Log } from '../host/log.ts';
import { releaseUnusedMemory } from '../host/memory.ts';
import { TokenFile } from '../host/token-file.ts';
import type { Intent } from '../intent/intent.ts';
import { StateSaver } from '../journal/saver.ts';
import { EXPENDABLE_ROWS } from '../journal/state.ts';
import { Probing } from '../probe/probing.ts';
import type { Authorizer } from '../serve/http/authorization.ts';
import { logEvent, logTest } from '../serve/render/event-log.ts';
import type { Sources } from '../serve/tables/sources.ts';
import { VERSION } from '../version.ts';
import type { WatchEvent } from '../watch/view.ts';
import { Watcher } from '../watch/watcher.ts';
import type { ClusterSide, InCluster } from './cluster-side.ts';
import type { Serving } from './serving.ts';

const HEARTBEAT_EVERY = 15 * SECOND;
/** What a start, a list or a scrape has left behind. */
const RELEASE_EVERY = MINUTE;
const LONGEST_SLEEP = 60 * SECOND;
/** Woken up so late, the process was stopped, or waited for a disk. */
const STOPPED_AFTER = SECOND;

const UNTROUBLED = { problems: [], doubts: [], skipped: [] };

export class Daemon {
  readonly #config: Config;
  readonly #log: Log['logger'];
  readonly #clock: Clock;
  readonly #journal: Journal;
  readonly #saver: StateSaver;
  readonly #watcher: Watcher;
  readonly #probing: Probing;
  readonly #sources: Sources;
  readonly #startedAt: Micros;
  readonly #inCluster: InCluster;
  /** In force; null before it is known for the first time. */
  #intent: Intent | null = null;
  #cluster: ClusterSide | undefined;
  #tests: LocalTests | KubernetesTests | null = null;
  #capture: LiveCapture | undefined;
  #serving: Serving | undefined;
  #alerting: Alerting | undefined;
  /** What happened before it could be served. */
  #early: WatchEvent[] = [];
  #timer: NodeJS.Timeout | undefined;
  #timerAt: Micros = Number.POSITIVE_INFINITY;
  #heartbeatAt: Micros;
  #releaseAt: Micros;

  /** Opens the journal and restores what it holds. */
  constructor(config: Config, log: Log['logger'], inCluster: InCluster) {
    this.#inCluster = inCluster;
    this.#config = config;
    this.#log = log;
    this.#clock = new SystemClock(systemClocks(), (step) =>
      log.warn({ seconds: step / SECOND }, 'The wall clock was set; times measured so far are unharmed'),
    );
    const now = this.#clock.now();
    const iso = (at: Micros) => toIso(this.#clock.toWall(at));
    this.#startedAt = now;
    this.#heartbeatAt = now + HEARTBEAT_EVERY;
    this.#releaseAt = now + RELEASE_EVERY;

    this.#journal = new Journal({
      ...config.journal,
      expendable: EXPENDABLE_ROWS,
      now,
      warn: (message) => log.warn({ event: 'journal' }, message),
    });
    this.#watcher = new Watcher({
      dhcp: config.dhcp,
      settings: { maxGap: config.failover.maxGap },
      noise: config.findings,
      onAnswer: (claim, segment, at) => this.#probing.answered(claim, segment, at),
      onServiceAnswer: (answer) => this.#probing.serviceAnswered(answer),
    });
    this.#probing = new Probing({
      probe: config.probe,
      isShared: config.kubernetes !== null,
      watcher: this.#watcher,
      clock: this.#clock,
      onRoundTrip: (seconds) => this.#serving?.observeProbe(seconds),
      onMeasured: (takeover, gap, at) => this.#tell(this.#watcher.setServiceGap(takeover, gap, at)),
      onInterfaces: (all, captured) => this.#cluster?.publish(all, captured),
    });
    const startedAt = now / SECOND - process.uptime();
    this.#sources = {
      view: this.#watcher,
      probes: this.#probing.prober,
      serviceProbes: this.#probing.serviceProber,
      now: () => this.#clock.now(),
      iso,
      interfaces: () =>
        (this.#capture?.counters() ?? []).map(({ interface: name, up, dropped }) => ({ name, up, dropped })),
      intent: () =>
        this.#cluster?.health() ?? { ...UNTROUBLED, confirmedAt: this.#intent === null ? null : now },
      agentPods: () => this.#cluster?.kubernetes.agentPods() ?? null,
      kubernetesRequests: () => this.#cluster?.kubernetes.requests() ?? [],
      kubernetesEvents: () => this.#cluster?.eventCounts() ?? [],
      alertmanagers: () => this.#alerting?.states() ?? [],
      failoverTests: () => this.#tests?.counts() ?? [],
      journal: () => ({
        durable: this.#journal.durable,
        wanted: config.journal.path !== null,
        problem: this.#journal.problem,
      }),
      usage: () => {
        const { user, system } = process.cpuUsage();
        return { cpuSeconds: (user + system) / 1e6, residentBytes: process.memoryUsage.rss(), startedAt };
      },
      version: VERSION,
      nodeVersion: process.version,
    };
    this.#saver = new StateSaver({ journal: this.#journal, watcher: this.#watcher, clock: this.#clock, log });
    this.#saver.restore(now);
    // Judging by an empty intent would end findings that the journal brought back.
    if (config.kubernetes !== null) return;
    this.#setIntent(config.intent, now);
    this.#tests = new LocalTests({
      ...config.failoverTest,
      node: hostname(),
      journal: this.#journal,
      view: this.#watcher,
      intent: config.intent,
      iso,
      now: () => this.#clock.now(),
      hasten: (vip, until) => this.#probing.prober.probeFast(vip, until),
      ownMacs: () => (this.#capture?.interfaces() ?? []).flatMap(({ mac }) => mac ?? []),
      onChange: (test) => this.#tellTest(test),
    });
  }

  /**
   * Captures, then listens.
   * @throws NoPacketSocketPermission, or the system's error where the port cannot be had; nothing is left running then.
   */
  async start(): Promise<void> {
    this.#capture = new LiveCapture({
      choose: (all) => chooseInterfaces(all, this.#config.interfaces),
      clock: this.#clock,
      onReading: () => this.#noteStop(this.#clock.now()),
      handler: (frame) => {
        const events = this.#watcher.frame(frame);
        if (events.length > 0) this.#tell(events);
      },
      onBatch: () => {
        this.#saver.framesSeen();
        this.#arm();
      },
      onChange: (event) => this.#onInterface(event),
      onError: (error) => this.#log.error({ err: error }, 'Cannot list the interfaces'),
    });
    this.#probing.through(this.#capture);
    await this.#openAlerting();
    await this.#joinCluster();
    this.#arm();
    // Loaded last: the capture is open by now, and the kernel keeps what comes meanwhile.
    const { startServing } = await import('./serving.ts');
    const serving = await startServing({
      sources: this.#sources,
      http: this.#config.http,
      failover: {
        tests: this.#tests,
        authorizer: await this.#authorizer(),
        off: this.#config.failoverTest.modes.length === 0,
      },
      startedAt: this.#startedAt,
      onError: (error, path) => this.#log.error({ err: error, path }, 'An error of our own while answering'),
    });
    serving.tell(this.#early);
    this.#early = [];
    this.#serving = serving;
    this.#sayWhatIsWatched(this.#capture, serving.port);
    releaseUnusedMemory();
    this.#arm();
  }

  /** Stops everything and writes what is still to be written. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timerAt = Number.NEGATIVE_INFINITY; // nothing arms it again
    this.#cluster?.stop();
    this.#alerting?.stop();
    await this.#capture?.close();
    const now = this.#clock.now();
    this.#saver.saveAll(now);
    this.#journal.close(now);
    await this.#serving?.close();
  }

  #sayWhatIsWatched(capture: LiveCapture, port: number): void {
    const interfaces = capture.captured().map(({ info }) => info.name);
    const { address } = this.#config.http;
    const url = `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
    this.#log.info(
      { version: VERSION, interfaces, vips: this.#intent?.vips.length ?? null, url },
      'Watching',
    );
    if (interfaces.length > 0) return;
    this.#log.warn(
      { wanted: this.#config.interfaces },
      'No interface to capture on yet: waiting for one to come up',
    );
  }

  #tell(events: readonly WatchEvent[]): void {
    if (events.length === 0) return;
    for (const event of events) {
      logEvent(this.#log, event, this.#sources.iso);
      if (event.type === 'takeover') this.#probing.takeover(event.takeover, this.#clock.now());
      if (event.type === 'service-gap') this.#tests?.takeover(event.takeover, this.#clock.now());
    }
    if (this.#serving) this.#serving.tell(events);
    else this.#early.push(...events);
    this.#alerting?.tell(events);
    this.#cluster?.tell(events);
    this.#saver.somethingHappened();
  }

  #tellTest(test: FailoverTest): void {
    logTest(this.#log, test);
    this.#serving?.tellTest(test);
    this.#arm();
  }

  #onInterface({ interface: name, state, reason }: CaptureEvent): void {
    const fields = { event: 'interface', interface: name, state, reason };
    if (state === 'added' || state === 'up') this.#log.info(fields, `Interface ${name}: ${state}`);
    else this.#log.warn(fields, `Interface ${name}: ${state} (${reason})`);
    this.#probing.interfacesChanged();
    this.#arm();
  }

  /** Sleeps until the first of all that waits for time. */
  #arm(): void {
    const at = Math.min(
      this.#watcher.nextAt(),
      this.#probing.nextAt(),
      this.#saver.nextAt(),
      this.#heartbeatAt,
      this.#releaseAt,
      this.#cluster?.nextAt() ?? Number.POSITIVE_INFINITY,
      this.#tests?.nextAt() ?? Number.POSITIVE_INFINITY,
    );
    if (at >= this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    const wait = Math.min(Math.max(at - this.#clock.now(), 0), LONGEST_SLEEP);
    this.#timer = setTimeout(() => this.#wake(), Math.ceil(wait / MILLISECOND));
  }

  #noteStop(now: Micros): boolean {
    const wasStopped = now - this.#timerAt > STOPPED_AFTER;
    if (wasStopped) this.#watcher.resumed(now);
    return wasStopped;
  }

  #wake(): void {
    const now = this.#clock.now();
    // What came meanwhile is read before it is told that time has passed.
    if (this.#noteStop(now)) this.#capture?.read();
    this.#timerAt = Number.POSITIVE_INFINITY;
    this.#watcher.setAhead(this.#clock.toWall(0));
    this.#cluster?.tick(now);
    this.#tell(this.#watcher.tick(now));
    this.#tests?.tick(now);
    this.#probing.tick(now);
    this.#saver.tick(now);
    if (now >= this.#releaseAt) {
      this.#releaseAt = now + RELEASE_EVERY;
      releaseUnusedMemory();
    }
    if (now >= this.#heartbeatAt) {
      this.#heartbeatAt = now + HEARTBEAT_EVERY;
      this.#serving?.heartbeat();
      this.#journal.flush(now);
    }
    this.#arm();
  }

  #setIntent(intent: Intent, now: Micros): void {
    const isFirst = this.#intent === null;
    this.#intent = intent;
    this.#tell(this.#watcher.setIntent(intent, now));
    // What the journal brought back, as far as it holds by this intent.
    if (isFirst) this.#alerting?.resume(this.#watcher.findings());
    this.#probing.setIntent(intent, now);
  }

  async #openAlerting(): Promise<void> {
    const { alertmanager } = this.#config;
    if (alertmanager === null) return;
    const { Alerting } = await import('../alert/alertmanager/sender.ts');
    this.#alerting = new Alerting({
      config: alertmanager,
      log: this.#log,
      now: () => this.#clock.now(),
      toWall: (at) => this.#clock.toWall(at),
    });
    if (this.#intent !== null) this.#alerting.resume(this.#watcher.findings());
  }

  async #joinCluster(): Promise<void> {
    const { kubernetes, failoverTest } = this.#config;
    if (kubernetes === null) return;
    const { ClusterSide } = await import('./cluster-side.ts');
    this.#cluster = new ClusterSide({
      config: kubernetes,
      failoverTest,
      inCluster: this.#inCluster,
      log: this.#log,
      clock: this.#clock,
      iso: this.#sources.iso,
      watcher: this.#watcher,
      probing: this.#probing,
      onIntent: (intent, now) => this.#setIntent(intent, now),
      onTest: (test) => this.#tellTest(test),
      onSooner: () => this.#arm(),
    });
    this.#tests = this.#cluster.tests;
  }

  /** The cluster says who may change something; without one, the token file. Null: nobody may. */
  async #authorizer(): Promise<Authorizer | null> {
    if (this.#cluster) return this.#cluster.kubernetes.review;
    const { tokenFile } = this.#config.http;
    if (tokenFile === null) return null;
    const tokens = new TokenFile(tokenFile);
    const problem = await tokens.problem();
    if (problem !== null) this.#log.error({ event: 'token-file' }, `Nobody can ask for changes: ${problem}`);
    return tokens;
  }
}
