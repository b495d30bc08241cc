// What a log says: pure functions of it. Who is asked about is told by a predicate on MACs: a node may have several.
import { type Micros, SECOND } from '../../base/time.ts';
import type { Mac } from '../../net/address.ts';
import type { Segment } from '../lan/segment.ts';
import { type AddressLog, PAIR_WITHIN, SAME_QUESTION } from './address-log.ts';
import { isAnnouncedHere, isOthers, leftOpenSince } from './held-here.ts';
import type { ClaimRun, QuestionRun, Run } from './run.ts';

export type IsOf = (mac: Mac) => boolean;

/** Questions in a row. */
export interface Questions {
  readonly first: Micros;
  readonly last: Micros;
  readonly count: number;
}

/** After so long a question is answered no more. */
const ANSWERABLE_FOR = SECOND;
const NEVER = Number.NEGATIVE_INFINITY;

/** The latest claim of one machine; undefined: none. */
export function lastClaim({ claims }: AddressLog, isOf: IsOf): ClaimRun | undefined {
  let latest: ClaimRun | undefined;
  for (const run of claims) if ((!latest || run.last >= latest.last) && isOf(run.who)) latest = run;
  return latest;
}

/** The latest claim, where one machine alone has claimed the address; undefined: none has, or several. As a rule that is so. */
export function soleClaim({ claims }: AddressLog): ClaimRun | undefined {
  let latest: ClaimRun | undefined;
  for (const run of claims) {
    if (latest !== undefined && run.who !== latest.who) return undefined;
    if (latest === undefined || run.last >= latest.last) latest = run;
  }
  return latest;
}

/**
 * When a machine last claimed the address; -Infinity: never. While it is this node and announces it: up to the first question
 * that it has left open; Infinity: there is none.
 */
export function heldUntil(log: AddressLog, isOf: IsOf): Micros {
  const latest = lastClaim(log, isOf);
  if (!latest) return NEVER;
  return latest.isOwn && isAnnouncedHere(log) ? leftOpenSince(log) : latest.last;
}

/** The latest answer for the address, or claim of this node: its own answers are not seen here. Undefined: none. */
export function latestAnswer({ claims }: AddressLog, isOf: IsOf = () => true): ClaimRun | undefined {
  let latest: ClaimRun | undefined;
  for (const run of claims) {
    if (run.kind === 'announced' && !run.isOwn) continue;
    if ((!latest || run.last > latest.last) && isOf(run.who)) latest = run;
  }
  return latest;
}

/** When that was; -Infinity: never. */
export function lastAnswer(log: AddressLog, isOf?: IsOf): Micros {
  return latestAnswer(log, isOf)?.last ?? NEVER;
}

/** Questions for an address that nobody answered on any segment, whatever was announced. */
export interface Silence extends Questions {
  /** Where the latest was asked. */
  readonly segment: Segment;
  /** Where any was. */
  readonly segments: ReadonlySet<Segment>;
}

/** Null: the latest question that is known was answered. */
export function silenceOf(logs: Iterable<readonly [Segment, AddressLog]>): Silence | null {
  const all = [...logs];
  const answered = Math.max(NEVER, ...all.map(([, log]) => lastAnswer(log)));
  const open = all.flatMap(([segment, log]) => {
    const questions = unansweredSince(log, answered);
    return questions ? [{ segment, ...questions }] : [];
  });
  const questions = together(open);
  if (!questions) return null;
  const latest = open.reduce((a, b) => (b.last > a.last ? b : a));
  return { ...questions, segment: latest.segment, segments: new Set(open.map(({ segment }) => segment)) };
}

/** Since when a machine has claimed the address without a pause longer than `silence`, as it did last; undefined: never. */
export function claimingSince({ claims }: AddressLog, isOf: IsOf, silence: Micros): Micros | undefined {
  const own = claims.filter(({ who }) => isOf(who)).toSorted((a, b) => b.last - a.last);
  let since: Micros | undefined;
  for (const { isResumed, first, last } of own) {
    if (since !== undefined && since - last > silence) break;
    // Of a life before only the first and the last claim are known, whatever the pauses between them.
    const begun = isResumed ? last : first;
    since = Math.min(since ?? begun, begun);
  }
  return since;
}

/** A machine's first claim of one kind at `from` or later; null: none. */
export function firstOfKind(
  { runs }: AddressLog,
  isOf: IsOf,
  kind: ClaimRun['kind'],
  from: Micros,
): Micros | null {
  let earliest: Micros | null = null;
  for (const run of runs) {
    if (run.kind !== kind || run.last < from || !isOf(run.who)) continue;
    const first = Math.max(run.first, from);
    if (earliest === null || first < earliest) earliest = first;
  }
  return earliest;
}

