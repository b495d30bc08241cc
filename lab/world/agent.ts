// A vipwatch agent on a node, which may be stalled, die and be started again.
import type { Micros } from '../../src/base/time.ts';
import { type Config, checkConfig } from '../../src/config/config.ts';
import type { Watching } from '../../src/daemon/watching.ts';
import { AgentLife, type LifeOptions } from './agent-life.ts';
import type { Frame } from './frame.ts';
import type { Card, Listener } from './host.ts';
import { MemoryJournal } from './memory-journal.ts';

export interface AgentOptions extends Pick<LifeOptions, 'world' | 'host' | 'cluster' | 'onEvent'> {
  /** As written in the configuration file, without the intent, which comes from the API. */
  readonly config: object;
  /** How much its wall clock is ahead. */
  readonly clockAhead: Micros;
}

export class Agent implements Listener {
  readonly name: string;
  #journal = new MemoryJournal();
  readonly #options: AgentOptions;
  readonly #config: Config;
  #clockAhead: Micros;
  #lives = 0;
  #life: AgentLife | null = null;

  constructor(options: AgentOptions) {
    this.name = options.host.name;
    this.#options = options;
    this.#clockAhead = options.clockAhead;
    this.#config = checkConfig(options.config, 'the world', { insideCluster: true });
    options.host.listeners.add(this);
  }

  /** Null while it does not run. */
  get watching(): Watching | null {
    return this.#life?.watching ?? null;
  }

  /** Rows that its journal holds. */
  get rows(): number {
    return this.#journal.size;
  }

  get state(): 'down' | 'running' | 'stalled' {
    return this.#life?.state ?? 'down';
  }

  /** By its own clock. */
  get now(): Micros | null {
    return this.#life?.now() ?? null;
  }

  start(): void {
    const { host, cluster, world } = this.#options;
    if (this.#life || !host.powered) return;
    this.#lives += 1;
    this.#life = new AgentLife({
      ...this.#options,
      config: this.#config,
      journal: this.#journal,
      random: world.random.fork(`agent ${this.name} ${this.#lives}`),
      realtime: () => world.queue.now + this.#clockAhead,
      listener: this,
    });
    cluster.agentState(this.name, true);
  }

  /** SIGKILL: what is not saved by now is lost. */
  crash(): void {
    this.#end();
  }

  /** SIGTERM: it saves what it knows. */
  stop(): void {
    this.#life?.watching.saver.stop();
    this.#end();
  }

  /** The next start finds an empty journal. */
  loseDisk(): void {
    this.#journal = new MemoryJournal();
  }

  /** As by SIGSTOP, or while it waits for a disk. */
  stall(): void {
    this.#life?.stall();
  }

  goOn(): void {
    this.#life?.goOn();
  }

  /** Somebody sets the wall clock. */
  stepClock(by: Micros): void {
    this.#clockAhead += by;
  }

  /** The API is late, for this agent alone. */
  setApiLate(late: Micros): void {
    if (this.#life) this.#life.api.late = late;
  }

  /** A cable was pulled, or an address is another. */
  interfacesChanged(): void {
    this.#life?.interfacesChanged();
  }

  frame(frame: Frame, card: Card): void {
    this.#life?.take(frame.bytes, card, false);
  }

  sent(bytes: Uint8Array, card: Card): void {
    this.#life?.take(bytes, card, true);
  }

  #end(): void {
    if (!this.#life) return;
    this.#life.end();
    this.#life = null;
    this.#options.cluster.agentState(this.name, false);
  }
}
