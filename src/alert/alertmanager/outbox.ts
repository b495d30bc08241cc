// What one Alertmanager is to be told, and when. It holds the state and no history: after a time out of reach, Alertmanager is
// told what holds then. Bounded by the number of findings that can be active.
import { backoff } from '../../base/backoff.ts';
import { MILLISECOND, type Micros } from '../../base/time.ts';
import type { Alert, AlertChange } from './alert.ts';

/** Why Alertmanager took nothing. */
export const SEND_PROBLEMS = [
  /** No connection, or it was lost before an answer. */
  'unreachable',
  'timed-out',
  /** A file with a certificate, a password or a token cannot be read. */
  'no-credentials',
  /** 401, 403. */
  'unauthorized',
  /** 429. */
  'overloaded',
  /** Any other 4xx. */
  'refused',
  'server-error',
] as const;
export type SendProblem = (typeof SEND_PROBLEMS)[number];

/** At once; as many as Prometheus sends. */
const MOST_AT_ONCE = 64;
/** Alertmanager ends an alert by itself so many intervals after the beat of its last telling: two in a row may be lost. */
const LASTS_INTERVALS = 4;

/** One that alerts are sent to. */
export interface AlertmanagerState {
  readonly url: string;
  /** Alerts that it was never told of. */
  readonly waiting: number;
  readonly sent: number;
  readonly dropped: number;
  readonly failures: Readonly<Record<string, number>>;
}

interface Queued {
  alert: Alert;
  dueAt: Micros;
  told: boolean;
}

export interface Outgoing {
  readonly alerts: readonly Alert[];
  /** Until then they hold without being told again. */
  readonly endsAt: Micros;
}

export class Outbox {
  readonly #interval: Micros;
  readonly #phase: Micros;
  readonly #entries = new Map<string, Queued>();
  #sending: readonly Queued[] = [];
  #failures = 0;
  #retryAt: Micros = Number.NEGATIVE_INFINITY;
  readonly counters = {
    /** Alerts that were taken, each telling counted. */
    sent: 0,
    /** Alerts that ended before they could be sent. */
    dropped: 0,
    failures: Object.fromEntries(SEND_PROBLEMS.map((problem) => [problem, 0])) as Record<SendProblem, number>,
  };

  /**
   * @param interval after which an alert that holds is told again, in whole microseconds.
   * @param phase of the beats at which that is done, which are `interval` apart. The same for all Alertmanagers of an agent:
   * told at the same beats, they end an alert at the same moment, and none of them notifies of it anew that another holds
   * to be over. Another one for each agent: those that saw the same thing together tell it again one after another.
   */
  constructor(interval: Micros, phase: Micros) {
    this.#interval = interval;
    this.#phase = Math.floor(phase);
  }

  change(change: AlertChange, now: Micros): void {
    if (change.type === 'end') return this.#end(change.key);
    const entry = this.#entries.get(change.alert.key);
    if (entry) entry.alert = change.alert;
    else this.#entries.set(change.alert.key, { alert: change.alert, dueAt: now, told: false });
  }

  /**
   * What to tell now, the gravest and the newest first; null where nothing is due, or something is under way. What it gives
   * is under way until `accepted` or `failed`.
   */
  take(now: Micros): Outgoing | null {
    if (this.nextAt() > now) return null;
    const due = [...this.#entries.values()].filter(({ dueAt }) => dueAt <= now);
    this.#sending = due.toSorted(urgency).slice(0, MOST_AT_ONCE);
    const endsAt = this.#beatBefore(now) + LASTS_INTERVALS * this.#interval;
    return { alerts: this.#sending.map(({ alert }) => alert), endsAt };
  }

  /** @param takenAt when what is accepted was taken. */
  accepted(takenAt: Micros): void {
    for (const entry of this.#sending) {
      entry.told = true;
      entry.dueAt = this.#beatBefore(takenAt) + this.#interval;
    }
    this.counters.sent += this.#sending.length;
    this.#sending = [];
    this.#failures = 0;
    this.#retryAt = Number.NEGATIVE_INFINITY;
  }

  /** @param wait what the server asks for, in milliseconds; null where it does not. */
  failed(problem: SendProblem, wait: number | null, now: Micros, random: number): void {
    this.counters.failures[problem] += 1;
    const sending = this.#sending;
    this.#sending = [];
    for (const entry of sending)
      if (this.#entries.get(entry.alert.key) !== entry && !entry.told) this.counters.dropped += 1;
    this.#retryAt = now + Math.max(backoff(this.#failures, random), wait ?? 0) * MILLISECOND;
    this.#failures += 1;
  }

  /** When `take` has something; Infinity while something is under way, or nothing holds. */
  nextAt(): Micros {
    if (this.#sending.length > 0) return Number.POSITIVE_INFINITY;
    let first = Number.POSITIVE_INFINITY;
    for (const { dueAt } of this.#entries.values()) first = Math.min(first, dueAt);
    return Math.max(first, this.#retryAt);
  }

  /** Alerts that hold and were never taken. */
  get waiting(): number {
    return this.#entries.values().reduce((count, { told }) => count + (told ? 0 : 1), 0);
  }

  /** The latest that is over. */
  #beatBefore(now: Micros): Micros {
    return this.#phase + Math.floor((now - this.#phase) / this.#interval) * this.#interval;
  }

  /**
   * It is told no more, and Alertmanager ends it once the last agent's word has expired. To say that it is over would end it
   * for all agents, and those that still see it would begin it anew: two notifications for nothing.
   */
  #end(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    if (!entry.told && !this.#sending.includes(entry)) this.counters.dropped += 1;
  }
}

function urgency(a: Queued, b: Queued): number {
  if (a.alert.critical !== b.alert.critical) return a.alert.critical ? -1 : 1;
  return Number(a.told) - Number(b.told);
}
