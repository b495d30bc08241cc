// Whether this node announces an address: its own answers do not come back to it, so that what it last said must stand for them.
import { type Micros, SECOND } from '../../base/time.ts';
import type { AddressLog } from './address-log.ts';
import type { ClaimRun, QuestionRun, Run } from './run.ts';

/** An answer that comes so soon after this node claimed the address may be to an earlier question. */
const ANSWERED_LATE = SECOND / 2;
/** A question to this node that stays unanswered for so long: it announces the address no more. */
const ANSWERED_WITHIN = 3 * SECOND;
/** A handover's overlap is shorter; a burst of announcements lasts 4.4 s. */
export const HANDED_OVER_WITHIN = 2 * SECOND;
/** Whoever claims the address so soon after may have been asked for it before. */
const CAME_LATER = 5 * SECOND;
const NEVER = Number.NEGATIVE_INFINITY;

/**
 * This node announces the address, and its own answers do not come here: what it last said stands, until it leaves another's
 * question unanswered or another node takes the address from it.
 */
export function isAnnouncedHere({ runs }: AddressLog): boolean {
  const said = saidHere(runs);
  if (said === NEVER) return false;
  for (const run of runs) {
    if (run.kind === 'asked' || run.isOwn || !run.isNode) continue;
    // A node that hands the address over may still answer a question that it was asked before.
    if (run.last <= said + (run.kind === 'announced' ? 0 : ANSWERED_LATE)) continue;
    if (!isRival(runs, run)) return false;
  }
  const { first, last } = leftOpen(runs);
  return last - first <= ANSWERED_WITHIN;
}

/** This node has claimed it, and may do so no more. */
export function isClaimedHere({ runs }: AddressLog): boolean {
  return saidHere(runs) > NEVER;
}

/** When this node last claimed it. */
function saidHere(runs: readonly Run[]): Micros {
  let said = NEVER;
  for (const run of runs) if (run.kind !== 'asked' && run.isOwn && run.last > said) said = run.last;
  return said;
}

/** The first question of another that this node has left open since it last claimed the address; Infinity: there is none. */
export function leftOpenSince({ runs }: AddressLog): Micros {
  return leftOpen(runs).first;
}

function leftOpen(runs: readonly Run[]): { readonly first: Micros; readonly last: Micros } {
  const said = saidHere(runs);
  let first = Number.POSITIVE_INFINITY;
  let last = NEVER;
  for (const run of runs) {
    if (run.kind !== 'asked' || run.last <= said || !isOthers(run)) continue;
    first = Math.min(first, run.first > said ? run.first : run.last);
    last = Math.max(last, run.last);
  }
  return { first, last };
}

/**
 * What a node says that proves no handover: it claimed the address while this node, which announced it last, did so too; or it
 * came later, had never claimed it before, and only answers: every speaker that takes an address begins by announcing it.
 */
function isRival(runs: readonly Run[], { who }: ClaimRun): boolean {
  const announced = runs.findLast((run): run is ClaimRun => run.kind === 'announced' && run.isOwn);
  if (!announced) return false;
  const its = runs.filter((run): run is ClaimRun => run.kind !== 'asked' && run.who === who);
  if (its.some(({ kind, first }) => kind === 'announced' && first > announced.last)) return false;
  if (its.every(({ first }) => first > announced.last + CAME_LATER)) return true;
  return runs.some(
    (run) =>
      run.kind !== 'asked' &&
      run.isOwn &&
      run.last >= announced.first &&
      its.some((one) => areTogether(one, run)),
  );
}

function areTogether(one: ClaimRun, other: ClaimRun): boolean {
  return Math.min(one.last, other.last) - Math.max(one.first, other.first) >= HANDED_OVER_WITHIN;
}

/** This node would answer it, were it its own to answer. */
export function isOthers({ who, isImplied }: QuestionRun): boolean {
  return who !== null && !isImplied;
}
