// Joins the parts of the daemon: capture, watcher, prober, journal, and what serves. Owns its one timer.
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Alerting } from './alerting.ts';
import { VERSION } from './cli/version.ts';
import { EMPTY_INTENT, type Intent } from './cluster/intent.ts';
import type { Config, KubernetesConfig } from './config.ts';
import type { KubernetesTests } from './failover/kubernetes-tests.ts';
import { LocalTests } from './failover/local-tests.ts';
import { type Clock, Clock as SystemClock, systemClocks } from './host/clock.ts';
import { chooseInterfaces } from './host/interfaces.ts';
import { Journal } from './host/journal.ts';
import { type CaptureEvent, LiveCapture } from './host/live-capture.ts';
import type { Log } from './host/log.ts';
import { releaseUnusedMemory } from './host/memory.ts';
import { TokenFile } from './host/token-file.ts';
import type { KubernetesEvents } from './kubernetes-events.ts';
import type { KubernetesIntent, OwnPod } from './kubernetes-intent.ts';
import type { IpAddress } from './net/address.ts';
import type { Claim } from './net/claim.ts';
import type { Link } from './net/frame.ts';
import { type IpRange, parseRange } from './net/range.ts';
import { MILLISECOND, MINUTE, type Micros, SECOND, toIso } from './net/time.ts';
import { ownInterfaces } from './own-interfaces.ts';
import type { FailoverTest } from './probe/failover-test.ts';
import { Prober } from './probe/prober.ts';
import type { Probe, ProbeSource } from './probe/question.ts';
import { ServiceProber } from './probe/service-prober.ts';
import { ProbeTargets } from './probe-targets.ts';
import type { Authorizer } from './serve/authorization.ts';
import { logEvent, logTest } from './serve/event-log.ts';
import { IntentLog } from './serve/intent-log.ts';
import { EXPENDABLE_ROWS, StateKeeper } from './serve/saved-state.ts';
import type { Sources } from './serve/sources.ts';
import { ServiceGaps } from './service-gaps.ts';
import type { Serving } from './serving.ts';
import { type Segment, segmentName } from './watch/segment.ts';
import { MAX_PROBES_PER_SECOND, STEADY_PROBES_PER_SECOND, settingsFor } from './watch/settings.ts';
import type { WatchEvent } from './watch/view.ts';
import { Watcher } from './watch/watcher.ts';

/** What happens together is written together; nothing waits longer than this. */
const SAVE_EVENTS_EVERY = 100 * MILLISECOND;
const SAVE_CLAIMS_EVERY = SECOND;
/** Each takes a few milliseconds; what a flood left unsaved beyond that is let go. */
const LAST_SAVES = 50;
const HEARTBEAT_EVERY = 15 * SECOND;
/** What a start, a list or a scrape has left behind. */
const RELEASE_EVERY = MINUTE;
/** Addresses come and go without the link noticing. */
const LOOK_AT_ADDRESSES_EVERY = 5 * SECOND;
const LONGEST_SLEEP = 60 * SECOND;
/** Objects of the Kubernetes API come in bursts: the watcher is told of what they mean together. */
const GATHER_CHANGES = 100 * MILLISECOND;
/** Of a very large cluster, whose intent takes long to make: for longer, so that this takes no more of the time than so. */
const INTENT_SHARE = 0.1;
const GATHER_AT_MOST = 500 * MILLISECOND;

const UNTROUBLED = { problems: [], doubts: [], skipped: [] };

/** What a Pod is told of its cluster; of no matter where the intent is static. */
export interface InCluster {
  readonly apiServer: { readonly host: string; readonly port: string };
  readonly pod: OwnPod | null;
}

