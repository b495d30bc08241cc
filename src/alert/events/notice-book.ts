// What is to be told by Events, and when. It holds what is wanted now and no history: what was over before it could be told is
// not told. The API server is spared: a few writes at once, then one a second, and waits that grow while it takes none.

import { backoff } from '../../base/backoff.ts';
import { HOUR, MILLISECOND, type Micros, SECOND } from '../../base/time.ts';
import type { IpAddress } from '../../net/address.ts';
import type { Finding } from '../../watch/finding/finding.ts';
import type { Notice } from './notice.ts';
import { type Liveness, type Position, REFRESH_EVERY, type Step } from './notice-step.ts';

export const NOTICE_RESULTS = [
  /** A warning was written. */
  'raised',
  /** The problem is back: an earlier warning was counted on. */
  'repeated',
  /** Another agent had written the warning; this one is named in it too. */
  'joined',
  /** It still stands: the warning was kept from expiring. */
  'refreshed',
  /** This agent sees it no more; others do. */
  'left',
  /** It was written that the problem is over. */
  'resolved',
  /** Other agents had told of it. */
  'told-by-others',
  /** The warning had expired before the problem was over. */
  'expired',
  /** The finding is about no object of the cluster. */
  'no-object',
  /** The object concerned is not there any more. */
  'object-gone',
  /** Over before it could be told, or too much to tell: then it is not told, or its end is not. */
  'dropped',
  /** RBAC does not allow it; tried again. */
  'forbidden',
  /** Not taken for another reason; tried again. */
  'failed',
] as const;
export type NoticeResult = (typeof NOTICE_RESULTS)[number];

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

/** What is to be done about one notice now. */
export interface NoticeTask extends Pick<Position, 'wish' | 'isMine' | 'isPatient'> {
  readonly notice: Notice;
  /** Of the object concerned; null: not known yet. */
  readonly uid: string | null;
  /** The warning was taken back, and what is left to write is that the problem is over, for this many times; else null. */
  readonly closing: number | null;
}

export type NoticeOutcome =
  | { readonly kind: 'stepped'; readonly uid: string; readonly step: Step }
  /** It was written that it is over. */
  | { readonly kind: 'resolved' }
  | { readonly kind: 'object-gone' }
  /** Another agent wrote at the same time. */
  | { readonly kind: 'conflict' }
  | {
      readonly kind: 'failed';
      readonly isForbidden: boolean;
      /** The answer to a write was lost: it may have been taken. */
      readonly maybeWritten: boolean;
    };

