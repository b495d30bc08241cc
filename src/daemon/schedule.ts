// When each part of the daemon has its turn, and who is told of what happened. Owns the daemon's one timer.
import { type Micros, SECOND } from '../base/time.ts';
import type { WatchEvent } from '../watch/view.ts';

/** What the daemon is made of. Each part offers what it has use for. */
export interface Part {
  /** When it wants a turn; Infinity: not before something happens. */
  nextAt?(): Micros;
  tick?(now: Micros): void;
  /** Told of one event, before anybody is told of the next. */
  observe?(event: WatchEvent, now: Micros): void;
  /** Told of all events that came together. */
  tell?(events: readonly WatchEvent[]): void;
  /** The process was stopped since then, or waited for a disk: what did not come meanwhile says nothing. */
  resumed?(since: Micros, now: Micros): void;
  /** Reads what came meanwhile, before anybody is told that time has passed. */
  catchUp?(): void;
  stop?(): void | Promise<void>;
}

/** A part that has this method. */
type With<Moment extends keyof Part> = Part & Required<Pick<Part, Moment>>;

/**
 * The parts have their turns, are told and are stopped in this order:
 * - what the wall clock shows and what is intended are known before anything is judged by them;
 * - the watcher judges before anybody asks, so that whoever turned silent is asked about in the same turn;
 * - failover tests say whom to ask more often before it is asked;
 * - the journal comes after all that is to be saved, and is closed once nothing more can come from the capture;
 * - whoever listens is cut off last: until then it can read what was.
 */
const ORDER = [
  'log',
  'wall-clock',
  'cluster',
  'watcher',
  'availability',
  'tests',
  'probing',
  'auditing',
  'imports',
  'acknowledging',
  'checking',
  'alerting',
  'capture',
  'journal',
  'serving',
  'memory',
  'heartbeat',
] as const;
export type PartName = (typeof ORDER)[number];

const LONGEST_SLEEP = 60 * SECOND;
/**
 * Woken up so late, the process was stopped, or waited for a disk: less than after which it seems to ask no more (5 s since its
 * last question), and than the capture keeps all frames for.
 */
const STOPPED_AFTER = 3 * SECOND;

interface ScheduleOptions {
  readonly now: () => Micros;
  /** Calls back once, after this time, unless what it returns is called before. */
  readonly wait: (callBack: () => void, time: Micros) => () => void;
}

export class Schedule {
  readonly #options: ScheduleOptions;
  readonly #byName = new Map<PartName, Part>();
  #parts: readonly Part[] = [];
  #observers: readonly With<'observe'>[] = [];
  #listeners: readonly With<'tell'>[] = [];
  #cancel = () => {};
  /** What the timer is set for: maybe a time in the past, for a part that wants its turn at once. */
  #armedFor: Micros = Number.POSITIVE_INFINITY;
  /** When the timer should go off. */
  #wakeAt: Micros = Number.POSITIVE_INFINITY;

  constructor(options: ScheduleOptions) {
    this.#options = options;
  }

  /** Takes a part in, at its place in the order; another one of its name leaves. */
  join(name: PartName, part: Part): void {
    this.#byName.set(name, part);
    this.#putInOrder();
  }

  leave(name: PartName): void {
    this.#byName.delete(name);
    this.#putInOrder();
  }

  /** Sleeps until the first of all that waits for time. To be called whenever one may want its turn sooner. */
  arm(): void {
    const at = this.#nextAt();
    if (at >= this.#armedFor) return;
    this.#cancel();
    const now = this.#options.now();
    const wait = Math.min(Math.max(at - now, 0), LONGEST_SLEEP);
    this.#armedFor = at;
    this.#wakeAt = now + wait;
    this.#cancel = this.#options.wait(() => this.#wake(), wait);
  }

  /** Whether the process was stopped until now: then all parts were told. To be called before frames are read. */
  noteStop(now = this.#options.now()): boolean {
    const wasStopped = now - this.#wakeAt > STOPPED_AFTER;
    if (wasStopped) for (const part of this.#parts) part.resumed?.(this.#wakeAt, now);
    return wasStopped;
  }

  tell(events: readonly WatchEvent[]): void {
    if (events.length === 0) return;
    const now = this.#options.now();
    for (const event of events) for (const part of this.#observers) part.observe(event, now);
    for (const part of this.#listeners) part.tell(events);
  }

  /** Nobody has a turn any more. */
  async stop(): Promise<void> {
    this.#cancel();
    this.#armedFor = Number.NEGATIVE_INFINITY; // nothing arms it again
    this.#wakeAt = Number.POSITIVE_INFINITY;
    for (const part of this.#parts) await part.stop?.();
  }

  #putInOrder(): void {
    this.#parts = ORDER.flatMap((one) => this.#byName.get(one) ?? []);
    this.#observers = this.#parts.filter((part) => part.observe !== undefined) as With<'observe'>[];
    this.#listeners = this.#parts.filter((part) => part.tell !== undefined) as With<'tell'>[];
  }

  #nextAt(): Micros {
    let first = Number.POSITIVE_INFINITY;
    for (const part of this.#parts) first = Math.min(first, part.nextAt?.() ?? Number.POSITIVE_INFINITY);
    return first;
  }

  #wake(): void {
    const now = this.#options.now();
    if (this.noteStop(now)) for (const part of this.#parts) part.catchUp?.();
    this.#armedFor = Number.POSITIVE_INFINITY;
    this.#wakeAt = Number.POSITIVE_INFINITY;
    for (const part of this.#parts) part.tick?.(now);
    this.arm();
  }
}

/** What is done again and again, at the earliest after so long. */
export function every(interval: Micros, startedAt: Micros, run: (now: Micros) => void): Part {
  let dueAt = startedAt + interval;
  return {
    nextAt: () => dueAt,
    tick: (now) => {
      if (now < dueAt) return;
      dueAt = now + interval;
      run(now);
    },
  };
}
