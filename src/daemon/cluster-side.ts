// Joins what an agent does in a cluster besides watching the LAN: it reads what is intended, runs failover tests and writes
// Events. Loaded only where intent comes from Kubernetes: a static intent does not pay for it.

import { KubernetesEvents } from '../alert/events/writer.ts';
import { type IsoTime, MILLISECOND, type Micros } from '../base/time.ts';
import type { IntentHealth } from '../cluster/health.ts';
import { KubernetesIntent, type OwnPod } from '../cluster/reader.ts';
import type { Config, KubernetesConfig } from '../config/config.ts';
import { KubernetesTests } from '../failover/cluster/tests.ts';
import type { FailoverTest } from '../failover/failover-test.ts';
import type { InterfaceInfo } from '../host/capture/interfaces.ts';
import type { CapturedInterface } from '../host/capture/live-capture.ts';
import type { Clock } from '../host/clock.ts';
import type { Log } from '../host/log.ts';
import { releaseUnusedMemory } from '../host/memory.ts';
import { EMPTY_INTENT, type Intent } from '../intent/intent.ts';
import type { Probing } from '../probe/probing.ts';
import { IntentLog } from '../serve/render/intent-log.ts';
import type { WatchEvent } from '../watch/view.ts';
import type { Watcher } from '../watch/watcher.ts';
import { ownInterfaces } from './own-interfaces.ts';

/** What a Pod is told of its cluster; of no matter where the intent is static. */
export interface InCluster {
  readonly apiServer: { readonly host: string; readonly port: string };
  readonly pod: OwnPod | null;
  /** Its own, by the name that the cluster gives it; null where nobody told. */
  readonly node: string | null;
}

interface ClusterSideOptions {
  readonly config: KubernetesConfig;
  readonly failoverTest: Config['failoverTest'];
  readonly inCluster: InCluster;
  readonly log: Log['logger'];
  readonly clock: Clock;
  readonly iso: IsoTime;
  readonly watcher: Watcher;
  readonly probing: Probing;
  readonly onIntent: (intent: Intent, now: Micros) => void;
  readonly onTest: (test: FailoverTest) => void;
  /** `nextAt` may be sooner than it was. */
  readonly onSooner: () => void;
}

/** Objects come in bursts: the watcher is told of what they mean together. */
const GATHER_CHANGES = 100 * MILLISECOND;
/** Of a very large cluster, whose intent takes long to make: for longer, so that this takes no more of the time than so. */
const INTENT_SHARE = 0.1;
const GATHER_AT_MOST = 500 * MILLISECOND;

export class ClusterSide {
  readonly kubernetes: KubernetesIntent;
  readonly tests: KubernetesTests | null;
  readonly #options: ClusterSideOptions;
  readonly #events: KubernetesEvents | undefined;
  readonly #intentLog: IntentLog;
  /** In force; null before it is known for the first time. */
  #intent: Intent | null = null;
  #gatheredAt: Micros = Number.POSITIVE_INFINITY;
  #gatherFor: Micros = GATHER_CHANGES;

  /** Asks the API at once. @throws KubeconfigError */
  constructor(options: ClusterSideOptions) {
    this.#options = options;
    const { config, inCluster, clock, log } = options;
    this.#intentLog = new IntentLog(log);
    this.kubernetes = new KubernetesIntent({
      ...config,
      ...inCluster,
      now: () => clock.now(),
      onChange: () => this.#gather(clock.now() + this.#gatherFor),
    });
    this.#gather(this.kubernetes.nextAt());
    this.#events = this.#writeEvents();
    this.tests = this.#testFailover();
  }

  health(): IntentHealth {
    return this.kubernetes.health(this.tests?.problem());
  }

  eventCounts() {
    return this.#events?.counts() ?? [];
  }

  tell(events: readonly WatchEvent[]): void {
    this.#events?.tell(events);
  }

  /** Tells the other agents of this node's interfaces. */
  publish(all: readonly InterfaceInfo[], captured: readonly CapturedInterface[]): void {
    this.kubernetes.publish(ownInterfaces(all, captured));
  }

  nextAt(): Micros {
    return Math.min(this.#gatheredAt, this.#intentLog.nextAt());
  }

  tick(now: Micros): void {
    const { watcher } = this.#options;
    watcher.setConfirmed(this.kubernetes.confirmedAt() ?? now);
    if (now >= this.#gatheredAt) this.#look(now);
    else if (now >= this.#intentLog.nextAt()) this.#intentLog.tell(this.kubernetes.health(), now);
  }

  stop(): void {
    this.tests?.stop();
    this.kubernetes.stop();
    this.#events?.stop();
  }

  #gather(until: Micros): void {
    this.#gatheredAt = Math.min(this.#gatheredAt, until);
    this.#options.onSooner();
  }

  #look(now: Micros): void {
    const { kubernetes } = this;
    // Room for all VIPs, which are made at once.
    if (this.#intent === null && kubernetes.isWhole()) releaseUnusedMemory();
    const intent = kubernetes.intent();
    this.#gatheredAt = kubernetes.nextAt();
    if (this.#gatheredAt <= now) this.#gatheredAt = now + this.#gatherFor;
    if (intent !== null && intent !== this.#intent) this.#take(intent, now);
    this.#intentLog.tell(kubernetes.health(), now);
  }

  #take(intent: Intent, now: Micros): void {
    const { clock, log, watcher, onIntent } = this.#options;
    const isFirst = this.#intent === null;
    this.#intent = intent;
    if (isFirst) {
      const { vips, nodes } = intent;
      log.info({ vips: vips.length, nodes: nodes.length }, 'Intent read from Kubernetes');
      // Before it is judged by this intent: what is over by then was told by an Event, and is to be taken back.
      this.#events?.resume(watcher.findings());
    }
    onIntent(intent, now);
    const cost = clock.now() - now;
    this.#gatherFor = Math.min(Math.max(GATHER_CHANGES, cost / INTENT_SHARE), GATHER_AT_MOST);
  }

  #writeEvents(): KubernetesEvents | undefined {
    const { config, inCluster, log, clock, iso, probing } = this.#options;
    if (!config.events) return undefined;
    if (inCluster.pod === null) {
      log.info(
        { event: 'kubernetes-events' },
        'No Events are written for findings: agents know each other by their Pods, and this agent has no Pod',
      );
      return undefined;
    }
    return new KubernetesEvents({
      kubernetes: this.kubernetes,
      ownPod: inCluster.pod,
      metallbNamespace: config.metallbNamespace,
      intent: () => this.#intent ?? EMPTY_INTENT,
      isMine: (ip) => probing.asksFor(ip),
      now: () => clock.now(),
      iso,
      log,
    });
  }

  /** Nobody tests where no mode is enabled, or this agent has no Pod to be known by. */
  #testFailover(): KubernetesTests | null {
    const { failoverTest, inCluster, log, clock, iso, watcher, probing, onSooner, onTest } = this.#options;
    if (inCluster.pod === null || failoverTest.modes.length === 0) return null;
    const now = () => clock.now();
    return new KubernetesTests({
      ...failoverTest,
      ownPod: inCluster.pod,
      knowledge: { kubernetes: this.kubernetes, watcher, probing, now },
      iso,
      onChange: onSooner,
      onTest,
      onTrouble: (message) => log.warn({ event: 'failover-test' }, message),
    });
  }
}
