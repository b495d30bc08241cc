// Time in a capture whose clock was set back while it ran, or that was joined of several: the watcher's time goes on and on, and
// what it says is told in the file's own times.
import { type Micros, SECOND } from '../base/time.ts';

/** Frames of several interfaces may come so much out of order; the watcher takes them as they are. */
const OUT_OF_ORDER = SECOND;
/** Time that leaps forward by as much as it stepped back before, give or take so much of it, was never set back. */
const AS_MUCH = 0.1;
/** A damaged file may step back with every frame: times before that many steps are told by the oldest one known. */
const MAX_STEPS = 1000;

/** From here on the watcher's time is so far ahead of the file's. */
interface Stretch {
  readonly from: Micros;
  readonly ahead: Micros;
}

export interface StepBack {
  /** Counted from 1: the first one whose time is before that of the frame before it. */
  readonly frame: number;
  readonly by: Micros;
}

export class CaptureClock {
  readonly #stretches: Stretch[] = [];
  #first: StepBack | null = null;
  #count = 0;
  /** The last step back may be of frames that came late: the next ones are then where the file was before. */
  #last: { readonly by: Micros; readonly aheadBefore: Micros } | null = null;
  #before: Micros | null = null;
  #latest: Micros = Number.NEGATIVE_INFINITY;
  #ahead: Micros = 0;
  #frames = 0;

  /** The watcher's time of the next frame, which is at this time in the file. */
  follow(at: Micros): Micros {
    this.#frames += 1;
    const passed = at - (this.#before ?? at);
    this.#before = at;
    if (passed < -OUT_OF_ORDER) this.#stepBack(at, -passed);
    else if (this.#last && Math.abs(passed - this.#last.by) <= this.#last.by * AS_MUCH)
      this.#takeBack(at, this.#last.aheadBefore);
    const time = at + this.#ahead;
    this.#latest = Math.max(this.#latest, time);
    return time;
  }

  /** How far the watcher's time is ahead of the file's by now. */
  get ahead(): Micros {
    return this.#ahead;
  }

  /** The time in the file, of one of the watcher's. */
  inFile(time: Micros): Micros {
    const stretch = this.#stretches.findLast(({ from }) => from <= time);
    return time - (stretch?.ahead ?? 0);
  }

  /** How often time ran backwards, and where it did so first; null where it never did. */
  get stepsBack(): { readonly count: number; readonly first: StepBack } | null {
    return this.#first && { count: this.#count, first: this.#first };
  }

  #stepBack(at: Micros, by: Micros): void {
    this.#last = { by, aheadBefore: this.#ahead };
    this.#count += 1;
    this.#first ??= { frame: this.#frames, by };
    // After all that was told before it: nobody knows how long after.
    this.#goOn(at, this.#latest + 1 - at);
  }

  #takeBack(at: Micros, aheadBefore: Micros): void {
    this.#last = null;
    this.#count -= 1;
    if (this.#count === 0) this.#first = null;
    this.#goOn(at, aheadBefore);
  }

  #goOn(at: Micros, ahead: Micros): void {
    this.#ahead = ahead;
    this.#stretches.push({ from: at + ahead, ahead });
    if (this.#stretches.length > MAX_STEPS) this.#stretches.shift();
  }
}
