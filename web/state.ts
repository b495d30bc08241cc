// All that the page shows, and how it is kept: loaded as a whole, then read again where an event says that it is another.
import { getAll, getOne } from './api.ts';
import type { Known, Part, State } from './known.ts';

const READERS: { readonly [Name in Part]: () => Promise<Known[Name]> } = {
  summary: () => getOne('api/v1/summary'),
  findings: () => getAll('api/v1/findings?state=active,suppressed'),
  vips: () => getAll('api/v1/vips'),
  takeovers: () => getAll('api/v1/takeovers'),
  claims: () => getAll('api/v1/claims'),
  leases: () => getAll('api/v1/leases'),
  servers: () => getAll('api/v1/dhcp-servers'),
  ranges: () => getAll('api/v1/dhcp-ranges'),
  pools: () => getAll('api/v1/pools'),
  nodes: () => getAll('api/v1/nodes'),
  segments: () => getAll('api/v1/segments'),
  tests: () => getAll('api/v1/failover-tests'),
};
/** What the first look needs comes first. */
const ORDER: readonly (readonly Part[])[] = [
  ['summary', 'findings', 'vips', 'segments'],
  ['pools', 'nodes', 'ranges', 'servers', 'leases', 'takeovers'],
  ['claims', 'tests'],
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
];
/** A large cluster's list is not read so often. */
const MANY = 200;
const OF_MANY = 4;
const LOOK_EVERY = 1_000;
/** Events come in bursts: the first is answered at once, those that follow together. */
const GATHER = 250;

const CONCERNED: Readonly<Record<string, readonly Part[]>> = {
  finding: ['findings', 'summary', 'vips'],
  takeover: ['takeovers', 'vips', 'summary'],
  'service-gap': ['takeovers'],
  lease: ['leases', 'pools'],
  'failover-test': ['tests'],
};

export class Store {
  state: State = { lostSince: null, readAt: null };
  readonly #onChange: (state: State) => void;
  readonly #readAt = new Map<Part, number>();
  readonly #wanted = new Set<Part>();
  #events: EventSource | null = null;
  #gathering: ReturnType<typeof setTimeout> | null = null;
  #looking: ReturnType<typeof setInterval> | null = null;

  constructor(onChange: (state: State) => void) {
    this.#onChange = onChange;
  }

  /** Follows the agent while somebody looks. */
  start(): void {
    const look = () => (document.hidden ? this.#pause() : this.#resume());
    document.addEventListener('visibilitychange', look);
    look();
  }

  /** Reads these again now. */
  async read(parts: readonly Part[]): Promise<void> {
    const now = Date.now();
    for (const part of parts) this.#readAt.set(part, now);
    try {
      const read = await Promise.all(parts.map(async (part) => [part, await READERS[part]()] as const));
      this.#set({ ...(Object.fromEntries(read) as Partial<Known>), lostSince: null, readAt: Date.now() });
    } catch {
      this.#lost();
    }
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
      this.#lost();
      // A browser gives up where the answer was an error.
      if (events.readyState === EventSource.CLOSED) this.#events = null;
    };
    for (const type of Object.keys(CONCERNED))
      events.addEventListener(type, () => this.#concern(CONCERNED[type]!));
    events.addEventListener('reset', () => void this.#readAll());
  }

  async #readAll(): Promise<void> {
    for (const parts of ORDER) await this.read(parts);
  }

  #concern(parts: readonly Part[]): void {
    for (const part of parts) this.#wanted.add(part);
    if (this.#gathering !== null) return;
    const tell = () => {
      const wanted = [...this.#wanted];
      this.#wanted.clear();
      if (wanted.length > 0) void this.read(wanted);
    };
    tell();
    this.#gathering = setTimeout(() => {
      this.#gathering = null;
      tell();
    }, GATHER);
  }

  #look(): void {
    const now = Date.now();
    const due = READ_AGAIN.filter(([part, every]) => {
      const isLong = ((this.state[part] as { length?: number } | undefined)?.length ?? 0) > MANY;
      return now - (this.#readAt.get(part) ?? 0) >= every * (isLong ? OF_MANY : 1);
    });
    if (this.state.lostSince !== null) {
      // One question tells whether it is back; then all is read anew.
      if (now - (this.#readAt.get('summary') ?? 0) >= LOOK_EVERY) void this.#tryAgain();
      this.#onChange(this.state);
      return;
    }
    this.#follow();
    if (due.length > 0) void this.read(due.map(([part]) => part));
  }

  async #tryAgain(): Promise<void> {
    await this.read(['summary']);
    if (this.state.lostSince === null) await this.#readAll();
  }

  #lost(): void {
    this.#set({ lostSince: this.state.lostSince ?? Date.now() });
  }

  #set(changed: Partial<State>): void {
    this.state = { ...this.state, ...changed };
    this.#onChange(this.state);
  }
}
