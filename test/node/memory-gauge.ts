// How much memory of the machine a run takes, for people who plan one: processes, and the nodes' disks, which are memory as well.
import { freemem } from 'node:os';

const EVERY_MS = 1_000;

export class MemoryGauge {
  readonly #before = freemem();
  readonly #began = performance.now();
  #least = this.#before;
  readonly #timer = setInterval(() => this.#look(), EVERY_MS);

  /** Ends it. One line: for how long, and by how much less was available than at its beginning; whatever else ran is in it. */
  stop(): string {
    clearInterval(this.#timer);
    this.#look();
    const seconds = Math.round((performance.now() - this.#began) / 1000);
    const gibibytes = ((this.#before - this.#least) / 1024 ** 3).toFixed(1);
    return `it took ${seconds} s, and at most ${gibibytes} GiB of the machine's memory`;
  }

  #look(): void {
    this.#least = Math.min(this.#least, freemem());
  }
}
