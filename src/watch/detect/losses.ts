// Times in which frames were lost, for want of room or of a link: what was not heard then says little.
import { HOUR, type Micros, SECOND } from '../../base/time.ts';

const MAX_LOSSES = 64;
/** Nobody asks about what was longer ago. */
const REMEMBERED = HOUR;
/** Those less than so long apart are one. */
const APART = 5 * SECOND;

export class Losses {
  /** In the order of time. */
  readonly #losses: { readonly since: Micros; until: Micros }[] = [];

  add(since: Micros, at: Micros): void {
    const last = this.#losses.at(-1);
    if (last && since - last.until < APART) last.until = at;
    else this.#losses.push({ since, until: at });
    while (this.#losses[0]!.until < at - REMEMBERED) this.#losses.shift();
    if (this.#losses.length <= MAX_LOSSES) return;
    // A flood that comes and goes for long: the oldest two, and what was between them, are one from then on.
    const [oldest, next] = this.#losses.splice(0, 2);
    this.#losses.unshift({ since: oldest!.since, until: next!.until });
  }

  /** Whether any was between these two. */
  between(from: Micros, to: Micros): boolean {
    return this.#losses.some(({ since, until }) => since <= to && from <= until);
  }

  /** How long they lasted between these two. */
  within(from: Micros, to: Micros): Micros {
    const lengths = this.#losses.map(({ since, until }) => Math.min(until, to) - Math.max(since, from));
    return lengths.reduce((sum, length) => sum + Math.max(0, length), 0);
  }
}