export class Daemon {
  readonly #config: Config;
  readonly #log: Log['logger'];
  readonly #clock: Clock;
  readonly #journal: Journal;
  readonly #state: StateKeeper;
  readonly #watcher: Watcher;
  readonly #prober: Prober;
  readonly #targets: ProbeTargets;
  readonly #serviceProber: ServiceProber;
  readonly #serviceGaps: ServiceGaps;
  readonly #sources: Sources;
  readonly #startedAt: Micros;
  readonly #inCluster: InCluster;
  readonly #intentLog: IntentLog;
  /** In force; null before it is known for the first time. */
  #intent: Intent | null = null;
  #kubernetes: KubernetesIntent | undefined;
  #tests: LocalTests | KubernetesTests | null = null;
  #clusterTests: KubernetesTests | undefined;
  #capture: LiveCapture | undefined;
  #serving: Serving | undefined;
  #alerting: Alerting | undefined;
  #events: KubernetesEvents | undefined;
  /** What happened before it could be served. */
  #early: WatchEvent[] = [];
  #own: { readonly ownAddresses: readonly IpAddress[]; readonly sources: readonly ProbeSource[] } = {
    ownAddresses: [],
    sources: [],
  };
  /** How many VIPs. */
  #asksFor = 0;
  #linkOfDevice = new Map<string, Link>();
  /** By the name of the segment that it reaches. */
  #deviceOf = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;
  #timerAt: Micros = Number.POSITIVE_INFINITY;
  #eventsToSave = false;
  #framesToSave = false;
  #saveEventsAt: Micros;
  #saveClaimsAt: Micros;
  #heartbeatAt: Micros;
  #releaseAt: Micros;
  #gatherFor: Micros = GATHER_CHANGES;
  #addressesAt: Micros = 0;
  #gatheredAt: Micros = Number.POSITIVE_INFINITY;

  /** Opens the journal and restores what it holds. */
  constructor(config: Config, log: Log['logger'], inCluster: InCluster) {
    this.#inCluster = inCluster;
    this.#intentLog = new IntentLog(log);
    this.#config = config;
    this.#log = log;
    this.#clock = new SystemClock(systemClocks(), (step) =>
      log.warn({ seconds: step / SECOND }, 'The wall clock was set; times measured so far are unharmed'),
    );
    const now = this.#clock.now();
    const iso = (at: Micros) => toIso(this.#clock.toWall(at));
    this.#startedAt = now;
    this.#saveEventsAt = now;
    this.#saveClaimsAt = now;
    this.#heartbeatAt = now + HEARTBEAT_EVERY;
    this.#releaseAt = now + RELEASE_EVERY;

    this.#journal = new Journal({
      ...config.journal,
      expendable: EXPENDABLE_ROWS,
      now,
      warn: (message) => log.warn({ event: 'journal' }, message),
    });
    this.#state = new StateKeeper(this.#journal);
    this.#prober = new Prober({
      interval: config.probe.interval,
      maxPerSecond: MAX_PROBES_PER_SECOND,
      steadyPerSecond: STEADY_PROBES_PER_SECOND,
      onRoundTrip: (seconds) => this.#serving?.observeProbe(seconds),
      onHastened: (vip, until) => this.#serviceProber.hasten(vip, until),
    });
    this.#serviceProber = new ServiceProber({
      probing: config.probe.services,
      interval: config.probe.interval,
      secret: randomBytes(32),
      vip: (address) => this.#watcher.vip(address),
    });
    this.#serviceGaps = new ServiceGaps({
      prober: this.#serviceProber,
      deviceOf: (segment) => this.#deviceOf.get(segment.name),
      onMeasured: (takeover, gap, at) => this.#tell(this.#watcher.setServiceGap(takeover, gap, at)),
    });
    this.#watcher = new Watcher({
      dhcp: config.dhcp,
      settings: { maxGap: config.failover.maxGap },
      noise: config.findings,
      onAnswer: (claim, segment, at) => this.#onAnswer(claim, segment, at),
      onServiceAnswer: (answer) => this.#sendForService(this.#serviceProber.answered(answer, answer.at)),
    });
    this.#targets = new ProbeTargets(this.#watcher);
    const startedAt = now / SECOND - process.uptime();
    this.#sources = {
      view: this.#watcher,
      probes: this.#prober,
      serviceProbes: this.#serviceProber,
      now: () => this.#clock.now(),
      iso,
      interfaces: () =>
        (this.#capture?.counters() ?? []).map(({ interface: name, up, dropped }) => ({ name, up, dropped })),
      intent: () =>
        this.#kubernetes?.health(this.#clusterTests?.problem()) ?? {
          ...UNTROUBLED,
          confirmedAt: this.#intent === null ? null : now,
        },
      kubernetesRequests: () => this.#kubernetes?.requests() ?? [],
      kubernetesEvents: () => this.#events?.counts() ?? [],
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
    this.#restore(now);
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
      hasten: (vip, until) => this.#prober.hasten(vip, until),
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
      handler: (frame) => {
        const events = this.#watcher.frame(frame);
        if (events.length > 0) this.#tell(events);
      },
      onBatch: () => {
        this.#framesToSave = true;
        this.#arm();
      },
      onChange: (event) => this.#onInterface(event),
      onError: (error) => this.#log.error({ err: error }, 'Cannot list the interfaces'),
    });
    await this.#openAlerting();
    await this.#askKubernetes();
    this.#arm();
    // Loaded last: the capture is open by now, and the kernel keeps what comes meanwhile.
    const { startServing } = await import('./serving.ts');
    const serving = await startServing({
      sources: this.#sources,
      http: this.#config.http,
      failover: { tests: this.#tests, authorizer: await this.#authorizer() },
      startedAt: this.#startedAt,
      onError: (error, path) => this.#log.error({ err: error, path }, 'An error of our own while answering'),
    });
    serving.tell(this.#early);
    this.#early = [];
    this.#serving = serving;
    const interfaces = this.#capture.captured().map(({ info }) => info.name);
    const { address } = this.#config.http;
    const url = `http://${address.includes(':') ? `[${address}]` : address}:${serving.port}`;
    this.#log.info(
      { version: VERSION, interfaces, vips: this.#intent?.vips.length ?? null, url },
      'Watching',
    );
    if (interfaces.length === 0) {
      this.#log.warn(
        { wanted: this.#config.interfaces },
        'No interface to capture on yet: waiting for one to come up',
      );
    }
    releaseUnusedMemory();
    this.#arm();
  }

  /** Stops everything and writes what is still to be written. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timerAt = Number.NEGATIVE_INFINITY; // nothing arms it again
    this.#clusterTests?.stop();
    this.#kubernetes?.stop();
    this.#alerting?.stop();
    this.#events?.stop();
    await this.#capture?.close();
    const now = this.#clock.now();
    for (let round = 0; round < LAST_SAVES; round += 1) {
      this.#saveEvents(now);
      this.#saveClaims(now);
      if (!this.#eventsToSave && !this.#framesToSave) break;
    }
    this.#journal.close(now);
    await this.#serving?.close();
  }

  #restore(now: Micros): void {
    const { state, skipped } = this.#state.load(now);
    this.#watcher.restore(state, now);
    const { leases, claims, findings, takeovers } = state;
    if (skipped > 0) this.#log.warn({ skipped }, 'Rows of the journal that cannot be read were left out');
    this.#log.info(
      {
        leases: leases.length,
        claims: claims.length,
        findings: findings.length,
        takeovers: takeovers.length,
      },
      'Journal read',
    );
  }

  #tell(events: readonly WatchEvent[]): void {
    if (events.length === 0) return;
    for (const event of events) {
      logEvent(this.#log, event, this.#sources.iso);
      if (event.type === 'takeover') this.#serviceGaps.takeover(event.takeover, this.#clock.now());
      if (event.type === 'service-gap') this.#tests?.takeover(event.takeover, this.#clock.now());
    }
    if (this.#serving) this.#serving.tell(events);
    else this.#early.push(...events);
    this.#alerting?.tell(events);
    this.#events?.tell(events);
    this.#eventsToSave = true;
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
    this.#addressesAt = 0;
    this.#arm();
  }

  /** Sleeps until the first of all that waits for time. */
  #arm(): void {
    const at = Math.min(
      this.#watcher.nextAt(),
      this.#prober.nextAt(),
      this.#serviceProber.nextAt(),
      this.#serviceGaps.nextAt(),
      this.#eventsToSave ? this.#saveEventsAt : Number.POSITIVE_INFINITY,
      this.#framesToSave ? this.#saveClaimsAt : Number.POSITIVE_INFINITY,
      this.#heartbeatAt,
      this.#releaseAt,
      this.#addressesAt,
      this.#gatheredAt,
      this.#tests?.nextAt() ?? Number.POSITIVE_INFINITY,
    );
    if (at >= this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    const wait = Math.min(Math.max(at - this.#clock.now(), 0), LONGEST_SLEEP);
    this.#timer = setTimeout(() => this.#wake(), Math.ceil(wait / MILLISECOND));
  }

  #wake(): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    this.#watcher.setAhead(this.#clock.toWall(0));
    if (this.#kubernetes) this.#watcher.setConfirmed(this.#kubernetes.confirmedAt() ?? now);
    this.#tell(this.#watcher.tick(now));
    if (now >= this.#gatheredAt) this.#lookAtKubernetes(now);
    if (now >= this.#addressesAt) this.#lookAtAddresses(now);
    this.#serviceGaps.tick(now);
    this.#tests?.tick(now);
    this.#probe(now);
    if (this.#eventsToSave && now >= this.#saveEventsAt) this.#saveEvents(now);
    if (this.#framesToSave && now >= this.#saveClaimsAt) {
      this.#saveEvents(now);
      this.#saveClaims(now);
    }
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

  #probe(now: Micros): void {
    for (const { target, device, frame } of this.#prober.due(now)) {
      const link = this.#linkOfDevice.get(device);
      // Before it is sent: the answer may be there before the call returns.
      const askedAt = this.#clock.now();
      if (link === undefined || this.#capture?.send(link, frame) !== 'sent') this.#prober.notSent(target);
      else {
        this.#prober.sent(target, askedAt);
        this.#watcher.asked(target, link, askedAt);
      }
    }
    const unsent = this.#sendForService(this.#serviceProber.due(now));
    for (const { target } of unsent) this.#serviceProber.notSent(target);
  }

  /** Returns what could not be sent. */
  #sendForService(probes: readonly Probe[]): Probe[] {
    return probes.filter(({ device, frame }) => {
      const link = this.#linkOfDevice.get(device);
      return link === undefined || this.#capture?.send(link, frame) !== 'sent';
    });
  }

  #onAnswer({ ip, mac, kind }: Claim, segment: Segment, at: Micros): void {
    this.#prober.seen(ip, mac, at);
    const device = this.#deviceOf.get(segment.name);
    if (device !== undefined) this.#serviceProber.seen(ip, device, mac, kind, at);
  }

  #lookAtAddresses(now: Micros): void {
    this.#addressesAt = now + LOOK_AT_ADDRESSES_EVERY;
    const captured = this.#capture?.captured() ?? [];
    this.#linkOfDevice = new Map(captured.map(({ info, link }) => [info.name, link]));
    this.#deviceOf = new Map(captured.map(({ info, link }) => [segmentName(link), info.name]));
    const sources = captured.flatMap(({ info }): ProbeSource[] => {
      if (info.mac === null || !info.running) return [];
      const addresses = info.addresses.map(({ ip, prefixLength }) => ({
        ip,
        network: parseRange(`${ip}/${prefixLength}`) as IpRange,
      }));
      return [{ device: info.name, mac: info.mac, addresses }];
    });
    this.#prober.setSources(sources);
    this.#serviceProber.setSources(sources);
    const own = this.#capture?.interfaces() ?? [];
    const ownAddresses = own.flatMap(({ addresses }) => addresses.map(({ ip }) => ip));
    this.#own = { ownAddresses, sources };
    this.#watcher.setOwnInterfaces({ addresses: ownAddresses, macs: own.flatMap(({ mac }) => mac ?? []) });
    this.#setTargets(now);
    this.#kubernetes?.publish(ownInterfaces(this.#capture?.interfaces() ?? [], captured));
  }

  #setTargets(now: Micros): void {
    if (this.#intent === null) return;
    const isShared = this.#config.kubernetes !== null;
    const { vips, others } = this.#targets.of({ intent: this.#intent, isShared, ...this.#own }, now);
    this.#prober.setTargets(vips, others, now);
    this.#serviceProber.setShare(new Set(vips));
    if (vips.length === this.#asksFor) return;
    this.#asksFor = vips.length;
    this.#watcher.setSettings(settingsFor(this.#config.probe.interval, vips.length));
  }

  #setIntent(intent: Intent, now: Micros): void {
    const isFirst = this.#intent === null;
    this.#intent = intent;
    // Before it is judged by this intent: what is over by then was told by an Event, and is to be taken back.
    if (isFirst) this.#events?.resume(this.#watcher.findings());
    this.#tell(this.#watcher.setIntent(intent, now));
    // What the journal brought back, as far as it holds by this intent.
    if (isFirst) this.#alerting?.resume(this.#watcher.findings());
    this.#setTargets(now);
  }

  async #openAlerting(): Promise<void> {
    const { alertmanager } = this.#config;
    if (alertmanager === null) return;
    const { Alerting } = await import('./alerting.ts');
    const { iso, now } = this.#sources;
    this.#alerting = new Alerting({ config: alertmanager, log: this.#log, iso, now });
    if (this.#intent !== null) this.#alerting.resume(this.#watcher.findings());
  }

  /** Only here is the client loaded: a static intent doesn't pay for it. */
  async #askKubernetes(): Promise<void> {
    const { kubernetes } = this.#config;
    if (kubernetes === null) return;
    const { KubernetesIntent } = await import('./kubernetes-intent.ts');
    const events = await this.#eventsWriter(kubernetes);
    this.#kubernetes = new KubernetesIntent({
      ...kubernetes,
      ...this.#inCluster,
      now: () => this.#clock.now(),
      onChange: () => this.#gatherChanges(this.#clock.now() + this.#gatherFor),
    });
    this.#gatherChanges(this.#kubernetes.nextAt());
    this.#events = events?.(this.#kubernetes);
    this.#clusterTests = await this.#testFailover(this.#kubernetes);
    this.#tests = this.#clusterTests ?? null;
  }

  /** Loaded before the intent can be known, so that no finding is missed. Undefined: no Events are written. */
  async #eventsWriter({ events, metallbNamespace }: KubernetesConfig) {
    const { pod: ownPod } = this.#inCluster;
    if (!events) return undefined;
    if (ownPod === null) {
      this.#log.info(
        { event: 'kubernetes-events' },
        'No Events are written for findings: agents know each other by their Pods, and this one has none',
      );
      return undefined;
    }
    const { KubernetesEvents } = await import('./kubernetes-events.ts');
    const { now, iso } = this.#sources;
    return (kubernetes: KubernetesIntent) =>
      new KubernetesEvents({
        kubernetes,
        ownPod,
        metallbNamespace,
        intent: () => this.#intent ?? EMPTY_INTENT,
        isMine: (ip) => this.#targets.asksFor(ip),
        now,
        iso,
        log: this.#log,
      });
  }

  /** Nobody tests where no mode is enabled, or this agent has no Pod to be known by. */
  async #testFailover(kubernetes: KubernetesIntent): Promise<KubernetesTests | undefined> {
    const { failoverTest } = this.#config;
    const { pod } = this.#inCluster;
    if (pod === null || failoverTest.modes.length === 0) return undefined;
    const { KubernetesTests } = await import('./failover/kubernetes-tests.ts');
    const { now, iso } = this.#sources;
    return new KubernetesTests({
      ...failoverTest,
      ownPod: pod,
      knowledge: { kubernetes, watcher: this.#watcher, prober: this.#prober, now },
      iso,
      onChange: () => this.#arm(),
      onTest: (test) => this.#tellTest(test),
      onTrouble: (message) => this.#log.warn({ event: 'failover-test' }, message),
    });
  }

  /** The cluster says who may change something; without one, the token file. Null: nobody may. */
  async #authorizer(): Promise<Authorizer | null> {
    if (this.#kubernetes) return this.#kubernetes.review;
    const { tokenFile } = this.#config.http;
    if (tokenFile === null) return null;
    const tokens = new TokenFile(tokenFile);
    const problem = await tokens.problem();
    if (problem !== null) this.#log.error({ event: 'token-file' }, `Nobody can ask for changes: ${problem}`);
    return tokens;
  }

  #gatherChanges(until: Micros): void {
    this.#gatheredAt = Math.min(this.#gatheredAt, until);
    this.#arm();
  }

  #lookAtKubernetes(now: Micros): void {
    const kubernetes = this.#kubernetes!;
    // Room for all VIPs, which are made at once.
    if (this.#intent === null && kubernetes.isWhole()) releaseUnusedMemory();
    const intent = kubernetes.intent();
    this.#gatheredAt = kubernetes.nextAt();
    if (this.#gatheredAt <= now) this.#gatheredAt = now + this.#gatherFor;
    if (intent !== null && intent !== this.#intent) {
      if (this.#intent === null)
        this.#log.info(
          { vips: intent.vips.length, nodes: intent.nodes.length },
          'Intent read from Kubernetes',
        );
      this.#setIntent(intent, now);
      const cost = this.#clock.now() - now;
      this.#gatherFor = Math.min(Math.max(GATHER_CHANGES, cost / INTENT_SHARE), GATHER_AT_MOST);
    }
    this.#intentLog.tell(kubernetes.health());
  }

  #saveEvents(now: Micros): void {
    this.#saveEventsAt = now + SAVE_EVENTS_EVERY;
    this.#eventsToSave = this.#state.saveEvents(this.#watcher, now, this.#clock.toWall(now) - now);
  }

  #saveClaims(now: Micros): void {
    this.#saveClaimsAt = now + SAVE_CLAIMS_EVERY;
    this.#framesToSave = this.#state.saveClaims(this.#watcher, now, this.#clock.toWall(now) - now);
    this.#journal.flush(now);
  }
}
