// Follows the agent: all is read as a whole, then again where an event says that it is another.
import type { Part } from './known.ts';
import { Reading } from './reading.ts';

/** What the first look needs comes first. */
const ORDER: readonly (readonly Part[])[] = [
  ['summary', 'findings', 'vips', 'segments'],
  ['pools', 'nodes', 'ranges', 'servers', 'leases', 'takeovers'],
  ['claims', 'tests', 'checks'],
];

/** In milliseconds: what else is read again after so long, though no event tells of it. */
const READ_AGAIN: readonly (readonly [Part, number])[] = [
  ['summary', 5_000],
  ['vips', 5_000],
  ['findings', 15_000],
  ['claims', 20_000],
  ['servers', 30_000],
  ['leases', 30_000],
  ['pools', 30_000],
  ['nodes', 30_000],
  ['ranges', 60_000],
  ['checks', 60_000],
];
const LOOK_EVERY = 1_000;
/** What was refused. */
const AGAIN_AFTER = 5_000;

const CONCERNED: Readonly<Record<string, readonly Part[]>> = {
  finding: ['findings', 'summary', 'vips'],
  takeover: ['takeovers', 'vips', 'summary'],
  'service-gap': ['takeovers'],
  lease: ['leases', 'pools'],
  'failover-test': ['tests'],
};

export class Store extends Reading {
  #events: EventSource | null = null;
  #looking: ReturnType<typeof setInterval> | null = null;

  /** Follows the agent while somebody looks. */
  start(): void {
    const look = () => (document.hidden ? this.#pause() : this.#resume());
    document.addEventListener('visibilitychange', look);
    look();
  }

  #resume(): void {
    void this.#readAll();
    this.#looking ??= setInterval(() => this.#look(), LOOK_EVERY);
    this.#follow();
  }

  #pause(): void {
    this.#events?.close();
    this.#events = null;
    if (this.#looking !== null) clearInterval(this.#looking);
    this.#looking = null;
  }

  #follow(): void {
    if (this.#events !== null) return;
    const events = new EventSource('api/v1/events');
    this.#events = events;
    let isFirst = true;
    events.onopen = () => {
      if (!isFirst) void this.#readAll();
      isFirst = false;
    };
    events.onerror = () => {
      this.lost();
      // A browser gives up where the answer was an error.
      if (events.readyState === EventSource.CLOSED) this.#events = null;
    };
    for (const type of Object.keys(CONCERNED))
      events.addEventListener(type, () => void this.read(CONCERNED[type]!));
    events.addEventListener('reset', () => void this.#readAll());
  }

  async #readAll(): Promise<void> {
    for (const parts of ORDER) await this.read(parts);
  }

  #look(): void {
    const now = Date.now();
    const due = READ_AGAIN.filter(([part, every]) => now - this.readAt(part) >= every * this.patience(part));
    if (this.state.lostSince !== null) {
      // One question tells whether it is back; then all is read anew.
      if (now - this.readAt('summary') >= LOOK_EVERY) void this.#tryAgain();
      this.changed();
      return;
    }
    this.#follow();
    void this.read(due.map(([part]) => part));
    const refused = Object.keys(this.state.refused ?? {}) as Part[];
    void this.read(refused.filter((part) => now - this.readAt(part) >= AGAIN_AFTER));
  }

  async #tryAgain(): Promise<void> {
    await this.read(['summary']);
    if (this.state.lostSince === null) await this.#readAll();
  }
}
