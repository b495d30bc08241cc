// An agent's process, from one start to its end: the very code of the daemon, with the world's clock, timers, card, API and disk
// in place of the machine's.
import { MILLISECOND, type Micros, SECOND } from '../../src/base/time.ts';
import { writeInterfaces } from '../../src/cluster/objects/agent.ts';
import type { Config } from '../../src/config/config.ts';
import { ownInterfaces } from '../../src/daemon/own-interfaces.ts';
import { Schedule } from '../../src/daemon/schedule.ts';
import { joinWatching, readingFrames, type Watching } from '../../src/daemon/watching.ts';
import { Clock } from '../../src/host/clock.ts';
import type { Intent } from '../../src/intent/intent.ts';
import { type CapturedFrame, emptyFrame } from '../../src/net/frame.ts';
import type { ProbeCapture } from '../../src/probe/probing.ts';
import type { WatchEvent } from '../../src/watch/view.ts';
import type { Cluster } from './cluster.ts';
import { ApiWatch } from './cluster-api.ts';
import type { Card, Host, Listener } from './host.ts';
import { interfaceOf, slavesOf } from './interfaces.ts';
import type { MemoryJournal } from './memory-journal.ts';
import type { Surroundings } from './surroundings.ts';

export interface LifeOptions {
  readonly world: Surroundings;
  readonly host: Host;
  readonly cluster: Cluster;
  readonly config: Config;
  readonly journal: MemoryJournal;
  readonly random: Surroundings['random'];
  readonly realtime: () => Micros;
  readonly listener: Listener;
  /** Told of every event at the time that it really is. */
  readonly onEvent: (event: WatchEvent, at: Micros) => void;
}

/** As ClusterSide gathers changes. */
const GATHER_CHANGES = 100 * MILLISECOND;
const NO_LOG = { info: () => {}, warn: () => {} };
/** The ring has room for far more than comes in a world; what is beyond is lost, the newest first. */
const RING = 20_000;

interface Waiting {
  readonly frame: Uint8Array;
  readonly card: Card;
  readonly realtime: Micros;
  readonly outgoing: boolean;
}

export class AgentLife {
  readonly watching: Watching;
  readonly api: ApiWatch;
  readonly #options: LifeOptions;
  readonly #clock: Clock;
  readonly #schedule: Schedule;
  readonly #reading: ReturnType<typeof readingFrames>;
  readonly #captured: CapturedFrame;
  /** What came while it was stalled. */
  readonly #ring: Waiting[] = [];
  #timersDue: (() => void)[] = [];
  #state: 'running' | 'stalled' | 'over' = 'running';
  #intent: Intent | null = null;
  #gatheredAt: Micros = Number.POSITIVE_INFINITY;

  constructor(options: LifeOptions) {
    this.#options = options;
    const { world, config, journal, random, realtime, cluster, host } = options;
    const bootedAt = world.queue.now - 100 * SECOND;
    this.#clock = new Clock({ realtime, monotonic: () => world.queue.now - bootedAt });
    const clock = this.#clock;
    this.#schedule = new Schedule({ now: () => clock.now(), wait: (run, time) => this.#wait(run, time) });
    this.watching = joinWatching({
      config,
      hasPeers: true,
      clock,
      log: NO_LOG,
      schedule: this.#schedule,
      journal,
      secret: random.bytes(32),
      startedAt: clock.now(),
      onRoundTrip: () => {},
      onInterfaces: (all, captured) =>
        cluster.publish(host.name, writeInterfaces(ownInterfaces(all, captured))),
    });
    this.#reading = readingFrames(this.watching, this.#schedule);
    this.#captured = emptyFrame({ interface: host.card.name, vlan: null });
    this.watching.probing.through(this.#capture());
    this.#schedule.join('log', { observe: (event) => options.onEvent(event, world.queue.now) });
    this.#schedule.join('capture', { catchUp: () => this.#readRing() });
    this.api = new ApiWatch({
      api: cluster.api,
      queue: world.queue,
      random: random.fork('api'),
      onChange: () => this.#gather(),
    });
    this.#schedule.join('cluster', { nextAt: () => this.#gatheredAt, tick: (now) => this.#lookAtApi(now) });
    this.#schedule.arm();
  }

  get state(): 'running' | 'stalled' {
    return this.#state === 'stalled' ? 'stalled' : 'running';
  }

  now(): Micros {
    return this.#clock.now();
  }

  take(frame: Uint8Array, card: Card, outgoing: boolean): void {
    if (this.#ring.length < RING)
      this.#ring.push({ frame, card, realtime: this.#options.realtime(), outgoing });
    if (this.#state === 'running') this.#readRing();
  }

  stall(): void {
    if (this.#state === 'running') this.#state = 'stalled';
  }

  goOn(): void {
    if (this.#state !== 'stalled') return;
    this.#state = 'running';
    const due = this.#timersDue;
    this.#timersDue = [];
    for (const run of due) run();
    this.#readRing();
  }

  interfacesChanged(): void {
    this.watching.probing.interfacesChanged();
    if (this.#state === 'running') this.#schedule.arm();
  }

  end(): void {
    this.#state = 'over';
    this.api.stop();
  }

  #readRing(): void {
    if (this.#ring.length === 0) return;
    this.#clock.check();
    this.#reading.onReading();
    const captured = this.#captured;
    for (const { frame, card, realtime, outgoing } of this.#ring.splice(0)) {
      captured.bytes = frame;
      captured.end = frame.length;
      captured.wireLength = frame.length;
      captured.at = this.#clock.fromKernel(realtime);
      captured.link = { interface: card.name, vlan: null };
      captured.outgoing = outgoing;
      this.#reading.handler(captured);
    }
    this.#reading.onBatch();
  }

  /** As setTimeout: whole milliseconds, and a little late. */
  #wait(run: () => void, time: Micros): () => void {
    const { world, random } = this.#options;
    const wanted = Math.max(1, Math.ceil(time / MILLISECOND)) * MILLISECOND;
    const timer = world.queue.after(wanted + random.between(20, 300), () => {
      if (this.#state === 'running') run();
      else if (this.#state === 'stalled') this.#timersDue.push(run);
    });
    return () => {
      timer.cancel();
      this.#timersDue = this.#timersDue.filter((due) => due !== run);
    };
  }

  #gather(): void {
    this.#gatheredAt = Math.min(this.#gatheredAt, this.#clock.now() + GATHER_CHANGES);
    if (this.#state === 'running') this.#schedule.arm();
  }

  #lookAtApi(now: Micros): void {
    const { watcher, probing } = this.watching;
    const { confirmedAt, state } = this.api;
    const { queue } = this.#options.world;
    watcher.setConfirmed(confirmedAt === null ? now : now - (queue.now - confirmedAt));
    if (now < this.#gatheredAt) return;
    this.#gatheredAt = Number.POSITIVE_INFINITY;
    const intent = state.intent();
    if (intent === this.#intent) return;
    this.#intent = intent;
    this.#schedule.tell(watcher.setIntent(intent, now));
    probing.setIntent(intent, now);
  }

  #capture(): ProbeCapture {
    const { host, listener } = this.#options;
    return {
      send: (link, bytes) => {
        const card = host.cards.find(({ name }) => name === link.interface);
        if (!card) return 'no-such-interface';
        host.send(card, bytes, listener);
        return 'sent';
      },
      interfaces: () => [...host.cards.map(interfaceOf), ...host.cards.flatMap(slavesOf)],
      captured: () =>
        host.cards.map((card, place) => ({
          info: interfaceOf(card, place),
          link: { interface: card.name, vlan: null },
        })),
    };
  }
}
