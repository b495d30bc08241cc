// A notice that is followed until it was told that it is over: how far this agent is with it, one member a state, each with
// the time of what comes next.
import type { Micros } from '../../base/time.ts';
import type { Notice } from './notice.ts';
import type { Position } from './notice-step.ts';

export interface NoticeEntry {
  notice: Notice;
  /** Which findings say so: on several interfaces. None: it is over. */
  readonly findings: Set<string>;
  /** Its words are other ones than this agent last wrote or read. */
  isReworded: boolean;
  /** The warning names this agent, or may: the answer to a write can get lost in any state. */
  isNamed: boolean;
  /** Of the object concerned; null: not known yet. */
  uid: string | null;
  state: NoticeState;
  /** In a row. */
  failures: number;
}

/** `dueAt`: when the API is to be asked, or asked again. */
export type NoticeState =
  /** It has begun, or begun again, and the API was not asked since. */
  | { readonly kind: 'new'; readonly dueAt: Micros }
  /** This agent does not ask for the address: the others are given time, then it looks once. */
  | { readonly kind: 'waiting'; readonly dueAt: Micros }
  /** The API was asked: the warning stands, and is kept from expiring, or it is for others to tell of it. */
  | { readonly kind: 'looked'; readonly dueAt: Micros }
  /** This agent has left, and others have not: should all of them die, it is the one who knows that it is over. */
  | { readonly kind: 'left'; readonly dueAt: Micros; readonly others: readonly string[]; readonly at: Micros }
  /** The warning was taken back, and what is left to write is that the problem is over, for this many times. */
  | { readonly kind: 'closing'; readonly dueAt: Micros; readonly count: number };

export function newEntry(notice: Notice, finding: string, now: Micros, isKnown: boolean): NoticeEntry {
  return {
    notice,
    findings: new Set([finding]),
    isReworded: false,
    isNamed: isKnown,
    uid: null,
    state: { kind: 'new', dueAt: now },
    failures: 0,
  };
}

/** What comes next comes at another time. */
export function putOff(entry: NoticeEntry, dueAt: Micros): void {
  entry.state = { ...entry.state, dueAt };
}

export function wishOf({ findings }: NoticeEntry): Position['wish'] {
  return findings.size > 0 ? 'stands' : 'over';
}

/** Should this agent forget it, the Event may stay as it is for good. */
export function isOwed({ isNamed, state: { kind } }: NoticeEntry): boolean {
  return isNamed || kind === 'left' || kind === 'closing';
}

/** Others have told of it, or are about to. */
export function isForOthers(entry: NoticeEntry): boolean {
  return entry.state.kind !== 'new' && !isOwed(entry);
}

/** What this agent has left gives way, and for what is critical a warning too: the one that takes the least with it. */
export function leastMissed(entries: readonly NoticeEntry[], isCritical: boolean): NoticeEntry | undefined {
  const warnings = isCritical ? entries.filter(({ notice }) => !notice.critical) : [];
  return (
    entries.find(({ state }) => state.kind === 'left') ??
    warnings.find(isForOthers) ??
    warnings.findLast((entry) => !isOwed(entry)) ??
    warnings[0]
  );
}

export function urgency(a: NoticeEntry, b: NoticeEntry): number {
  const gravity = Number(b.notice.critical) - Number(a.notice.critical);
  return gravity === 0 ? a.state.dueAt - b.state.dueAt : gravity;
}
