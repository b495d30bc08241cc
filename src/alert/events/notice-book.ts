// What is to be told by Events, and when. It holds what is wanted now and no history: what was over before it could be told is
// not told. The API server is spared: a few writes at once, then one a second, and waits that grow while it takes none.

import { backoff } from '../../base/backoff.ts';
import { HOUR, MILLISECOND, type Micros, SECOND } from '../../base/time.ts';
import type { IpAddress } from '../../net/address.ts';
import type { Finding } from '../../watch/finding/finding.ts';
import type { Notice } from './notice.ts';
import {
  isForOthers,
  isOwed,
  leastMissed,
  type NoticeEntry,
  type NoticeState,
  newEntry,
  putOff,
  urgency,
  wishOf,
} from './notice-entry.ts';
import { type Liveness, type NoticeStep, REFRESH_EVERY } from './notice-step.ts';
import { NOTICE_RESULTS, type NoticeOutcome, type NoticeResult, type NoticeTask } from './notice-task.ts';

/** What became of the Events of the Kubernetes API that were to be written. */
export interface EventCount {
  readonly result: string;
  readonly count: number;
}

export interface NoticeBookOptions {
  /** This agent is among the few that ask for the address. */
  readonly isMine: (ip: IpAddress) => boolean;
  /** How many agents there are. */
  readonly agents: () => number;
  /** Of another agent's Pod. */
  readonly livenessOf: (pod: string) => Liveness;
  /** From 0 to 1. */
  readonly random: () => number;
}

const MAX_ENTRIES = 1_000;
const AT_ONCE = 10;
const THEN_EVERY = SECOND;
/** An agent that does not ask for the address looks after so long whether those that do have told of it. */
const OTHERS_FIRST = 20 * SECOND;
/** And then at a moment of its own: whatever the cluster's size, about one looks each second. */
const SPREAD_FOR_EACH_AGENT = SECOND;
const LOOK_AFTER_LEAVING = 15 * SECOND;
/** An agent that starts is ready within this time. */
const PATIENCE = 30 * SECOND;
/** By then an Event that nobody refreshes has expired. */
const LEFT_FOR_GOOD = HOUR;

export class NoticeBook {
  readonly #options: NoticeBookOptions;
  readonly #entries = new Map<string, NoticeEntry>();
  #current: { readonly entry: NoticeEntry; readonly task: NoticeTask } | null = null;
  #failures = 0;
  #retryAt: Micros = Number.NEGATIVE_INFINITY;
  /** Until when its turns are spent: one that is taken moves it on by one interval. */
  #spentUntil: Micros = Number.NEGATIVE_INFINITY;
  readonly counters = Object.fromEntries(NOTICE_RESULTS.map((result) => [result, 0])) as Record<
    NoticeResult,
    number
  >;

  constructor(options: NoticeBookOptions) {
    this.#options = options;
  }

  /** @param isKnown it was raised before this process began: the Event may name this agent already. */
  raise(notices: readonly Notice[], { id }: Pick<Finding, 'id'>, now: Micros, isKnown = false): void {
    if (notices.length === 0) this.counters['no-object'] += 1;
    for (const notice of notices) {
      const known = this.#entries.get(notice.key);
      if (known) {
        if (wishOf(known) === 'over') this.#again(known, notice, now);
        else if (notice.change !== null) this.#reword(known, notice, now);
        known.findings.add(id);
      } else if (this.#makeRoom(notice.critical)) {
        this.#entries.set(notice.key, newEntry(notice, id, now, isKnown));
      } else {
        this.counters.dropped += 1;
      }
    }
  }

