// Who may be asked alone for an address, because it is known to hold it; but not who has just left such a poll unanswered.
import { type Micros, SECOND } from '../base/time.ts';
import { type IpAddress, isGroupMac, type Mac } from '../net/address.ts';
import type { Answer, Answers } from '../watch/takeover/answers.ts';
import type { Question } from './question.ts';
import type { Questions } from './questions.ts';
import { isDeafToPolls, type Target } from './target.ts';

/** Whoever left a poll unanswered is polled again after so long, even where others leave nothing of the budget. */
const QUIET_FOR = 30 * SECOND;
const MAX_QUIET = 256;

/** A machine that left a poll unanswered: another one would reach everybody. */
interface Quiet {
  since: Micros;
  readonly missed: IpAddress;
  /** It left a question for another of its addresses open, too. */
  isGone: boolean;
}

const NOBODY: readonly Question[] = [];

export class Holders {
  readonly #answers: Pick<Answers, 'isAnnouncedHere' | 'holderOn'>;
  readonly #questions: Questions;
  readonly #quiet = new Map<Mac, Quiet>();

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

  /** Those that are worth sending: everybody is asked for what a quiet machine holds, until it answers. */
  ofAnswering(polls: readonly Question[], now: Micros): readonly Question[] {
    return this.#quiet.size === 0 ? polls : polls.filter(({ polled }) => !this.isQuiet(polled!, now));
  }

  isQuiet(mac: Mac, now: Micros): boolean {
    const quiet = this.#quiet.get(mac);
    return quiet !== undefined && now - quiet.since < QUIET_FOR;
  }

  /** It has been quiet for so long that it is polled again. */
  isTriedAgain(mac: Mac, now: Micros): boolean {
    return this.#quiet.has(mac) && !this.isQuiet(mac, now);
  }

  /** Whatever it holds, it is known to answer no question for that. */
  isGone(mac: Mac): boolean {
    return this.#quiet.get(mac)?.isGone ?? false;
  }

  /**
   * A question was left unanswered.
   * @param polled by whom alone; null: by all, and so by whoever holds it.
   */
  missed(address: IpAddress, polled: Mac | null, now: Micros): void {
    if (polled !== null) this.#missedPoll(address, polled, now);
    if (this.#quiet.size === 0) return;
    for (const { segment } of this.#questions.toAll(address)) {
      const holder = this.#answers.holderOn(address, segment);
      const quiet = holder ? this.#quiet.get(holder.mac) : undefined;
      if (quiet && quiet.missed !== address) quiet.isGone = true;
    }
  }

  answered(mac: Mac): void {
    this.#quiet.delete(mac);
  }

  #missedPoll(address: IpAddress, polled: Mac, now: Micros): void {
    const quiet = this.#quiet.get(polled);
    if (quiet) {
      quiet.since = now;
      return;
    }
    if (this.#quiet.size >= MAX_QUIET) this.#quiet.clear();
    this.#quiet.set(polled, { since: now, missed: address, isGone: false });
  }
}
