// Asks the segment, at a bounded rate, who answers for each VIP: a switch hides other hosts' answers from this node. A VIP
// that leaves a question unanswered is pursued: asked twenty times a second, so that its gap is known to 50 ms.

import { MILLISECOND, type Micros, SECOND, type Seconds } from '../base/time.ts';
import type { IpAddress, Mac } from '../net/address.ts';
import type { Answers } from '../watch/takeover/answers.ts';
import { type Probe, type ProbeSource, questionsFor } from './question.ts';
import type { ProbeView } from './view.ts';

interface ProberOptions {
  /** What the questions asked here were answered. */
  readonly answers: Pick<Answers, 'question' | 'latest' | 'isAnnouncedHere'>;
  /** Between two probes of one VIP. */
  readonly interval: Micros;
  /** Never more than this many probes a second in all. */
  readonly maxPerSecond: number;
  /** Of these, the regular round takes no more than this, so that a pursuit slows down nobody else's probing. */
  readonly steadyPerSecond: number;
  /** Told the round-trip time of each answer, in seconds. */
  readonly onRoundTrip?: (seconds: Seconds) => void;
  /** Told of each VIP to which something happens, and until when it is worth a closer look. */
  readonly onProbeFast?: (target: IpAddress, until: Micros) => void;
}

/** A VIP asked for at short intervals, until it is settled who answers. */
interface Pursuit {
  nextAt: Micros;
  /** The question that was missed; null where the pursuit was ordered. */
  readonly missed: Micros | null;
  /** Who answered the question before; null: not known. */
  readonly before: Mac | null;
  /** Silent until then, it is asked for at the usual pace again. */
  giveUpAt: Micros;
  /** Since when every question was answered. */
  answeredSince: Micros | null;
}

/** However late the caller is, never more at once than this. */
const MAX_BURST = 64;
/** Questions of the regular round that are due within so short a time are sent together: each time costs a wake-up. */
const SENT_TOGETHER = 50 * MILLISECOND;
/** A question is missed when it was not answered within this time, and at the latest by the next one. */
const MISSED_AFTER = 250 * MILLISECOND;
/** An announcer that answers within this time is slow, not silent: Wi-Fi holds back broadcasts for sleeping stations. */
const SLOWEST_ANSWER = SECOND;
const PURSUIT_INTERVAL = 50 * MILLISECOND;
const PURSUED_AT_MOST = 60 * SECOND;
/** What else is measured of a VIP goes on for so long after each question that was missed. */
const FAST_FOR = 5 * SECOND;
/** Answered for so long, a pursued VIP is settled. */
const SETTLED_AFTER = SECOND;
/** How far the pursuits may catch up when the caller was late. */
const CATCH_UP = 10 * MILLISECOND;

export class Prober implements ProbeView {
  readonly #answers: ProberOptions['answers'];
  #interval: Micros;
  readonly #maxPerSecond: number;
  readonly #steadyPerSecond: number;
  readonly #onRoundTrip: (seconds: Seconds) => void;
  readonly #onProbeFast: (target: IpAddress, until: Micros) => void;
  /** In the order of the regular round, with whose turn it is. */
  #targets: readonly IpAddress[] = [];
  #cursor = 0;
  #vips: ReadonlySet<IpAddress> = new Set();
  #sources: readonly ProbeSource[] = [];
  readonly #questions = new Map<IpAddress, readonly Probe[]>();
  /** Whose latest question is still to be looked at, whether it was answered; the oldest first. */
  readonly #open = new Set<IpAddress>();
  /** The next to be asked for first. */
  readonly #pursuits = new Map<IpAddress, Pursuit>();
  /** Pursued to no end, and until when: not again before somebody answers. */
  readonly #givenUp = new Map<IpAddress, Micros>();
  /** Pursued whether they answer or not, until the time given. */
  readonly #fastUntil = new Map<IpAddress, Micros>();
  #missedAfter: Micros;
  #dueAt: Micros = Number.POSITIVE_INFINITY;
  /** The pursuits' share of the budget allows for the next question then. */
  #allowedAt: Micros = 0;
  answered = 0;
  unanswered = 0;
  refused = 0;

  constructor({
    answers,
    interval,
    maxPerSecond,
    steadyPerSecond,
    onRoundTrip = () => {},
    onProbeFast = () => {},
  }: ProberOptions) {
    this.#answers = answers;
    this.#interval = interval;
    this.#maxPerSecond = maxPerSecond;
    this.#steadyPerSecond = steadyPerSecond;
    this.#onRoundTrip = onRoundTrip;
    this.#onProbeFast = onProbeFast;
    this.#missedAfter = Math.min(MISSED_AFTER, interval);
  }

