// How many questions may be put to everybody on the LAN: by all agents together, whatever the number of VIPs and nodes. Agents
// do not talk about it: each counts what it hears the others ask.
import { MILLISECOND, MINUTE, type Micros, SECOND } from '../base/time.ts';

/** After something happened: so many times the usual rate, */
const FAST = 10;
/** for so long at most, and for no longer in a minute; */
const FAST_FOR = 10 * SECOND;
/** while something goes on, another time only once so much of that has come back; */
const FAST_AGAIN = 5 * SECOND;
/** then so many times, until it is settled or a minute has passed. */
const LATER = 2;
const ALARM_FOR = MINUTE;
/** More than so many times the usual rate: something happened that others noticed first. */
const MANY = 1.5;
const STILL_HEARD = 2 * SECOND;
/** So many questions of others within so short a time: what happened is known to many, and each waits until it may ask. */
const CROWD = 3;
const JUST_HEARD = 100 * MILLISECOND;
/** So much of a second's worth may be saved up. */
const SAVED = 0.05;
/** Whoever owes, or has nothing left by others, asks for what is silent once in so long nevertheless, */
const LEAST_EVERY = 2 * SECOND;
/** or, where agents are many, so rarely that all together spend half of what they may while nothing happens; */
const LEAST_SHARE = 0.5;
/** and for what is answered so many times less often. */
const SWEPT_LESS = 4;

const NONE = () => 0;

export class BroadcastBudget {
  #perSecond: number;
  #tokens = 1;
  /** When this agent asked everybody last, or polled whoever was known to be silent. */
  #spentAt: Micros = Number.NEGATIVE_INFINITY;
  /** Since when it waits to ask for what is silent; null: it asked since, or all is settled. */
  #waitsFrom: Micros | null = null;
  /** Since when its sweep waits, where it has asked nothing yet. */
  #sweepsFrom: Micros | null = null;
  #at: Micros = Number.NEGATIVE_INFINITY;
  /** Since when something has been going on. */
  #alarmAt: Micros | null = null;
  /** How long it may be fast, of what was left when that began. */
  #fastFor: Micros = FAST_FOR;
  #fastEndedAt: Micros = Number.NEGATIVE_INFINITY;
  /** Questions of other agents within a second. */
  #heardOfLate = { count: 0, since: Number.NEGATIVE_INFINITY };
  /** The latest questions of other agents, the oldest first. */
  readonly #heardAt: Micros[] = Array.from({ length: CROWD }, () => Number.NEGATIVE_INFINITY);
  /** So many polls of others are lost until then, which is not heard. */
  #unheard = { count: 0, until: Number.NEGATIVE_INFINITY };
  #manyHeardAt: Micros = Number.NEGATIVE_INFINITY;
  readonly #strangers = { tokens: 0, at: Number.NEGATIVE_INFINITY };

  /** @param perSecond while nothing happens. */
  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  setRate(perSecond: number, now: Micros): void {
    this.#refill(now);
    this.#perSecond = perSecond;
  }

