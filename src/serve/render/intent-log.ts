// Says in the log what is wrong with the way to the intent. An API server that goes away and comes back is one line each, however
// many kinds of objects are read, in whatever order they fail, and whatever is refused while it starts.
import { type Micros, SECOND } from '../../base/time.ts';
import type { IntentHealth } from '../../cluster/health.ts';
import type { EventLogger } from './event-log.ts';

/** Nothing can be read: the server is away, or about to go or come. What else is refused says nothing yet. */
const LOST: ReadonlySet<string> = new Set(['unreachable', 'timed-out', 'overloaded', 'server-error']);
/** Kinds fail, and come back, one after the other. */
const SETTLED_AFTER = 3 * SECOND;
/** A server that starts answers before it knows who may read what. */
const SETTLED_AFTER_LOSS = 30 * SECOND;

const UNREAD = 'Not everything can be read from the Kubernetes API; the last known intent stays in force';

export class IntentLog {
  readonly #log: EventLogger;
  /** What is known to be wrong, as it was told. */
  #told = '';
  readonly #unjudged = new Set<string>();
  #isLost = false;
  /** The same since then, and not told. */
  #pending: { readonly key: string; readonly since: Micros } | null = null;

  constructor(log: EventLogger) {
    this.#log = log;
  }

  /** When to be told again, whether or not anything has changed. */
  nextAt(): Micros {
    return this.#pending === null ? Number.POSITIVE_INFINITY : this.#pending.since + this.#patience;
  }

  tell(health: IntentHealth, now: Micros): void {
    this.#tellReading(health, now);
    this.#tellUnjudged(health);
  }

  #tellReading({ problems, doubts }: IntentHealth, now: Micros): void {
    // The first answers are on their way: no trouble.
    const troubled = problems.filter(({ reason }) => reason !== 'waiting');
    const lost = troubled.filter(({ reason }) => LOST.has(reason));
    if (lost.length > 0) {
      this.#pending = null;
      if (!this.#isLost) this.#sayLost(lost);
      this.#isLost = true;
      return;
    }
    const key =
      troubled.length + doubts.length === 0
        ? ''
        : JSON.stringify([troubled.map(({ kind, reason }) => [kind, reason]), doubts]);
    const isAsTold = key === this.#told;
    if (isAsTold && !this.#isLost) {
      this.#pending = null;
      return;
    }
    if (this.#pending?.key !== key) this.#pending = { key, since: now };
    if (!isAsTold && now < this.nextAt()) return;
    this.#isLost = false;
    this.#pending = null;
    this.#told = key;
    if (isAsTold && key !== '')
      this.#log.info({ event: 'intent' }, 'The Kubernetes API can be read again, as far as before');
    else this.#say(troubled, doubts);
  }

  get #patience(): Micros {
    return this.#isLost ? SETTLED_AFTER_LOSS : SETTLED_AFTER;
  }

  /** As it begins: by now more kinds fail than these. */
  #sayLost(lost: IntentHealth['problems']): void {
    const kinds = lost.map(({ kind }) => kind);
    const reasons = [...new Set(lost.map(({ reason }) => reason))];
    this.#log.warn({ event: 'intent', kinds, reasons, detail: lost[0]?.detail ?? null }, UNREAD);
  }

  #say(problems: IntentHealth['problems'], doubts: readonly string[]): void {
    const fields = { event: 'intent', problems, doubts };
    if (problems.length > 0) this.#log.warn(fields, UNREAD);
    else if (doubts.length > 0) this.#log.warn(fields, 'It is not known which nodes MetalLB elects');
    else this.#log.info(fields, 'Everything can be read from the Kubernetes API again');
  }

  #tellUnjudged({ unjudged }: IntentHealth): void {
    for (const told of this.#unjudged) if (!unjudged.includes(told)) this.#unjudged.delete(told);
    for (const sentence of unjudged) {
      if (this.#unjudged.has(sentence)) continue;
      this.#unjudged.add(sentence);
      this.#log.warn({ event: 'intent' }, sentence);
    }
  }
}
