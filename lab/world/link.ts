// The way between a station and its switch: how long a frame takes, and what becomes of it. Frames of one direction stay in
// order, apart from those that are held back.
import { MILLISECOND, type Micros } from '../../src/base/time.ts';
import type { EventQueue } from './events.ts';
import type { Frame } from './frame.ts';
import type { Random } from './random.ts';

export interface LinkHabits {
  readonly delay: Micros;
  /** Up to so much more. */
  readonly jitter: Micros;
  /** Of frames to one station. */
  readonly loss: number;
  /** Of frames to all: nobody acknowledges them on Wi-Fi. */
  readonly groupLoss: number;
  readonly duplicates: number;
  /** Held back, so that later ones overtake. */
  readonly reordered: number;
  readonly heldBackFor: Micros;
}

export const CABLE: LinkHabits = {
  delay: 20,
  jitter: 60,
  loss: 0,
  groupLoss: 0,
  duplicates: 0,
  reordered: 0,
  heldBackFor: 5 * MILLISECOND,
};

/** As bad as a LAN may be and still be called healthy: one frame in twenty is lost, one in fifty comes late or twice. */
export const NOISY: LinkHabits = {
  delay: 20,
  jitter: 3 * MILLISECOND,
  loss: 0.05,
  groupLoss: 0.05,
  duplicates: 0.02,
  reordered: 0.02,
  heldBackFor: 5 * MILLISECOND,
};

/** One direction. */
export class Lane {
  habits: LinkHabits;
  readonly #queue: EventQueue;
  readonly #random: Random;
  readonly #deliver: (frame: Frame) => void;
  #lastAt: Micros = 0;

  constructor(queue: EventQueue, random: Random, habits: LinkHabits, deliver: (frame: Frame) => void) {
    this.#queue = queue;
    this.#random = random;
    this.habits = habits;
    this.#deliver = deliver;
  }

  /** @param later it waits so long before it is sent, as for a station that sleeps. */
  send(frame: Frame, later: Micros = 0): void {
    const { delay, jitter, loss, groupLoss, duplicates, reordered, heldBackFor } = this.habits;
    const random = this.#random;
    const takes = later + delay + random.between(0, jitter);
    const probability = frame.isGroup ? groupLoss : loss;
    if (probability > 0 && random.chance(probability)) return;
    const at = Math.max(this.#queue.now + takes, this.#lastAt);
    if (reordered > 0 && random.chance(reordered)) {
      this.#queue.at(at + heldBackFor, () => this.#deliver(frame));
      return;
    }
    this.#lastAt = at;
    this.#queue.at(at, () => this.#deliver(frame));
    if (duplicates > 0 && random.chance(duplicates)) this.#queue.at(at + 1, () => this.#deliver(frame));
  }
}