interface Entry {
  notice: Notice;
  /** Which findings say so: on several interfaces. None: it is over. */
  readonly findings: Set<string>;
  /** The warning names this agent, or may. */
  isNamed: boolean;
  /** Of an agent that does not ask for the address: the others are given time, then it looks once. */
  turn: 'new' | 'waiting' | 'looked';
  uid: string | null;
  closing: number | null;
  /** This agent has left, and others have not: should all of them die, it is the one who knows that it is over. */
  left: { readonly others: readonly string[]; readonly at: Micros } | null;
  dueAt: Micros;
  /** In a row. */
  failures: number;
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
  readonly #entries = new Map<string, Entry>();
  #current: { readonly entry: Entry; readonly task: NoticeTask } | null = null;
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
    const due = [...this.#entries.values()].filter(({ dueAt }) => dueAt <= now);
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
        else entry.dueAt = now;
        return;
      case 'stepped':
        entry.uid = outcome.uid;
        this.#stepped(outcome.step, entry, now);
        if (wishOf(entry) !== task.wish) this.#changedMeanwhile(entry, now);
        return;
      default:
        outcome satisfies never;
    }
  }

  /** When `take` may have something; Infinity while something is under way, or nothing is to be told. */
  nextAt(): Micros {
    if (this.#current !== null) return Number.POSITIVE_INFINITY;
    let first = Number.POSITIVE_INFINITY;
    for (const { dueAt } of this.#entries.values()) first = Math.min(first, dueAt);
    return Math.max(first, this.#retryAt, this.#turnAt());
  }

  /** Notices that are followed. */
  get size(): number {
    return this.#entries.size;
  }

  #again(entry: Entry, notice: Notice, now: Micros): void {
    entry.notice = notice;
    entry.turn = 'new';
    entry.left = null;
    entry.closing = null;
    if (this.#current?.entry !== entry) entry.dueAt = now;
  }

  #end(entry: Entry, now: Micros): void {
    if (entry.isNamed) {
      entry.dueAt = now;
      return;
    }
    if (entry.turn === 'new') this.counters.dropped += 1;
    this.#forget(entry);
  }

  #forget(entry: Entry): void {
    this.#entries.delete(entry.notice.key);
  }

  /** Null where nothing is to be asked of the API for now. */
  #taskOf(entry: Entry, now: Micros): NoticeTask | null {
    const { notice, uid, closing, left } = entry;
    const isMine = this.#options.isMine(notice.ip);
    const wish = wishOf(entry);
    const isPatient = left === null || now < left.at + PATIENCE;
    const task = { notice, uid, closing, wish, isMine, isPatient };
    if (wish === 'over') return left && !this.#isAlone(entry, left, isPatient, now) ? null : task;
    if (isMine || entry.turn === 'waiting' || (entry.turn === 'looked' && entry.isNamed)) return task;
    if (entry.turn === 'new') {
      const spread = this.#options.random() * this.#options.agents() * SPREAD_FOR_EACH_AGENT;
      entry.turn = 'waiting';
      entry.dueAt = now + OTHERS_FIRST + spread;
    } else {
      // From now on it tells only where the address becomes its own to ask for.
      entry.dueAt = now + REFRESH_EVERY;
    }
    return null;
  }

  /** Whether those that saw it last are dead. */
  #isAlone(entry: Entry, left: NonNullable<Entry['left']>, isPatient: boolean, now: Micros): boolean {
    if (now >= left.at + LEFT_FOR_GOOD) {
      this.#forget(entry);
      return false;
    }
    entry.dueAt = now + LOOK_AFTER_LEAVING;
    return left.others.every((pod) => {
      const liveness = this.#options.livenessOf(pod);
      return liveness === 'gone' || (liveness === 'doubtful' && !isPatient);
    });
  }

  #stepped(step: Step, entry: Entry, now: Micros): void {
    entry.turn = 'looked';
    entry.dueAt = now + REFRESH_EVERY * (1 + this.#options.random() / 4);
    switch (step.do) {
      case 'create':
        this.counters.raised += 1;
        entry.isNamed = true;
        return;
      case 'change':
        this.counters[step.result] += 1;
        entry.isNamed = step.result !== 'left';
        if (step.result !== 'left') return;
        entry.left = { others: step.change.seenBy, at: now };
        entry.dueAt = now + LOOK_AFTER_LEAVING;
        return;
      case 'close':
        entry.isNamed = false;
        entry.left = null;
        entry.closing = step.change.count;
        entry.dueAt = now;
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
  #changedMeanwhile(entry: Entry, now: Micros): void {
    if (wishOf(entry) === 'over') return void (this.#entries.has(entry.notice.key) && this.#end(entry, now));
    entry.closing = null;
    entry.left = null;
    entry.dueAt = now;
  }

  #failed(outcome: NoticeOutcome & { kind: 'failed' | 'conflict' }, entry: Entry, now: Micros): void {
    const { random } = this.#options;
    entry.dueAt = now + backoff(entry.failures, random()) * MILLISECOND;
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

  /** What this agent has left gives way, and for what is critical a warning too: the one that takes the least with it. */
  #makeRoom(isCritical: boolean): boolean {
    if (this.#entries.size < MAX_ENTRIES) return true;
    const idle = [...this.#entries.values()].filter((entry) => this.#current?.entry !== entry);
    const warnings = isCritical ? idle.filter(({ notice }) => !notice.critical) : [];
    const forgotten =
      idle.find(({ left }) => left) ??
      warnings.find(isForOthers) ??
      warnings.findLast((entry) => !isOwed(entry)) ??
      warnings[0];
    if (!forgotten) return false;
    // It is not told, or its end is not.
    if (!forgotten.left && !isForOthers(forgotten)) this.counters.dropped += 1;
    this.#forget(forgotten);
    return true;
  }
}

function newEntry(notice: Notice, finding: string, now: Micros, isKnown: boolean): Entry {
  return {
    notice,
    findings: new Set([finding]),
    isNamed: isKnown,
    turn: 'new',
    uid: null,
    closing: null,
    left: null,
    dueAt: now,
    failures: 0,
  };
}

function wishOf({ findings }: Entry): Position['wish'] {
  return findings.size > 0 ? 'stands' : 'over';
}

/** Should this agent forget it, the Event may stay as it is for good. */
function isOwed({ isNamed, left, closing }: Entry): boolean {
  return isNamed || left !== null || closing !== null;
}

/** Others have told of it, or are about to. */
function isForOthers(entry: Entry): boolean {
  return entry.turn !== 'new' && !isOwed(entry);
}

function urgency(a: Entry, b: Entry): number {
  const gravity = Number(b.notice.critical) - Number(a.notice.critical);
  return gravity === 0 ? a.dueAt - b.dueAt : gravity;
}
