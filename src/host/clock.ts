// The process's timeline. Kernel timestamps are wall-clock time, which jumps: a Raspberry Pi without a clock chip starts years
// in the past and leaps when NTP answers. A gap or a lease measured across such a leap would be nonsense.
import { MILLISECOND, type Micros, SECOND } from '../base/time.ts';
import { checked, libc } from './libc.ts';

const CLOCK_REALTIME = 0;

/** NTP slews both clocks alike, so that only a step changes their distance; less than this is the cost of reading two clocks. */
const SMALLEST_STEP = 20 * MILLISECOND;
/** Two readings this close to each other belong together; otherwise the process was paused in between. */
const GOOD_READING = MILLISECOND;
const READINGS = 5;
/** How long frames stamped before a step may still wait in a ring. */
const STEP_MEMORY = 10 * SECOND;

export interface ClockPair {
  /** Wall clock: may jump in both directions. */
  readonly realtime: () => Micros;
  /** Never goes backwards; its zero means nothing. */
  readonly monotonic: () => Micros;
}

export class Clock {
  readonly #pair: ClockPair;
  readonly #onStep: (step: Micros) => void;
  /** Wall clock minus monotonic clock, at the start and as last measured. */
  readonly #startDistance: Micros;
  #distance: Micros;
  #previousDistance: Micros;
  #steppedAt = Number.NEGATIVE_INFINITY;
  #checkedAt: Micros;

  /** `onStep` is told by how much the wall clock jumped, forward being positive. */
  constructor(pair: ClockPair, onStep: (step: Micros) => void = () => {}) {
    this.#pair = pair;
    this.#onStep = onStep;
    this.#startDistance = this.#measure();
    this.#distance = this.#startDistance;
    this.#previousDistance = this.#startDistance;
    this.#checkedAt = pair.monotonic();
  }

  /** The wall clock at the start, continued by the monotonic clock: never goes backwards and never jumps. */
  now(): Micros {
    const monotonic = this.#pair.monotonic();
    if (monotonic - this.#checkedAt >= SECOND) this.check();
    return monotonic + this.#startDistance;
  }

  /** Looks for a step of the wall clock. To be called before a batch of kernel timestamps is converted. */
  check(): void {
    const measured = this.#measure();
    this.#checkedAt = this.#pair.monotonic();
    const step = measured - this.#distance;
    if (Math.abs(step) <= SMALLEST_STEP) return;
    this.#previousDistance = this.#distance;
    this.#distance = measured;
    this.#steppedAt = this.#checkedAt;
    this.#onStep(step);
  }

  /** A kernel timestamp of the recent past, on this timeline. */
  fromKernel(realtime: Micros): Micros {
    const at = this.#onTimeline(realtime);
    if (at <= this.#checkedAt + this.#startDistance + SECOND) return at;
    // No frame comes from the future: the wall clock was set since the last look, or that was long ago.
    this.check();
    return Math.min(this.#onTimeline(realtime), this.#checkedAt + this.#startDistance);
  }

  #onTimeline(realtime: Micros): Micros {
    const at = realtime - this.#distance + this.#startDistance;
    if (this.#checkedAt - this.#steppedAt > STEP_MEMORY) return at;
    // Stamped before the step or after it? Frames are read soon after they arrive: the nearer of the two is right.
    const before = realtime - this.#previousDistance + this.#startDistance;
    const now = this.#checkedAt + this.#startDistance;
    return Math.abs(before - now) < Math.abs(at - now) ? before : at;
  }

  /** What a correctly set wall clock showed at a point of this timeline, by what is known of it now. For display. */
  toWall(at: Micros): Micros {
    return at - this.#startDistance + this.#distance;
  }

  #measure(): Micros {
    let best = Number.POSITIVE_INFINITY;
    let distance = 0;
    for (let i = 0; i < READINGS && best > GOOD_READING; i += 1) {
      const before = this.#pair.monotonic();
      const realtime = this.#pair.realtime();
      const after = this.#pair.monotonic();
      if (after - before >= best) continue;
      best = after - before;
      distance = realtime - (before + after) / 2;
    }
    return distance;
  }
}

/** The machine's clocks. Throws where the platform is not supported. */
export function systemClocks(): ClockPair {
  const { clock_gettime } = libc();
  const timespec = new BigInt64Array(2);
  const bytes = new Uint8Array(timespec.buffer);
  return {
    realtime: () => {
      checked('clock_gettime', clock_gettime(CLOCK_REALTIME, bytes));
      return Number(timespec[0]) * SECOND + Number(timespec[1]) / 1000;
    },
    // CLOCK_MONOTONIC, from the process's start on: read for each question, it is to cost nothing.
    monotonic: () => performance.now() * MILLISECOND,
  };
}