  /**
   * Something happened. The first question about it is allowed at once, unless many others have just asked.
   * @param unheard polls that others lose within a second by what happened.
   */
  alarm(now: Micros, unheard = NONE): void {
    if (!this.#begin(now, unheard)) return;
    if (now - this.#heardAt[0]! >= JUST_HEARD) this.#tokens = Math.max(this.#tokens, 1);
  }

  #begin(now: Micros, unheard: () => number): boolean {
    if (this.#alarmAt !== null && now < this.#alarmAt + this.#fastFor) return false;
    const isOver = this.#alarmAt === null || now - this.#alarmAt >= ALARM_FOR;
    const left = this.#fastLeft(now);
    // What goes on for long does not speed up again and again.
    if (!isOver && left < FAST_AGAIN) return false;
    this.#refill(now);
    this.#endFast(now);
    this.#alarmAt = now;
    this.#unheard = { count: unheard(), until: now + SECOND };
    this.#fastFor = left;
    return true;
  }

  /** It is settled here. While others go on, what they began goes on for all, so that all are equally fast. */
  calm(now: Micros): void {
    this.#waitsFrom = null;
    if (this.#alarmAt === null || now - this.#manyHeardAt < STILL_HEARD) return;
    this.#refill(now);
    this.#endFast(now);
    this.#alarmAt = null;
  }

  /**
   * Somebody else asked everybody.
   * @param isNode a node's agent; strangers, who may ask for anything, take half of it at most.
   * @param unheard as for `alarm`, where this shows that something happened.
   */
  heard(isNode: boolean, now: Micros, unheard = NONE): void {
    if (!isNode && !this.#isForStrangers(now)) return;
    this.#take(now, 1);
    if (!isNode) return;
    this.#heardAt.push(now);
    this.#heardAt.shift();
    const { count, since } = this.#heardOfLate;
    this.#heardOfLate = now - since >= SECOND ? { count: 1, since: now } : { count: count + 1, since };
    if (this.#heardOfLate.count <= MANY * this.#perSecond) return;
    this.#manyHeardAt = now;
    if (this.#alarmAt === null) this.#begin(now, unheard);
  }

  /**
   * A question of this agent went to everybody, allowed or not, or a poll that a switch may send there.
   * @param times so many, of others that are not heard.
   */
  spend(now: Micros, times = 1): void {
    this.#spentAt = now;
    this.#waitsFrom = null;
    this.#take(now, times);
  }

  /** Polls stayed unanswered: a switch sent them to everybody, perhaps. */
  lost(now: Micros, count: number): void {
    this.#take(now, count);
  }

  #take(now: Micros, times: number): void {
    this.#refill(now);
    // What is owed already is not forgiven.
    const most = Math.max(this.#rate(now), times);
    this.#tokens = Math.min(this.#tokens, Math.max(this.#tokens - times, -most));
  }

  /** @param spare questions that are still allowed after that one. */
  isAllowed(now: Micros, spare = 0): boolean {
    this.#refill(now);
    return this.#tokens >= this.#needed(spare, now);
  }

  /**
   * Whatever is left: nobody may keep this agent from asking for what is silent. A machine that answers one question is polled
   * again, for all that it holds.
   * @param agents that ask, as far as is known.
   */
  isOverdue(agents: number, now: Micros): boolean {
    this.#waitsFrom ??= now;
    return now - Math.max(this.#spentAt, this.#waitsFrom) >= this.#leastEvery(agents);
  }

  /**
   * When one more for what is answered is allowed, whatever is left: a second machine that answers shows by nothing else.
   * @param place of this agent among all, 0 to 1: they begin at once, perhaps.
   */
  sweepOverdueAt(agents: number, place: number, now: Micros): Micros {
    this.#sweepsFrom ??= now;
    // What has just happened takes everything first.
    const from = Math.max(this.#spentAt, this.#sweepsFrom, this.#fastUntil);
    return from + SWEPT_LESS * this.#leastEvery(agents) * (0.5 + place);
  }

  /** When one more is allowed, as far as is known. */
  nextAt(spare = 0): Micros {
    const lacks = this.#needed(spare, this.#at) - this.#tokens;
    return lacks <= 0 ? this.#at : this.#at + (lacks * SECOND) / this.#rate(this.#at);
  }

  /** More than may be saved up never comes together. */
  #needed(spare: number, now: Micros): number {
    return Math.min(1 + spare, mostSaved(this.#rate(now)));
  }

  #leastEvery(agents: number): Micros {
    return Math.max(LEAST_EVERY, (agents * SECOND) / (LEAST_SHARE * this.#perSecond));
  }

  /** Something happened a moment ago. */
  isFast(now: Micros): boolean {
    return this.#alarmAt !== null && now < this.#alarmAt + this.#fastFor;
  }

  /** The latest time that was fast. */
  get #fastUntil(): Micros {
    return this.#alarmAt === null ? this.#fastEndedAt : this.#alarmAt + this.#fastFor;
  }

  #rate(now: Micros): number {
    if (this.#alarmAt === null || now - this.#alarmAt >= ALARM_FOR) return this.#perSecond;
    const later = LATER * this.#perSecond;
    if (!this.isFast(now)) return later;
    const { count, until } = this.#unheard;
    // Together with what may be saved up no second has more.
    return Math.max(later, FAST * (1 - SAVED) * this.#perSecond - (now < until ? count : 0));
  }

  #refill(now: Micros): void {
    if (now <= this.#at) return;
    const rate = this.#rate(now);
    const most = mostSaved(rate);
    this.#tokens = Math.min(most, this.#tokens + (rate * Math.min(now - this.#at, ALARM_FOR)) / SECOND);
    this.#at = now;
  }

  #endFast(now: Micros): void {
    if (this.#alarmAt === null) return;
    this.#fastFor = Math.max(0, this.#fastFor - (now - this.#alarmAt));
    this.#fastEndedAt = now;
  }

  /** What was used comes back within a minute. */
  #fastLeft(now: Micros): Micros {
    const began = this.#alarmAt;
    const left = began === null ? this.#fastFor : 0;
    return Math.min(FAST_FOR, left + ((now - this.#fastUntil) * FAST_FOR) / MINUTE);
  }

  #isForStrangers(now: Micros): boolean {
    const bucket = this.#strangers;
    const rate = this.#rate(now) / 2;
    bucket.tokens = Math.min(rate, bucket.tokens + (rate * Math.min(now - bucket.at, MINUTE)) / SECOND);
    bucket.at = now;
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}

function mostSaved(rate: number): number {
  return Math.max(1, rate * SAVED);
}
