// What happens when: events in microseconds, those of one moment in the order in which they were planned.
import type { Micros } from '../../src/base/time.ts';

export interface Timer {
  cancel(): void;
}

interface Planned {
  readonly at: Micros;
  readonly turn: number;
  run: (() => void) | null;
}

export class EventQueue {
  /** A binary heap: no event is due before the one at half its place. */
  readonly #heap: Planned[] = [];
  #now: Micros;
  #turns = 0;

  constructor(now: Micros) {
    this.#now = now;
  }

  get now(): Micros {
    return this.#now;
  }

  /** What should have been done already is done next. */
  at(time: Micros, run: () => void): Timer {
    const planned: Planned = { at: Math.max(Math.round(time), this.#now), turn: this.#turns, run };
    this.#turns += 1;
    this.#push(planned);
    return {
      cancel: () => {
        planned.run = null;
      },
    };
  }

  after(delay: Micros, run: () => void): Timer {
    return this.at(this.#now + delay, run);
  }

  /** Until that time, what is due then included. */
  runUntil(until: Micros): void {
    for (let next = this.#heap[0]; next !== undefined && next.at <= until; next = this.#heap[0]) {
      this.#pop();
      if (next.run === null) continue;
      this.#now = next.at;
      next.run();
    }
    this.#now = Math.max(this.#now, until);
  }

  #push(planned: Planned): void {
    const heap = this.#heap;
    let place = heap.length;
    heap.push(planned);
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (!isBefore(planned, heap[above]!)) break;
      heap[place] = heap[above]!;
      place = above;
    }
    heap[place] = planned;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isBefore(heap[below + 1]!, heap[below]!)) below += 1;
      if (!isBefore(heap[below]!, last)) break;
      heap[place] = heap[below]!;
      place = below;
    }
    heap[place] = last;
  }
}

function isBefore(a: Planned, b: Planned): boolean {
  return a.at < b.at || (a.at === b.at && a.turn < b.turn);
}
