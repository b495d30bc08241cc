// Joins the alerts that hold with the Alertmanagers that are to know of them. Loaded only where some are configured.

import { type IsoTime, MILLISECOND, type Micros, toIso } from '../../base/time.ts';
import type { Log } from '../../host/log.ts';
import { type PostAnswer, Poster } from '../../host/poster.ts';
import { SecretFileError } from '../../host/secret-file.ts';
import type { Finding } from '../../watch/finding/finding.ts';
import type { WatchEvent } from '../../watch/view.ts';
import { AlertBook, type AlertChange } from './alert.ts';
import { type AlertmanagerState, Outbox, type Outgoing, type SendProblem } from './outbox.ts';
import { ServerClock } from './server-clock.ts';
import type { AlertmanagerConfig } from './settings.ts';

/** Milliseconds. */
const ANSWER_WITHIN = 10_000;
const LONGEST_ASKED = 30_000;

export interface AlertingOptions {
  readonly config: AlertmanagerConfig;
  readonly log: Log['logger'];
  readonly now: () => Micros;
  /** What this node's clock shows at a time of `now`. It may be wrong, and be set meanwhile. */
  readonly toWall: (at: Micros) => Micros;
  readonly iso: IsoTime;
  /** Where the agent's own pages are; null where nobody else reaches them. */
  readonly ownUrl: () => string | null;
  /** For how long an answer is waited for, in milliseconds. @default 10 s */
  readonly answerWithin?: number;
}

export class Alerting {
  readonly #book: AlertBook;
  readonly #now: () => Micros;
  readonly #receivers: readonly Receiver[];
  readonly #end = new AbortController();

  constructor(options: AlertingOptions) {
    const { labels, urls, resend } = options.config;
    const phase = Math.random() * resend;
    this.#book = new AlertBook({ labels, iso: options.iso });
    this.#now = options.now;
    const serverClock = new ServerClock();
    this.#receivers = urls.map(
      (url) => new Receiver(url, new Outbox(resend, phase), serverClock, options, this.#end.signal),
    );
  }

  /** What the journal brought back and still holds. */
  resume(findings: readonly Finding[]): void {
    this.#apply(findings.filter(({ state }) => state === 'active').flatMap((one) => this.#book.add(one)));
  }

  tell(events: readonly WatchEvent[]): void {
    this.#apply(events.flatMap((event) => this.#book.observe(event)));
  }

  states(): AlertmanagerState[] {
    return this.#receivers.map(({ url, outbox }) => ({ url, waiting: outbox.waiting, ...outbox.counters }));
  }

  /** What is under way is given up. */
  stop(): void {
    this.#end.abort();
    for (const receiver of this.#receivers) receiver.stop();
  }

  #apply(changes: readonly AlertChange[]): void {
    if (changes.length === 0) return;
    for (const receiver of this.#receivers) {
      for (const change of changes) receiver.outbox.change(change, this.#now());
      receiver.send();
    }
  }
}

/** One Alertmanager. All are told: they are a cluster, and settle among themselves who notifies. */
class Receiver {
  readonly url: string;
  readonly outbox: Outbox;
  readonly #serverClock: ServerClock;
  readonly #options: AlertingOptions;
  readonly #poster: Poster;
  readonly #signal: AbortSignal;
  #timer: NodeJS.Timeout | undefined;
  #problem: SendProblem | null = null;

  constructor(
    url: string,
    outbox: Outbox,
    serverClock: ServerClock,
    options: AlertingOptions,
    signal: AbortSignal,
  ) {
    const { tls, credentials } = options.config;
    this.url = url;
    this.outbox = outbox;
    this.#serverClock = serverClock;
    this.#options = options;
    this.#poster = new Poster({ url: `${url.replace(/\/$/, '')}/api/v2/alerts`, tls, credentials });
    this.#signal = signal;
  }

  /** Sends what is due, and then what is due later. */
  send(): void {
    clearTimeout(this.#timer);
    if (this.#signal.aborted) return;
    const now = this.#options.now();
    const outgoing = this.outbox.take(now);
    if (outgoing) return void this.#post(outgoing, now).then(() => this.send());
    const at = this.outbox.nextAt();
    if (at === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => this.send(), Math.max(1, Math.ceil((at - now) / MILLISECOND)));
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  async #post(outgoing: Outgoing, takenAt: Micros): Promise<void> {
    const { answerWithin = ANSWER_WITHIN } = this.#options;
    const timeout = AbortSignal.timeout(answerWithin);
    const signal = AbortSignal.any([this.#signal, timeout]);
    let problem: SendProblem | null;
    let detail: string;
    let wait: number | null = null;
    try {
      const { status, retryAfter, text } = await this.#tell(outgoing, takenAt, signal);
      problem = problemOf(status);
      detail = `HTTP ${status}: ${text}`;
      if (retryAfter !== null) wait = Math.min(retryAfter, LONGEST_ASKED);
    } catch (error) {
      if (this.#signal.aborted) return;
      problem = problemOfError(error, timeout);
      detail =
        problem === 'timed-out' ? `no answer within ${answerWithin / 1000} s` : (error as Error).message;
    }
    if (problem === null) this.outbox.accepted(takenAt);
    else this.outbox.failed(problem, wait, this.#options.now(), Math.random());
    this.#log(problem, detail);
  }

  /** Asks what time it is there, by a list without alerts, each time anew: any of the clocks may have been set. */
  async #tell({ alerts, endsAt }: Outgoing, takenAt: Micros, signal: AbortSignal): Promise<PostAnswer> {
    const { now, toWall, ownUrl } = this.#options;
    const askedAt = now();
    const asked = await this.#poster.post('[]', signal);
    if (problemOf(asked.status) !== null) return asked;
    const { date } = asked;
    const ownAhead = toWall(0);
    const ahead =
      date === null
        ? ownAhead
        : this.#serverClock.learn(this.url, { date: date * MILLISECOND, askedAt, cameAt: now() }, ownAhead);
    const body = alerts.map(({ labels, annotations, startsAt }) => ({
      labels,
      annotations: annotations(ownUrl()),
      // What a journal brought back from a time when the clock was wrong may lie beyond the end, which is refused.
      startsAt: toIso(Math.min(startsAt, takenAt) + ahead),
      endsAt: toIso(endsAt + ahead),
    }));
    return await this.#poster.post(JSON.stringify(body), signal);
  }

  /** Once for each change. */
  #log(problem: SendProblem | null, detail: string): void {
    if (problem === this.#problem) return;
    this.#problem = problem;
    const fields = { event: 'alertmanager', alertmanager: this.url };
    if (problem === null) this.#options.log.info(fields, 'Alertmanager accepts alerts again');
    else
      this.#options.log.warn({ ...fields, problem, detail }, 'Cannot send alerts to Alertmanager; retrying');
  }
}

function problemOf(status: number): SendProblem | null {
  if (status >= 200 && status < 300) return null;
  if (status === 401 || status === 403) return 'unauthorized';
  if (status === 429) return 'overloaded';
  return status >= 500 ? 'server-error' : 'refused';
}

/** @param timeout by which the error does not tell itself: it is the same whichever signal gave up the request. */
function problemOfError(error: unknown, timeout: AbortSignal): SendProblem {
  if (error instanceof SecretFileError) return 'no-credentials';
  return timeout.aborted ? 'timed-out' : 'unreachable';
}
