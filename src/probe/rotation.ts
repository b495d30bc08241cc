// Turns among targets: each once an interval, spread evenly over it, never faster than a rate.
import { type Micros, SECOND } from '../base/time.ts';

/** However late the caller is, never more at once than this. */
const MAX_BURST = 64;

export class Rotation<Target> {
  readonly #interval: Micros;
  readonly #maxPerSecond: number;
  #targets: readonly Target[] = [];
  #cursor = 0;
  #dueAt: Micros = Number.POSITIVE_INFINITY;

  /** With more targets than the rate allows for, the interval stretches. */
  constructor(interval: Micros, maxPerSecond: number) {
    this.#interval = interval;
    this.#maxPerSecond = maxPerSecond;
  }

  get targets(): readonly Target[] {
    return this.#targets;
  }

  /** The first turn is at once, where there was none before. */
  set(targets: readonly Target[]): void {
    const wasIdle = this.#targets.length === 0;
    this.#targets = targets;
    if (targets.length === 0) this.#dueAt = Number.POSITIVE_INFINITY;
    else if (wasIdle) this.#dueAt = Number.NEGATIVE_INFINITY;
  }

  /** When `due` has something next; Infinity without targets. */
  nextAt(): Micros {
    return this.#dueAt;
  }

  /** Whose turn it is. What was missed by a late call is not made up for. */
  due(now: Micros): Target[] {
    const turns: Target[] = [];
    if (this.#dueAt > now) return turns;
    if (this.#dueAt < now - this.#interval) this.#dueAt = now;
    const gap = Math.max(this.#interval / this.#targets.length, SECOND / this.#maxPerSecond);
    while (this.#dueAt <= now && turns.length < MAX_BURST) {
      this.#cursor = (this.#cursor + 1) % this.#targets.length;
      turns.push(this.#targets[this.#cursor]!);
      this.#dueAt += gap;
    }
    if (this.#dueAt <= now) this.#dueAt = now + gap;
    return turns;
  }
}
