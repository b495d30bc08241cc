// All that the page shows, and how it is read: each part by itself, one at a time, and not too often.
import { getAll, getChecks, getOne, Refused } from './api.ts';
import type { Part, State } from './known.ts';

const READERS: { readonly [Name in Part]: () => Promise<State[Name]> } = {
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
  checks: getChecks,
};
/** Events come in bursts: the first is answered at once, those that follow together. */
const AT_MOST_EVERY = 1_000;
/** A large cluster's list is not read so often. */
const MANY = 200;
const OF_MANY = 4;

export class Reading {
  state: State = { lostSince: null, readAt: null };
  readonly #onChange: (state: State) => void;
  readonly #readAt = new Map<Part, number>();
  readonly #running = new Map<Part, Promise<void>>();
  readonly #next = new Map<Part, Promise<void>>();
  #answeredAt = Number.NEGATIVE_INFINITY;

  constructor(onChange: (state: State) => void) {
    this.#onChange = onChange;
  }

  /** Reads these again as soon as it may. */
  async read(parts: readonly Part[]): Promise<void> {
    await Promise.all(parts.map((part) => this.#readInTurn(part)));
  }

  /** Not while it is being read already, nor too soon after. */
  #readInTurn(part: Part): Promise<void> {
    const waiting = this.#next.get(part);
    if (waiting) return waiting;
    const turn = async () => {
      await this.#running.get(part);
      const rest = (this.#readAt.get(part) ?? 0) + AT_MOST_EVERY * this.patience(part) - Date.now();
      if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest));
      const running = this.#readNow(part);
      this.#running.set(part, running);
      this.#next.delete(part);
      await running;
    };
    const next = turn();
    this.#next.set(part, next);
    return next;
  }

  async #readNow(part: Part): Promise<void> {
    const begunAt = Date.now();
    this.#readAt.set(part, begunAt);
    try {
      const read = await READERS[part]();
      const { [part]: _, ...refused } = this.state.refused ?? {};
      this.#answered({ [part]: read, readAt: Date.now(), refused });
    } catch (error) {
      const refused = { ...this.state.refused, [part]: (error as Error).message };
      if (error instanceof Refused && error.isByAgent) this.#answered({ refused });
      else if (this.#answeredAt >= begunAt) this.#set({ refused });
      else this.lost();
    }
  }

  #answered(changed: Partial<State>): void {
    this.#answeredAt = Date.now();
    this.#set({ ...changed, lostSince: null });
  }

  /** Nothing is heard of the agent. */
  protected lost(): void {
    this.#set({ lostSince: this.state.lostSince ?? Date.now() });
  }

  #set(changed: Partial<State>): void {
    this.state = { ...this.state, ...changed };
    this.changed();
  }

  /** How many times as long as usual is waited before it is read again. */
  protected patience(part: Part): number {
    const known = this.state[part];
    return Array.isArray(known) && known.length > MANY ? OF_MANY : 1;
  }

  /** When it was asked for last. Milliseconds. */
  protected readAt(part: Part): number {
    return this.#readAt.get(part) ?? 0;
  }

  protected changed(): void {
    this.#onChange(this.state);
  }
}
