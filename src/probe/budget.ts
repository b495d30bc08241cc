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
/**
 * So many times the usual rate for long: something happened that others noticed first. One agent that goes on alone asks more than
 * that, and whoever did not join it would never have a turn.
 */
const BUSY = 1.2;
/** So many times what a second usually has, at once, are no more than a coincidence. */
const MANY = 1.5;
const STILL_HEARD = 2 * SECOND;
/** So long before, at 20 questions a second. */
const HEARD_LATE = 500 * MILLISECOND;
/** So many questions of others within so short a time: what happened may be known to all, and each takes its turn. */
const CROWD = 3;
const JUST_HEARD = 100 * MILLISECOND;
/**
 * While something goes on, however many the others ask, who may be faster than this one: it has a turn in so long, times as many as
 * there are agents. They hear it, and ask the less.
 */
const TURN = 500 * MILLISECOND;
/** So much of a second's worth may be saved up. */
const SAVED = 0.05;

/** Counts what comes, as a bucket that leaks: neither a second's beginning nor its end matters. */
class Leaking {
  #level = 0;
  #at: Micros = Number.NEGATIVE_INFINITY;

  /** Another one came. Whether there are more than is usual, by the usual rate. */
  isMoreThan(perSecond: number, now: Micros): boolean {
    const most = MANY * perSecond;
    const leaked = (BUSY * perSecond * Math.max(0, now - this.#at)) / SECOND;
    this.#level = Math.min(most, Math.max(0, this.#level - leaked)) + 1;
    this.#at = now;
    return this.#level > most;
  }
}

export class BroadcastBudget {
  #perSecond: number;
  #tokens = 1;
  #at: Micros = Number.NEGATIVE_INFINITY;
  /** Nobody was asked yet about what happened. */
  #isFirstFree = false;
  #turnAfter: Micros = TURN;
  /** Since when it may not ask, and would; null: it asked since, or has nothing to ask. */
  #waitsSince: Micros | null = null;
  /** Since when something has been going on. */
  #alarmAt: Micros | null = null;
  /** How long it may be fast, of what was left when that began. */
  #fastFor: Micros = FAST_FOR;
  #fastEndedAt: Micros = Number.NEGATIVE_INFINITY;
  /** Questions of late, of other agents and of all. */
  readonly #ofOthers = new Leaking();
  readonly #ofAll = new Leaking();
  /** So much of the first second is left to others. */
  #unheard = { count: 0, until: Number.NEGATIVE_INFINITY };
  /** The latest questions of others, the oldest first. */
  readonly #heardAt: Micros[] = Array.from({ length: CROWD }, () => Number.NEGATIVE_INFINITY);
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
   * @param agents that ask everybody, this one included.
   * @param place of this one among them, 0 to 1: that not all have their turn at once.
   */
  setAgents(agents: number, place: number): void {
    this.#turnAfter = agents * TURN * (0.5 + place);
  }

  /**
   * Something happened. The first question about it is allowed at once, whatever was spent, unless many others have just asked.
   * @param unheard what reaches everybody within a second of that, and is not heard here.
   */
  alarm(now: Micros, unheard: () => number = () => 0): void {
    if (this.#begin(now, unheard)) this.#isFirstFree = now - this.#heardAt[0]! >= JUST_HEARD;
  }

  /** @param ago when it happened. */
  #begin(now: Micros, unheard: () => number, ago: Micros = 0): boolean {
    if (this.#alarmAt !== null && now < this.#alarmAt + this.#fastFor) return false;
    const isOver = this.#alarmAt === null || now - this.#alarmAt >= ALARM_FOR;
    const left = this.#fastLeft(now);
    // What goes on for long does not speed up again and again.
    if (!isOver && left < FAST_AGAIN) return false;
    this.#refill(now);
    this.#endFast(now);
    this.#alarmAt = now - ago;
    this.#unheard = { count: unheard(), until: now + SECOND };
    this.#fastFor = left;
    return true;
  }

  /** It is settled here. While others go on, what they began goes on for all, so that all are equally fast. */
  calm(now: Micros): void {
    this.#waitsSince = null;
    if (this.#alarmAt === null || now - this.#manyHeardAt < STILL_HEARD) return;
    this.#refill(now);
    this.#endFast(now);
    this.#alarmAt = null;
    this.#isFirstFree = false;
  }

  /**
   * Somebody else asked everybody.
   * @param isNode a node's agent; strangers, who may ask for anything, take half of it at most.
   * @param unheard as for `alarm`, where this shows that something happened.
   */
  heard(isNode: boolean, now: Micros, unheard = 0): void {
    if (!isNode && !this.#isForStrangers(now)) return;
    this.spend(now);
    if (!isNode) return;
    this.#heardAt.push(now);
    this.#heardAt.shift();
    if (this.#ofOthers.isMoreThan(this.#perSecond, now)) this.#manyHeardAt = now;
    if (this.#ofAll.isMoreThan(this.#perSecond, now) && this.#alarmAt === null)
      this.#begin(now, () => unheard, HEARD_LATE);
  }

  /**
   * This agent asks everybody.
   * @param times so often as all of its kind, where others are not heard.
   */
  asked(now: Micros, times = 1): void {
    this.#isFirstFree = false;
    this.#waitsSince = null;
    this.#ofAll.isMoreThan(this.#perSecond, now);
    this.spend(now, times);
  }

  /** So many frames of others went to everybody, or polls of this agent that nobody got. */
  spend(now: Micros, times = 1): void {
    this.#refill(now);
    // What is owed already is not forgiven.
    const most = Math.max(this.#rate(now), times);
    this.#tokens = Math.min(this.#tokens, Math.max(this.#tokens - times, -most));
  }

  /** @param spare questions that are still allowed after that one. */
  isAllowed(now: Micros, spare = 0): boolean {
    this.#refill(now);
    if (this.#isFirstFree || this.#tokens >= 1 + spare) return true;
    if (!this.isAlarm(now)) return false;
    this.#waitsSince ??= now;
    return now - this.#waitsSince >= this.#turnAfter;
  }

  /** When that is so, as far as is known. */
  nextAt(spare = 0): Micros {
    if (this.#isFirstFree) return this.#at;
    const lacks = 1 + spare - this.#tokens;
    if (lacks <= 0) return this.#at;
    const turnAt = this.#waitsSince === null ? Number.POSITIVE_INFINITY : this.#waitsSince + this.#turnAfter;
    return Math.min(turnAt, this.#at + (lacks * SECOND) / this.#rate(this.#at));
  }

  /** Something happened, and goes on. */
  isAlarm(now: Micros): boolean {
    return this.#alarmAt !== null && now - this.#alarmAt < ALARM_FOR;
  }

  /** Something happened a moment ago. */
  isFast(now: Micros): boolean {
    return this.isAlarm(now) && now < this.#alarmAt! + this.#fastFor;
  }

  #rate(now: Micros): number {
    if (!this.isAlarm(now)) return this.#perSecond;
    const later = LATER * this.#perSecond;
    if (!this.isFast(now)) return later;
    const unheard = now < this.#unheard.until ? this.#unheard.count : 0;
    // Together with what may be saved up no second has more.
    return Math.max(later, FAST * (1 - SAVED) * this.#perSecond - unheard);
  }

  #refill(now: Micros): void {
    if (now <= this.#at) return;
    const rate = this.#rate(now);
    const most = Math.max(1, rate * SAVED);
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
    const since = began === null ? this.#fastEndedAt : began + this.#fastFor;
    return Math.min(FAST_FOR, left + ((now - since) * FAST_FOR) / MINUTE);
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