  /** Whatever notices were made of the finding are over, unless another finding says the same. */
  resolve({ id }: Pick<Finding, 'id'>, now: Micros): void {
    for (const entry of this.#entries.values()) {
      if (!entry.findings.delete(id) || entry.findings.size > 0) continue;
      // What is under way is looked at again once it is known how it went.
      if (this.#current?.entry !== entry) this.#end(entry, now);
    }
  }

  /** What to do now, the gravest first; null where nothing is due. It is under way until `settle`. */
  take(now: Micros): NoticeTask | null {
    if (this.#current !== null || now < Math.max(this.#retryAt, this.#turnAt())) return null;
    const due = [...this.#entries.values()].filter(({ state }) => state.dueAt <= now);
    for (const entry of due.toSorted(urgency)) {
      const task = this.#taskOf(entry, now);
      if (task === null) continue;
      this.#current = { entry, task };
      this.#spentUntil = Math.max(this.#spentUntil, now) + THEN_EVERY;
      return task;
    }
    return null;
  }

  /** How the task that was taken went. */
  settle(outcome: NoticeOutcome, now: Micros): void {
    const { entry, task } = this.#current!;
    this.#current = null;
    if (outcome.kind === 'failed' || outcome.kind === 'conflict') return this.#failed(outcome, entry, now);
    this.#failures = 0;
    this.#retryAt = Number.NEGATIVE_INFINITY;
    entry.failures = 0;
    switch (outcome.kind) {
      case 'object-gone':
        this.counters['object-gone'] += 1;
        return this.#forget(entry);
      case 'resolved':
        this.counters.resolved += 1;
        if (wishOf(entry) === 'over') this.#forget(entry);
        else putOff(entry, now);
        return;
      case 'stepped':
        entry.uid = outcome.uid;
        this.#stepped(outcome.step, entry, now);
        entry.isReworded = entry.notice !== task.notice && entry.notice.change !== null;
        if (wishOf(entry) !== task.wish || entry.isReworded) this.#changedMeanwhile(entry, now);
        return;
      default:
        outcome satisfies never;
    }
  }

  /** When `take` may have something; Infinity while something is under way, or nothing is to be told. */
  nextAt(): Micros {
    if (this.#current !== null) return Number.POSITIVE_INFINITY;
    let first = Number.POSITIVE_INFINITY;
    for (const { state } of this.#entries.values()) first = Math.min(first, state.dueAt);
    return Math.max(first, this.#retryAt, this.#turnAt());
  }

  /** Notices that are followed. */
  get size(): number {
    return this.#entries.size;
  }

  #again(entry: NoticeEntry, notice: Notice, now: Micros): void {
    entry.notice = notice;
    entry.state = { kind: 'new', dueAt: this.#current?.entry === entry ? entry.state.dueAt : now };
  }

  /** It stands as before, and is another: the warning is to say so, and one that is not written yet is plainly about what is. */
  #reword(entry: NoticeEntry, notice: Notice, now: Micros): void {
    const isUnderWay = this.#current?.entry === entry;
    entry.isReworded = isUnderWay || entry.state.kind === 'looked';
    entry.notice = entry.isReworded ? notice : { ...notice, change: null };
    if (entry.isReworded && !isUnderWay) putOff(entry, now);
  }

  #end(entry: NoticeEntry, now: Micros): void {
    if (entry.isNamed) {
      putOff(entry, now);
      return;
    }
    if (entry.state.kind === 'new') this.counters.dropped += 1;
    this.#forget(entry);
  }

  #forget(entry: NoticeEntry): void {
    this.#entries.delete(entry.notice.key);
  }

  /** Null where nothing is to be asked of the API for now. */
  #taskOf(entry: NoticeEntry, now: Micros): NoticeTask | null {
    const { notice, uid, state, isReworded } = entry;
    const isMine = this.#options.isMine(notice.ip);
    const wish = wishOf(entry);
    const isPatient = state.kind !== 'left' || now < state.at + PATIENCE;
    const closing = state.kind === 'closing' ? state.count : null;
    const task = { notice, uid, closing, wish, isMine, isPatient, isReworded };
    if (wish === 'over')
      return state.kind === 'left' && !this.#isAlone(entry, state, isPatient, now) ? null : task;
    if (isMine || state.kind === 'waiting' || (state.kind !== 'new' && entry.isNamed)) return task;
    if (state.kind === 'new') {
      const spread = this.#options.random() * this.#options.agents() * SPREAD_FOR_EACH_AGENT;
      entry.state = { kind: 'waiting', dueAt: now + OTHERS_FIRST + spread };
    } else {
      // From now on it tells only where the address becomes its own to ask for.
      putOff(entry, now + REFRESH_EVERY);
    }
    return null;
  }

  /** Whether those that saw it last are dead. */
  #isAlone(
    entry: NoticeEntry,
    left: NoticeState & { kind: 'left' },
    isPatient: boolean,
    now: Micros,
  ): boolean {
    if (now >= left.at + LEFT_FOR_GOOD) {
      this.#forget(entry);
      return false;
    }
    putOff(entry, now + LOOK_AFTER_LEAVING);
    return left.others.every((pod) => {
      const liveness = this.#options.livenessOf(pod);
      return liveness === 'gone' || (liveness === 'doubtful' && !isPatient);
    });
  }

  #stepped(step: NoticeStep, entry: NoticeEntry, now: Micros): void {
    entry.state = { kind: 'looked', dueAt: now + REFRESH_EVERY * (1 + this.#options.random() / 4) };
    switch (step.do) {
      case 'create':
        this.counters.raised += 1;
        entry.isNamed = true;
        return;
      case 'change':
        this.counters[step.result] += 1;
        entry.isNamed = step.result !== 'left';
        if (step.result === 'left')
          entry.state = {
            kind: 'left',
            dueAt: now + LOOK_AFTER_LEAVING,
            others: step.change.seenBy,
            at: now,
          };
        return;
      case 'close':
        entry.isNamed = false;
        entry.state = { kind: 'closing', dueAt: now, count: step.change.count };
        return;
      case 'nothing':
        if (step.because !== 'standing') this.counters[step.because] += 1;
        entry.isNamed = step.because === 'standing';
        if (wishOf(entry) === 'over' && !entry.isNamed) this.#forget(entry);
        return;
      default:
        step satisfies never;
    }
  }

  /** It began or ended while the API was asked. */
  #changedMeanwhile(entry: NoticeEntry, now: Micros): void {
    if (wishOf(entry) === 'over') return void (this.#entries.has(entry.notice.key) && this.#end(entry, now));
    entry.state = { kind: 'looked', dueAt: now };
  }

  #failed(outcome: NoticeOutcome & { kind: 'failed' | 'conflict' }, entry: NoticeEntry, now: Micros): void {
    const { random } = this.#options;
    putOff(entry, now + backoff(entry.failures, random()) * MILLISECOND);
    entry.failures += 1;
    if (outcome.kind === 'failed') {
      this.counters[outcome.isForbidden ? 'forbidden' : 'failed'] += 1;
      this.#retryAt = now + backoff(this.#failures, random()) * MILLISECOND;
      this.#failures += 1;
      entry.isNamed ||= outcome.maybeWritten;
    }
    if (wishOf(entry) === 'stands' || isOwed(entry)) return;
    this.counters.dropped += 1;
    this.#forget(entry);
  }

  /** When there is a turn again. */
  #turnAt(): Micros {
    return this.#spentUntil - (AT_ONCE - 1) * THEN_EVERY;
  }

  #makeRoom(isCritical: boolean): boolean {
    if (this.#entries.size < MAX_ENTRIES) return true;
    const idle = [...this.#entries.values()].filter((entry) => this.#current?.entry !== entry);
    const forgotten = leastMissed(idle, isCritical);
    if (!forgotten) return false;
    // It is not told, or its end is not.
    if (forgotten.state.kind !== 'left' && !isForOthers(forgotten)) this.counters.dropped += 1;
    this.#forget(forgotten);
    return true;
  }
}
