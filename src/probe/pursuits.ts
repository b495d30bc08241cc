// What is asked for twenty times a second: VIPs that left a question unanswered, until it is settled who answers, and whatever
// somebody measures, for as long as that takes.
import { MILLISECOND, type Micros, SECOND } from '../base/time.ts';
import { type IpAddress, isIpv4, type Mac } from '../net/address.ts';
import type { Answer, Answers } from '../watch/takeover/answers.ts';
import type { FallenTogether } from '../watch/takeover/vips.ts';
import { SLOWEST_ANSWER } from './outcomes.ts';
import type { Question } from './question.ts';
import { MAX_BURST } from './rates.ts';
import type { Pursuit, Target } from './target.ts';

interface PursuitsOptions {
  readonly answers: Pick<Answers, 'latest' | 'isAnnouncedHere'>;
  readonly announcedWith: (vip: IpAddress) => FallenTogether;
  /** Takes in whether the latest question for it was answered by now. */
  readonly look: (target: Target) => void;
  /** Asks for it, or has it asked for. Returns after how long that is to be done again. */
  readonly ask: (target: Target, isFirst: boolean, questions: Question[], now: Micros) => Micros;
  /** Told of a machine that answered after all, and how long that took. */
  readonly onSlow: (mac: Mac, took: Micros) => void;
}

export const PURSUIT_INTERVAL = 50 * MILLISECOND;
const PURSUED_AT_MOST = 60 * SECOND;
/** Answered for so long, a pursued VIP is settled. */
const SETTLED_AFTER = SECOND;
/** How far the pursuits may catch up when the caller was late. */
const CATCH_UP = 10 * MILLISECOND;

export class Pursuits {
  readonly #options: PursuitsOptions;
  /** The next to be asked for first. */
  readonly #pursued = new Set<Target>();
  /** When the next is due; Infinity without any. */
  nextAt: Micros = Number.POSITIVE_INFINITY;
  /** Their share of the probes allows for the next question then. */
  #allowedAt: Micros = 0;

  constructor(options: PursuitsOptions) {
    this.#options = options;
  }

  /** Of a VIP that left a question unanswered, which was asked at `missed`. */
  begin(target: Target, missed: Micros, now: Micros): void {
    this.#start(target, { nextAt: now, isOrdered: false, giveUpAt: now + PURSUED_AT_MOST });
    this.#noteMissed(target, target.pursuit!, missed);
  }

  /** Whether it answers or not, until `fastUntil`. */
  order(target: Target): void {
    const { pursuit, fastUntil } = target;
    if (pursuit) pursuit.giveUpAt = Math.max(pursuit.giveUpAt, fastUntil);
    else this.#start(target, { nextAt: 0, isOrdered: true, giveUpAt: fastUntil });
  }

  end(target: Target): void {
    target.pursuit = null;
    this.#pursued.delete(target);
  }

  answered(pursuit: Pursuit, { mac, at }: Answer): void {
    pursuit.answeredSince ??= at;
    const { missed, before } = pursuit;
    pursuit.missed = null;
    if (mac !== before || missed === null || at - missed > SLOWEST_ANSWER) return;
    pursuit.wasSlow = true;
    this.#options.onSlow(mac, at - missed);
  }

  /**
   * Another question was left unanswered, which was asked at `missed`. Returns whether that is news: of what was ordered, and
   * answered until then.
   */
  missed(target: Target, pursuit: Pursuit, missed: Micros, now: Micros): boolean {
    const isNews = pursuit.isOrdered && pursuit.answeredSince !== null;
    this.#noteMissed(target, pursuit, missed);
    if (isNews) {
      pursuit.isSilent = true;
      pursuit.nextAt = now;
      this.nextAt = Math.min(this.nextAt, now);
    }
    pursuit.answeredSince = null;
    return isNews;
  }

  /**
   * Asks for those that are due.
   * @param spared questions of the regular round: with them, none falls below the usual pace however many are pursued.
   * @param perSecond how many more there may be.
   */
  due(questions: Question[], spared: number, perSecond: number, now: Micros): void {
    let left = spared;
    const gap = SECOND / perSecond;
    const first = this.firstOfSilent();
    for (const target of [...this.#pursued]) {
      const pursuit = target.pursuit!;
      if (pursuit.nextAt > now) continue;
      const isAllowed = left > 0 || this.#allowedAt <= now;
      if (!isAllowed || questions.length >= MAX_BURST) break;
      this.#options.look(target);
      if (this.#isOver(target, pursuit, now)) {
        this.end(target);
        continue;
      }
      const before = questions.length;
      const pause = this.#options.ask(target, target === first, questions, now);
      const next = pursuit.nextAt + pause;
      pursuit.nextAt = next > now ? next : now + pause;
      this.#pursued.delete(target);
      this.#pursued.add(target);
      if (questions.length === before) continue;
      if (left > 0) left -= 1;
      else this.#allowedAt = Math.max(this.#allowedAt, now - CATCH_UP) + gap;
    }
    let nextAt = Number.POSITIVE_INFINITY;
    for (const { pursuit } of this.#pursued) nextAt = Math.min(nextAt, pursuit!.nextAt);
    this.nextAt = nextAt > now ? nextAt : Math.max(nextAt, this.#allowedAt);
  }

  /** All agents pursue the same one by questions to everybody, as far as they ask for the same. */
  firstOfSilent(): Target | null {
    let first: Target | null = null;
    for (const target of this.#pursued)
      if (target.pursuit!.isSilent && (first === null || target.order < first.order)) first = target;
    return first;
  }

  /** None is silent, nor was: what is left was ordered. */
  get areSettled(): boolean {
    for (const { pursuit } of this.#pursued) if (!pursuit!.isOrdered || pursuit!.isSilent) return false;
    return true;
  }

  #start(target: Target, how: Pick<Pursuit, 'nextAt' | 'isOrdered' | 'giveUpAt'>): void {
    const fallen = isIpv4(target.address) ? null : this.#options.announcedWith(target.address);
    const missed = { isSilent: !how.isOrdered, missed: null, before: null };
    target.pursuit = { ...how, ...missed, fallen, answeredSince: null, wasSlow: false };
    this.#pursued.add(target);
    this.nextAt = Math.min(this.nextAt, how.nextAt);
  }

  #noteMissed({ address }: Target, pursuit: Pursuit, missed: Micros): void {
    if (pursuit.missed !== null) return;
    pursuit.missed = missed;
    pursuit.before = this.#options.answers.latest(address)?.mac ?? null;
  }

  #isOver(target: Target, { answeredSince, giveUpAt, wasSlow }: Pursuit, now: Micros): boolean {
    if (target.fastUntil > now) return false;
    target.fastUntil = Number.NEGATIVE_INFINITY;
    if (target.kind !== 'vip' || this.#options.answers.isAnnouncedHere(target.address)) return true;
    if (answeredSince !== null) return wasSlow || now - answeredSince >= SETTLED_AFTER;
    if (now < giveUpAt) return false;
    target.givenUpAt = now;
    return true;
  }
}
