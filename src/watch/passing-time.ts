// Time as frames and ticks tell it, and when what waits for it is to be looked through.

import { MILLISECOND, type Micros, SECOND } from '../base/time.ts';

/** Frames are read up to so long after they came, when time was already told to have passed: they keep their own time. */
const LATEST_READ = SECOND;
const WAKE_GRID = 100 * MILLISECOND;

export class PassingTime {
  #now: Micros = 0;
  #frameAt: Micros = 0;
  /** When all that waits was last looked through. */
  #lookedAt: Micros = Number.NEGATIVE_INFINITY;
  #dueAt: Micros = Number.POSITIVE_INFINITY;

  get now(): Micros {
    return this.#now;
  }

  /** When what waits is to be looked through next; Infinity where nothing waits. */
  get dueAt(): Micros {
    return this.#dueAt;
  }

  get isDue(): boolean {
    return this.#now >= this.#dueAt;
  }

  /** Time never runs backwards, whatever order frames come in. */
  advance(at: Micros): void {
    if (at > this.#now) this.#now = at;
  }

  /** The time of a frame that came at `at`: before those that were read earlier it is not. */
  ofFrame(at: Micros): Micros {
    this.#frameAt = Math.max(at, this.#frameAt, this.#now - LATEST_READ);
    return this.#frameAt;
  }

  /**
   * Rounded up, so that a flood of short leases does not wake it for each of them; nor what frames that are read late were to
   * wait for, which is over by now: where each looked through all that waits, they would be read later and later.
   */
  wake(at: Micros): void {
    const rounded = Math.ceil(at / WAKE_GRID) * WAKE_GRID;
    const dueAt = rounded < this.#lookedAt ? this.#lookedAt + WAKE_GRID : rounded;
    if (dueAt < this.#dueAt) this.#dueAt = dueAt;
  }

  /** Something changed for what waits: it is due, however long it was to wait. */
  wakeNow(): void {
    this.#dueAt = this.#now;
  }

  /** All that waits is looked through now: what waits on asks to be woken again. */
  look(): Micros {
    this.#lookedAt = this.#now;
    this.#dueAt = Number.POSITIVE_INFINITY;
    return this.#now;
  }
}
