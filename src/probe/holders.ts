// Who may be asked alone for an address, because it is known to hold it; but not who has just left such a poll unanswered.
import { MILLISECOND, type Micros } from '../base/time.ts';
import { isGroupMac, type Mac } from '../net/address.ts';
import type { Answers } from '../watch/takeover/answers.ts';
import type { Question } from './question.ts';
import type { Questions } from './questions.ts';
import { isDeafToPolls, type Target } from './target.ts';

/** A machine that left a poll unanswered is polled no more often, whatever it holds: each such poll reaches everybody. */
const QUIET_POLLED_EVERY = 250 * MILLISECOND;
const MAX_QUIET = 256;

export class Holders {
  readonly #answers: Pick<Answers, 'isAnnouncedHere' | 'holderOn'>;
  readonly #questions: Questions;
  /** Machines that left a poll unanswered, and when they were polled last. */
  readonly #quiet = new Map<Mac, Micros>();

  constructor(answers: Pick<Answers, 'isAnnouncedHere' | 'holderOn'>, questions: Questions) {
    this.#answers = answers;
    this.#questions = questions;
  }

  /** Polls of those that are known to hold it, on each segment, and have left no question unanswered since. */
  pollsOf(target: Target, now: Micros): Question[] {
    const { address, isSilent, missedAt } = target;
    if (isSilent || this.#answers.isAnnouncedHere(address)) return [];
    return this.#questions.toAll(address).flatMap((question) => {
      const holder = this.#answers.holderOn(address, question.segment);
      if (!holder || holder.at <= missedAt) return [];
      if (isGroupMac(holder.mac) || this.#questions.isOwn(holder.mac)) return [];
      return isDeafToPolls(target, holder.mac, now) ? [] : [this.#questions.toOne(question, holder.mac)];
    });
  }

  /**
   * Those that may be sent now.
   * @param isAllowed one that may reach everybody.
   */
  allowed(polls: readonly Question[], isAllowed: () => boolean, now: Micros): Question[] {
    return polls.filter(({ polled }) => {
      const polledAt = this.#quiet.get(polled!);
      if (polledAt === undefined) return true;
      if (now - polledAt < QUIET_POLLED_EVERY || !isAllowed()) return false;
      this.#quiet.set(polled!, now);
      return true;
    });
  }

  isQuiet(mac: Mac): boolean {
    return this.#quiet.has(mac);
  }

  /** It left a poll unanswered. */
  missed(mac: Mac, now: Micros): void {
    if (this.#quiet.size >= MAX_QUIET) this.#quiet.clear();
    this.#quiet.set(mac, now);
  }

  answered(mac: Mac): void {
    this.#quiet.delete(mac);
  }
}