/**
 * The questions to everybody after `from` and up to `until` that neither a machine nor the one that came after it answered, of
 * those whose answers are seen here; null: none.
 * @param openSince since when this node leaves others' questions open: then it does not answer its own agent's either.
 */
export function missedBetween(
  { runs }: AddressLog,
  from: Micros,
  until: Micros,
  isOf: IsOf,
  openSince: Micros = Number.POSITIVE_INFINITY,
): Questions | null {
  const isOwn = (run: QuestionRun) => run.who === null && !run.isImplied && run.polled === null;
  const parts = partsOf(runs, (run) => isForAll(run) || isOwn(run));
  const certain = parts.filter(({ isOursToAnswer, first }) => !isOursToAnswer || first >= openSince);
  return missed(certain, from, until, isOf);
}

/** The same of others' questions, which this node had to answer: another's answers to them do not come here. */
export function leftBetween({ runs }: AddressLog, from: Micros, until: Micros, isOf: IsOf): Questions | null {
  return missed(partsOf(runs, isOthers), from, until, isOf);
}

function missed(parts: readonly Part[], from: Micros, until: Micros, isOf: IsOf): Questions | null {
  return together(
    parts.filter(({ first, last, by }) => first > from && last <= until && !by.some((mac) => isOf(mac))),
  );
}

/** When a machine left the first question after `from` and up to `until` unanswered, whether or not others were asked too. */
export function firstMissedBy(
  { runs }: AddressLog,
  from: Micros,
  until: Micros,
  isOf: IsOf,
): Micros | undefined {
  const isPutToIt = (run: QuestionRun) => isSeen(run) && (run.polled === null || isOf(run.polled));
  const isMissed = ({ first, last, by }: Part) =>
    first > from && last <= until && !by.some((mac) => isOf(mac));
  return together(partsOf(runs, isPutToIt).filter(isMissed))?.first;
}

/**
 * When a machine left so many questions since `after` unanswered, whether or not others were asked too: of those to which its
 * answers would be seen here; Infinity: not that many. This node's are seen whoever asked, and another's to this agent, also
 * while this node answers unheard.
 */
export function leftManyAt(log: AddressLog, after: Micros, isOf: IsOf, many: number): Micros {
  const isOwn = lastClaim(log, isOf)?.isOwn === true;
  const isPutToIt = (run: QuestionRun) =>
    !run.isImplied &&
    (isOwn ? isOthers(run) : run.isHeard || run.who === null) &&
    (run.polled === null || isOf(run.polled));
  const open = partsOf(log.runs, isPutToIt)
    .filter(({ first, by }) => first > after && !by.some((mac) => isOf(mac)))
    .toSorted((a, b) => a.first - b.first);
  let wanted = many;
  for (const { first, last, count } of open) {
    // Those of one run are about as far apart.
    if (count >= wanted) return count === 1 ? first : first + ((wanted - 1) * (last - first)) / (count - 1);
    wanted -= count;
  }
  return Number.POSITIVE_INFINITY;
}

/** The questions to everybody that nobody has answered since `after`. */
export function unansweredSince({ runs }: AddressLog, after: Micros): Questions | null {
  return together(partsOf(runs, isForAll).filter(({ first, by }) => first >= after && by.length === 0));
}

/** For how long each question of one asker to everybody was answered by more than one node; null: the latest was not. */
export function rivalry(
  log: AddressLog,
  nodeOf: (mac: Mac) => string | undefined,
  at: Micros,
): Questions | null {
  const { runs } = log;
  const own = runs.flatMap((run) => (run.kind !== 'asked' && run.isOwn ? run.who : []));
  const heldHere = isAnnouncedHere(log) ? own : [];
  // Whoever leaves others' questions open answers its own agent's no more, either.
  const openSince = leftOpenSince(log);
  const nodes = ({ by, isOursToAnswer, first }: Part) => {
    const all = isOursToAnswer && first < openSince ? [...by, ...heldHere] : by;
    return new Set(all.flatMap((mac) => nodeOf(mac) ?? [])).size;
  };
  let longest: Questions | null = null;
  for (const asker of new Set(runs.flatMap((run) => (run.kind === 'asked' ? [run.who] : [])))) {
    const found = rivalryFor(asker, runs, nodes, at);
    if (found && (!longest || found.last - found.first > longest.last - longest.first)) longest = found;
  }
  return longest;
}

/** Everybody was asked after that, and has had the time to answer. */
export function isAskedSince({ runs }: AddressLog, after: Micros, at: Micros): boolean {
  return partsOf(runs, ({ polled, isImplied }) => polled === null && !isImplied).some(
    ({ last }) => last > after && at - last > ANSWERABLE_FOR,
  );
}