  /** Each is asked for at the new pace from its next turn on. */
  setPace(interval: Micros, now: Micros): void {
    this.#interval = interval;
    this.#missedAfter = Math.min(this.#missedAfter, interval);
    if (this.#targets.length > 0) this.#dueAt = Math.min(this.#dueAt, now + interval);
  }

  /**
   * Whoever is new is asked for at once; the others keep their turn.
   * @param others addresses whose silence says nothing: of nodes whose MACs are still to be learned.
   */
  setTargets(vips: readonly IpAddress[], others: readonly IpAddress[], now: Micros): void {
    this.#vips = new Set(vips);
    const wanted = new Set([...vips, ...others]);
    const inTurn = [...this.#targets.slice(this.#cursor), ...this.#targets.slice(0, this.#cursor)];
    const kept = new Set(inTurn.filter((target) => wanted.has(target)));
    const fresh = [...wanted].filter((target) => !kept.has(target));
    this.#targets = [...fresh, ...kept];
    this.#cursor = 0;
    const known = new Set([...wanted, ...this.#fastUntil.keys()]);
    for (const table of [this.#open, this.#pursuits, this.#givenUp, this.#questions]) {
      for (const target of table.keys()) if (!known.has(target)) table.delete(target);
    }
    if (wanted.size === 0) this.#dueAt = Number.POSITIVE_INFINITY;
    else if (fresh.length > 0) this.#dueAt = Math.min(this.#dueAt, now);
  }

  setSources(sources: readonly ProbeSource[]): void {
    this.#questions.clear();
    this.#sources = sources;
  }

  /** Asks for this address twenty times a second until then, target or not; for whoever measures it. */
  probeFast(target: IpAddress, until: Micros): void {
    const latest = Math.max(until, this.#fastUntil.get(target) ?? 0);
    this.#fastUntil.set(target, latest);
    this.#onProbeFast(target, latest);
    const pursuit = this.#pursuits.get(target);
    if (pursuit) pursuit.giveUpAt = Math.max(pursuit.giveUpAt, latest);
    else
      this.#pursuits.set(target, {
        nextAt: 0,
        missed: null,
        before: null,
        giveUpAt: latest,
        answeredSince: null,
      });
  }

  /** When `due` has something next; Infinity without targets. */
  nextAt(): Micros {
    return Math.min(this.#dueAt, this.#missedAt(), this.#pursuedAt());
  }

  /** The probes to send now. */
  due(now: Micros): Probe[] {
    this.#noteMissed(now);
    const { probes, spared } = this.#round(now);
    return [...probes, ...this.#pursue(now, spared)];
  }

  /** A probe that `due` gave went out, and the ledger knows of it. */
  sent(target: IpAddress): void {
    // Its own answer never comes back here, but an impostor's does.
    if (this.#answers.isAnnouncedHere(target)) return;
    this.#open.delete(target);
    this.#open.add(target);
  }

  /** A probe that `due` gave could not be sent. */
  notSent(): void {
    this.refused += 1;
  }

  #missedAt(): Micros {
    for (const target of this.#open) if (!this.#isAnswered(target)) return this.#answerableUntil(target);
    return Number.POSITIVE_INFINITY;
  }

  #answerableUntil(target: IpAddress): Micros {
    return (this.#answers.question(target)?.at ?? Number.NEGATIVE_INFINITY) + this.#missedAfter;
  }

  #pursuedAt(): Micros {
    for (const { nextAt } of this.#pursuits.values()) return Math.max(nextAt, this.#allowedAt);
    return Number.POSITIVE_INFINITY;
  }

  #noteMissed(now: Micros): void {
    for (const target of this.#open) {
      if (this.#isAnswered(target)) continue;
      if (this.#answerableUntil(target) > now) return;
      this.#missed(target, now);
    }
  }

  /** Whether the latest question was answered, which is counted once. */
  #isAnswered(target: IpAddress): boolean {
    const question = this.#answers.question(target);
    if (!question?.answer) return false;
    const { answer, at } = question;
    this.#open.delete(target);
    const pursuit = this.#pursuits.get(target);
    if (pursuit) {
      pursuit.answeredSince ??= answer.at;
      this.#learnPatience(pursuit, answer);
    }
    this.answered += 1;
    this.#onRoundTrip(Math.max(0, answer.at - at) / SECOND);
    return true;
  }

  #missed(target: IpAddress, now: Micros): void {
    this.#open.delete(target);
    const question = this.#answers.question(target);
    // Since it was asked this node has announced it, or nobody wants to know any more.
    if (question === undefined || this.#answers.isAnnouncedHere(target)) return;
    this.unanswered += 1;
    const pursuit = this.#pursuits.get(target);
    if (pursuit) pursuit.answeredSince = null;
    else if (this.#vips.has(target) && !this.#isGivenUp(target)) {
      this.#pursuits.set(target, {
        nextAt: now + PURSUIT_INTERVAL,
        missed: question.at,
        before: this.#answers.latest(target)?.mac ?? null,
        giveUpAt: now + PURSUED_AT_MOST,
        answeredSince: null,
      });
    }
    if (this.#pursuits.has(target)) this.#onProbeFast(target, now + FAST_FOR);
  }

  #isGivenUp(target: IpAddress): boolean {
    const since = this.#givenUp.get(target);
    if (since === undefined) return false;
    if ((this.#answers.latest(target)?.at ?? 0) <= since) return true;
    this.#givenUp.delete(target);
    return false;
  }

  /** Every target in turn, spread over the interval; those pursued leave theirs to the pursuits. */
  #round(now: Micros): { readonly probes: readonly Probe[]; readonly spared: number } {
    const probes: Probe[] = [];
    let spared = 0;
    if (this.#dueAt > now) return { probes, spared };
    if (this.#dueAt < now - this.#interval) this.#dueAt = now;
    const gap = SECOND / this.#steadyRate();
    const until = now + SENT_TOGETHER;
    for (let turns = 0; this.#dueAt < until && turns < MAX_BURST; turns += 1) {
      const target = this.#targets[this.#cursor]!;
      this.#cursor = (this.#cursor + 1) % this.#targets.length;
      if (this.#pursuits.has(target)) spared += 1;
      else probes.push(...this.#ask(target, now));
      this.#dueAt += gap;
    }
    if (this.#dueAt <= now) this.#dueAt = now + gap;
    return { probes, spared };
  }

  /** @param spared questions of the regular round: with them, none falls below the usual pace however many are pursued. */
  #pursue(now: Micros, spared: number): Probe[] {
    const probes: Probe[] = [];
    let left = spared;
    const gap = SECOND / (this.#maxPerSecond - this.#steadyRate());
    for (const [target, pursuit] of this.#pursuits) {
      const isAllowed = left > 0 || this.#allowedAt <= now;
      if (pursuit.nextAt > now || !isAllowed || probes.length >= MAX_BURST) break;
      if (this.#open.has(target)) this.#isAnswered(target);
      const isOver = this.#isOver(target, pursuit, now);
      if (!isOver) probes.push(...this.#ask(target, now));
      this.#pursuits.delete(target);
      if (isOver) continue;
      const next = pursuit.nextAt + PURSUIT_INTERVAL;
      pursuit.nextAt = next > now ? next : now + PURSUIT_INTERVAL;
      this.#pursuits.set(target, pursuit);
      if (left > 0) left -= 1;
      else this.#allowedAt = Math.max(this.#allowedAt, now - CATCH_UP) + gap;
    }
    return probes;
  }

  #isOver(target: IpAddress, { answeredSince, giveUpAt }: Pursuit, now: Micros): boolean {
    if ((this.#fastUntil.get(target) ?? 0) > now) return false;
    this.#fastUntil.delete(target);
    if (!this.#vips.has(target) || this.#answers.isAnnouncedHere(target)) return true;
    if (answeredSince !== null) return now - answeredSince >= SETTLED_AFTER;
    if (now < giveUpAt) return false;
    this.#givenUp.set(target, now);
    return true;
  }

  #ask(target: IpAddress, now: Micros): readonly Probe[] {
    if (this.#open.has(target) && !this.#isAnswered(target)) this.#missed(target, now);
    return this.#questionsFor(target);
  }

  /** Written once, until the interfaces are told anew. */
  #questionsFor(target: IpAddress): readonly Probe[] {
    const known = this.#questions.get(target);
    if (known) return known;
    const questions = questionsFor(target, this.#sources);
    this.#questions.set(target, questions);
    return questions;
  }

  /** The same machine as before answered after all: from now on answers are waited for as long as that took, twice over. */
  #learnPatience({ missed, before }: Pursuit, { mac, at }: { readonly mac: Mac; readonly at: Micros }): void {
    if (mac !== before || missed === null || at - missed > SLOWEST_ANSWER) return;
    const longEnough = Math.min(2 * (at - missed), this.#interval, SLOWEST_ANSWER);
    this.#missedAfter = Math.max(this.#missedAfter, longEnough);
  }

  /** Probes a second of the regular round, pursued targets included. */
  #steadyRate(): number {
    const wanted = (Math.max(1, this.#targets.length) * SECOND) / this.#interval;
    return Math.min(wanted, this.#steadyPerSecond);
  }
}
