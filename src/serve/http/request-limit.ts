// How often something may be asked for: so many at once, then one at a time. For each machine, and for all together.

import { BoundedMap } from '../../base/bounded-map.ts';
import { type Micros, SECOND } from '../../base/time.ts';
import { clientOf } from './client.ts';

interface Rate {
  readonly atOnce: number;
  /** Then one for each such time. */
  readonly every: Micros;
}

export interface RateLimits {
  readonly client: Rate;
  /** Null: nobody takes anything from the others. */
  readonly overall: Rate | null;
  /** Machines remembered; the one that asked longest ago is forgotten first. */
  readonly clients: number;
}

/** Until when its turns are spent: a turn taken moves it on by one interval. */
type SpentUntil = Micros;

export class RequestLimit {
  readonly #limits: RateLimits;
  readonly #clients: BoundedMap<string, SpentUntil>;
  #overall: SpentUntil = Number.NEGATIVE_INFINITY;

  constructor(limits: RateLimits) {
    this.#limits = limits;
    this.#clients = new BoundedMap(limits.clients);
  }

  /** How many machines are remembered. */
  get size(): number {
    return this.#clients.size;
  }

  /** Takes a turn, of a machine's by its address or of anyone by another name: 0, or in how many whole seconds there is one again. */
  take(address: string, now: Micros): number {
    const key = clientOf(address);
    const { client, overall } = this.#limits;
    const own = this.#clients.get(key) ?? Number.NEGATIVE_INFINITY;
    const wait = Math.max(waitFor(own, client, now), overall ? waitFor(this.#overall, overall, now) : 0);
    if (wait > 0) return Math.ceil(wait / SECOND);
    this.#overall = Math.max(this.#overall, now) + (overall?.every ?? 0);
    this.#clients.set(key, Math.max(own, now) + client.every);
    return 0;
  }

  /** A turn that was taken does not count. */
  giveBack(address: string): void {
    const key = clientOf(address);
    const { client, overall } = this.#limits;
    const own = this.#clients.get(key);
    if (own !== undefined) this.#clients.replace(key, own - client.every);
    this.#overall -= overall?.every ?? 0;
  }
}

function waitFor(spentUntil: SpentUntil, { atOnce, every }: Rate, now: Micros): Micros {
  return spentUntil - now - (atOnce - 1) * every;
}