function rivalryFor(
  asker: Mac | null,
  runs: readonly Run[],
  nodes: (part: Part) => number,
  at: Micros,
): Questions | null {
  const rivals: Part[] = [];
  const latestFirst = partsOf(runs, (run) => run.who === asker && run.polled === null).toReversed();
  for (const [i, part] of latestFirst.entries()) {
    const answering = nodes(part);
    if (answering > 1) rivals.push(part);
    // The latest question may still be answered by the other.
    else if (answering === 1 && (i > 0 || at - part.last > ANSWERABLE_FOR)) break;
  }
  return together(rivals);
}

/** It announced the address, in whichever way. */
export function hasAnnounced({ runs }: AddressLog, mac: Mac): boolean {
  return runs.some((run) => run.kind === 'announced' && run.who === mac);
}

/** It announced the address as MetalLB's speakers do. */
export function announcesAsSpeaker({ runs }: AddressLog, mac: Mac): boolean {
  return runs.some((run) => run.kind === 'announced' && run.who === mac && run.asSpeaker);
}

/** A machine sent the first half of a speaker's announcement at about that time. */
export function beganPair({ runs }: AddressLog, isOf: IsOf, at: Micros): boolean {
  return runs.some(
    (run) => run.kind === 'announced' && Math.abs(run.pairedFrom - at) <= PAIR_WITHIN && isOf(run.who),
  );
}

/** Two machines announced the address, at most so long apart. */
export function announcedWithin({ runs }: AddressLog, one: IsOf, other: IsOf, apart: Micros): boolean {
  const of = (isOf: IsOf) => runs.filter((run) => run.kind === 'announced' && isOf(run.who));
  const others = of(other);
  return of(one).some((a) => others.some((b) => a.first - b.last <= apart && b.first - a.last <= apart));
}

/** Questions with one outcome: `by` whom each was answered, and to whom alone they were `polled`. */
export interface Part extends Questions {
  readonly polled: Mac | null;
  readonly by: readonly Mac[];
  /** This agent asked while its own node announced the address, which answers it unheard. */
  readonly isOursToAnswer: boolean;
}

/** The latest question of each run stands apart: it may yet be answered. */
export function partsOf(runs: readonly Run[], isMeant: (run: QuestionRun) => boolean): Part[] {
  const parts: Part[] = [];
  for (const run of runs) {
    if (run.kind !== 'asked' || !isMeant(run)) continue;
    const { first, previous, last, count, polled } = run;
    const isOursToAnswer = run.who === null && !run.isHeard && !run.isImplied;
    const part = { polled, isOursToAnswer };
    if (count > 1) parts.push({ ...part, first, last: previous, count: count - 1, by: run.answerers });
    parts.push({ ...part, first: last, last, count: 1, by: run.latestAnswerers });
  }
  return parts;
}

/** The question was seen, and so would an answer have been. */
export function isSeen({ isHeard, isImplied }: QuestionRun): boolean {
  return isHeard && !isImplied;
}

/** That one machine leaves a question unanswered which was put to it alone is no silence: another may answer. */
function isForAll(run: QuestionRun): boolean {
  return isSeen(run) && run.polled === null;
}

function together(parts: readonly Questions[]): Questions | null {
  const [one, ...more] = parts;
  if (!one) return null;
  let { first, last, count } = one;
  for (const part of more) {
    first = Math.min(first, part.first);
    last = Math.max(last, part.last);
    count += part.count;
  }
  return { first, last, count };
}

/**
 * When a machine answered everybody for itself, and `other`, which had the chance to, neither then nor later; undefined: not seen
 * to. A question that was put to one of them alone gives the other no chance. Of this node, only what it asks or announces does:
 * others' answers to its askers do not come here.
 * @param isProved answers alone count: who overlapped for long goes on announcing unasked.
 */
export function aloneAt(
  log: AddressLog,
  one: IsOf,
  other: IsOf,
  isProved: boolean = false,
): Micros | undefined {
  const silentSince = (lastClaim(log, other)?.last ?? NEVER) + SAME_QUESTION;
  const isOwn = lastClaim(log, one)?.isOwn === true;
  let earliest: Micros | undefined;
  for (const run of log.runs) {
    if (run.last <= silentSince) continue;
    const counts =
      run.kind === 'asked'
        ? isOwn && run.who === null && run.polled === null && !run.isHeard
        : one(run.who) &&
          !run.isPolled &&
          (isOwn ? run.kind === 'announced' : run.kind === 'answered' || !isProved);
    if (!counts) continue;
    // After a pause, as of a process that hangs, the latest question may be the only one since then.
    const isLatestAlone = run.kind === 'asked' && run.previous <= silentSince;
    const first = isLatestAlone ? run.last : Math.max(run.first, silentSince);
    if (earliest === undefined || first < earliest) earliest = first;
  }
  return earliest;
}
