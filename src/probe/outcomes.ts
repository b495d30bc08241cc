// What became of the latest question for each address: the ledger has the answers, this looks at them once.
import { type Micros, SECOND, type Seconds } from '../base/time.ts';
import type { Mac } from '../net/address.ts';
import type { Answer, Answers, OwnQuestion } from '../watch/takeover/answers.ts';
import { Patience, Waiting } from './patience.ts';
import type { Target } from './target.ts';

interface OutcomesOptions {
  readonly interval: Micros;
  readonly answers: Pick<Answers, 'question' | 'isAnnouncedHere'>;
  readonly onAnswered: (target: Target, question: OwnQuestion, answer: Answer) => void;
  readonly onMissed: (target: Target, question: OwnQuestion, now: Micros) => void;
  /** Told of a poll that is perhaps in vain: another one of the same machine was missed. */
  readonly onDoubtful: (target: Target, now: Micros) => void;
  /** Since when a machine has been known to leave polls unanswered; -Infinity: it answers. */
  readonly quietSince: (mac: Mac) => Micros;
  /** Told the round-trip time of each answer, in seconds. */
  readonly onRoundTrip: ((seconds: Seconds) => void) | undefined;
}

/** An announcer that answers within this time is slow, not silent: Wi-Fi holds back frames for sleeping stations. */
export const SLOWEST_ANSWER = SECOND;
const NEVER = Number.NEGATIVE_INFINITY;

export class Outcomes {
  readonly #options: OutcomesOptions;
  #patience: Patience;
  /** Whose latest question is still to be looked at; the oldest first. */
  readonly #open = new Waiting<Target>();
  readonly unicast = { answered: 0, unanswered: 0, refused: 0 };
  readonly broadcast = { answered: 0, unanswered: 0, refused: 0 };

  constructor(options: OutcomesOptions) {
    this.#options = options;
    this.#patience = new Patience(options.interval);
  }

  setPace(interval: Micros): void {
    this.#patience = new Patience(interval);
  }

  /** A question went out, and the ledger knows of it. */
  sent(target: Target, polled: Mac | null): void {
    const { open } = target;
    // Polled again in time, it waits since the first of them.
    const isOpen = polled !== null && open.polled !== null && this.#open.has(target);
    // On another card, of another MAC perhaps, at the same moment: it waits with the first.
    const isBeside = isOpen && open.at === target.askedAt;
    const waitsOn = isBeside || (isOpen && open.polled === polled);
    if (!waitsOn) this.#open.add(target, this.#patience.with(polled));
    if (!isBeside) open.polled = polled;
    open.at = target.askedAt;
    open.since = waitsOn ? open.since : this.#askedAt(target);
    open.count = waitsOn ? open.count + 1 : 1;
    open.isDoubtful &&= waitsOn;
  }

  notSent(polled: Mac | null): void {
    this.#counts(polled).refused += 1;
  }

  forget(target: Target): void {
    this.#open.delete(target);
  }

  /** When the next question will have been missed, where nobody answers it. */
  missedAt(): Micros {
    let earliest = Number.POSITIVE_INFINITY;
    for (const { patience, waiting } of this.#open.queues) {
      for (const target of waiting) {
        if (this.#isAnswered(target)) continue;
        earliest = Math.min(earliest, target.open.since + patience);
        break;
      }
    }
    return earliest;
  }

  noteMissed(now: Micros): void {
    for (const { patience, waiting } of this.#open.queues) {
      for (const target of waiting) {
        if (this.#isAnswered(target)) continue;
        if (target.open.since + patience > now) break;
        if (this.#waitsWithAnother(target, patience)) {
          this.#open.add(target, this.#patience.with(null));
          target.open.isDoubtful = true;
          this.#options.onDoubtful(target, now);
        } else this.#missed(target, now);
      }
    }
  }

  /**
   * Of several polls that a machine has open, the first that is missed has everybody asked. The others wait for what comes of
   * that: the machine may have become slow, and all of them would be pursued in vain.
   */
  #waitsWithAnother({ open: { polled, since } }: Target, patience: Micros): boolean {
    if (polled === null || patience >= this.#patience.with(null)) return false;
    return since <= this.#options.quietSince(polled);
  }

  /** It is still to be seen whether the latest question is answered. */
  isOpen(target: Target): boolean {
    return this.#open.has(target) && !this.#isAnswered(target);
  }

  /** It is asked for anew: what is open now was missed, but for a poll that has its time still. */
  askedAgain(target: Target, now: Micros): void {
    if (!this.isOpen(target)) return;
    const { polled, since } = target.open;
    if (polled === null || now - since >= this.#patience.with(polled)) this.#missed(target, now);
  }

  /** A machine took so long to answer. */
  learn(mac: Mac, took: Micros): void {
    this.#patience.learn(mac, took);
  }

  #askedAt({ address }: Target): Micros {
    return this.#options.answers.question(address)?.at ?? NEVER;
  }

  /** Whether the latest question was answered, which is counted once. */
  #isAnswered(target: Target): boolean {
    const question = this.#options.answers.question(target.address);
    if (!question?.answer) return false;
    const { answer, at, polled } = question;
    this.#open.delete(target);
    this.#options.onAnswered(target, question, answer);
    this.#counts(polled).answered += target.open.count;
    // What comes soon after silence, or from a slow machine that is pursued, may be the answer to any of the questions before.
    if (polled !== null) this.#patience.answered(polled, answer.at - target.open.since);
    if (answer.at - target.missedAt > SLOWEST_ANSWER && !this.#isOutrun(target))
      this.#options.onRoundTrip?.(Math.max(0, answer.at - at) / SECOND);
    return true;
  }

  #isOutrun({ pursuit, open: { polled } }: Target): boolean {
    return pursuit !== null && polled !== null && this.#patience.isSlow(polled);
  }

  #missed(target: Target, now: Micros): void {
    this.#open.delete(target);
    const question = this.#options.answers.question(target.address);
    // Since it was asked this node has announced it, or nobody wants to know any more.
    if (question === undefined || this.#options.answers.isAnnouncedHere(target.address)) return;
    this.#counts(question.polled).unanswered += target.open.count;
    target.missedAt = Math.max(target.missedAt, question.at);
    this.#options.onMissed(target, question, now);
  }

  #counts(polled: Mac | null) {
    return polled === null ? this.broadcast : this.unicast;
  }
}
