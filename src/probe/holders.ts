// Who may be asked alone for an address, because it is known to hold it; but not who has just left such a poll unanswered.
import { MILLISECOND, type Micros } from '../base/time.ts';
import { isGroupMac, type Mac } from '../net/address.ts';
import type { Answer, Answers } from '../watch/takeover/answers.ts';
import type { Question } from './question.ts';
import type { Questions } from './questions.ts';
import { isDeafToPolls, type Target } from './target.ts';

/**
 * A machine that left a poll unanswered is polled no more often, whatever it holds: each such poll reaches everybody. That of all
 * agents together, which do not hear each other's: each so many times less often, some sooner and some later.
 */
const QUIET_POLLED_EVERY = 250 * MILLISECOND;
const MAX_QUIET = 256;
const NOBODY: readonly Question[] = [];

export class Holders {
  readonly #answers: Pick<Answers, 'isAnnouncedHere' | 'holderOn'>;
  readonly #questions: Questions;
  /** Machines that left a poll unanswered, and when that was put to them. */
  readonly #quiet = new Map<Mac, { readonly missed: Micros; readonly since: Micros; polledAt: Micros }>();

  constructor(answers: Pick<Answers, 'isAnnouncedHere' | 'holderOn'>, questions: Questions) {
    this.#answers = answers;
    this.#questions = questions;
  }

  /** Polls of those that are known to hold it, on each segment, and have left no question unanswered since. */
  pollsOf(target: Target, now: Micros): readonly Question[] {
    if (target.isSilent || this.#answers.isAnnouncedHere(target.address)) return NOBODY;
    let polls = NOBODY;
    for (const question of this.#questions.toAll(target.address)) {
      const holder = this.#answers.holderOn(target.address, question.segment);
      if (!holder || !this.#mayBePolled(target, holder, now)) continue;
      const poll = this.#questions.toOne(question, holder.mac);
      polls = polls === NOBODY ? [poll] : [...polls, poll];
    }
    return polls;
  }

  #mayBePolled(target: Target, { mac, at }: Answer, now: Micros): boolean {
    if (at <= target.missedAt || isGroupMac(mac) || this.#questions.isOwn(mac)) return false;
    return !isDeafToPolls(target, mac, now);
  }

  /**
   * Those that may be sent now.
   * @param isAllowed one that may reach everybody, and counts by then.
   * @param pollers agents that poll it, perhaps.
   */
  allowed(
    polls: readonly Question[],
    isAllowed: () => boolean,
    pollers: number,
    now: Micros,
  ): readonly Question[] {
    if (this.#quiet.size === 0) return polls;
    const every = QUIET_POLLED_EVERY * Math.max(1, pollers * (1 + this.#questions.place));
    return polls.filter(({ polled }) => {
      const quiet = this.#quiet.get(polled!);
      if (!quiet) return true;
      if (now - quiet.polledAt < every || !isAllowed()) return false;
      quiet.polledAt = now;
      return true;
    });
  }

  isQuiet(mac: Mac): boolean {
    return this.#quiet.has(mac);
  }

  /** -Infinity: it is not. */
  quietSince(mac: Mac): Micros {
    return this.#quiet.get(mac)?.since ?? Number.NEGATIVE_INFINITY;
  }

  /** It left a poll unanswered, of that time. Returns whether it was not known to be silent then. */
  missed(mac: Mac, at: Micros, now: Micros): boolean {
    const quiet = this.#quiet.get(mac);
    if (quiet) {
      quiet.polledAt = now;
      return at <= quiet.since;
    }
    if (this.#quiet.size >= MAX_QUIET) this.#quiet.clear();
    this.#quiet.set(mac, { missed: at, since: now, polledAt: now });
    return true;
  }

  /** However late that is found: an answer of before says nothing. */
  answered(mac: Mac, at: Micros): void {
    const quiet = this.#quiet.get(mac);
    if (quiet && at > quiet.missed) this.#quiet.delete(mac);
  }
}
