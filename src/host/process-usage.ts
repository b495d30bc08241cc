// What this process uses of the machine, and how long it keeps itself waiting.
import { readdirSync, readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { MINUTE, type Micros, SECOND } from '../base/time.ts';

/** Of a window of turns; as the clients of Prometheus measure them. */
const WINDOW = MINUTE;
const NANOSECONDS_A_SECOND = 1e9;

export class ProcessUsage {
  /** Unix time, in seconds. */
  readonly #startedAt: number;
  readonly #maxFiles = maxOpenFiles();
  /** What is read covers the last whole window at least, whoever reads how often. */
  #older = watchedTurns();
  #younger = watchedTurns();
  #since: Micros;

  constructor(now: Micros) {
    this.#startedAt = now / SECOND - process.uptime();
    this.#since = now;
  }

  read(now: Micros) {
    if (now - this.#since >= WINDOW) {
      this.#since = now;
      this.#older.reset();
      [this.#older, this.#younger] = [this.#younger, this.#older];
    }
    const { user, system } = process.cpuUsage();
    const { rss, heapTotal, heapUsed, external } = process.memoryUsage();
    return {
      cpuSeconds: (user + system) / 1e6,
      residentBytes: rss,
      heapBytes: heapTotal,
      heapUsedBytes: heapUsed,
      externalBytes: external,
      openFiles: openFiles(),
      maxFiles: this.#maxFiles,
      startedAt: this.#startedAt,
      turns: turnsOf(this.#older),
    };
  }
}

type Turns = ReturnType<typeof monitorEventLoopDelay>;

/** Measured as turns come, not by a timer: an agent that waits is not woken up for it. */
function watchedTurns(): Turns {
  const turns = monitorEventLoopDelay({ samplePerIteration: true });
  turns.enable();
  return turns;
}

function turnsOf(turns: Turns) {
  const seconds = (nanoseconds: number) => nanoseconds / NANOSECONDS_A_SECOND;
  return {
    mean: seconds(turns.mean),
    p50: seconds(turns.percentile(50)),
    p90: seconds(turns.percentile(90)),
    p99: seconds(turns.percentile(99)),
    max: seconds(turns.max),
  };
}

/** But for the one that it takes to look. */
function openFiles(): number {
  return readdirSync('/proc/self/fd').length - 1;
}

function maxOpenFiles(): number {
  const limit = /^Max open files +(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  return limit === undefined ? Number.NaN : limit === 'unlimited' ? Number.POSITIVE_INFINITY : Number(limit);
}
