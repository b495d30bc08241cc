// Who asked for one address on one segment, who answered whom, and who announced it: a bounded log of runs. Whatever is judged
// of an address is read from it (reading.ts); it judges nothing itself.
import { MILLISECOND, type Micros, SECOND } from '../../base/time.ts';
import type { Mac } from '../../net/address.ts';
import type { ClaimRun, LoggedClaim, QuestionRun, Run } from './run.ts';

/** Claims further apart are two runs: a speaker that restarts may be away for less than five seconds. */
const PAUSE = 2.5 * SECOND;
/** Answers within this time are taken to be to the same question; questions are hardly ever asked faster. */
export const SAME_QUESTION = SECOND / 2;
/** The two halves of a speaker's announcement leave it one after the other. */
export const PAIR_WITHIN = 20 * MILLISECOND;
/** An answer that comes later is to a question that was not seen. */
const LATEST_ANSWER = SECOND;

const NEVER = Number.NEGATIVE_INFINITY;
const NOBODY: readonly Mac[] = [];

const MAX_RUNS = 64;
/** Of one asker, or of one MAC's claims of one kind to one asker. */
const MAX_OF_SPEAKER = 8;
/** Answered and unanswered in turn: an outage is two. */
const MAX_OF_ASKER = 24;
/** So few may have been lost on the way: no outage. */
const LOST = 2;
const MAX_OF_STRANGERS = 16;
const MAX_OF_ASKERS = 32;

export class AddressLog {
  /** Each speaker's own are in the order of time. */
  readonly #runs: Run[] = [];
  /** Those of `#runs` that are claims, which are few. */
  readonly #claims: ClaimRun[] = [];
  /** Mostly one machine answers, again and again: one list for all those questions. */
  #answerer: readonly Mac[] = NOBODY;

  get runs(): readonly Run[] {
    return this.#runs;
  }

  /** Without the questions. */
  get claims(): readonly ClaimRun[] {
    return this.#claims;
  }

  /** Questions stayed unanswered, now or earlier. Costs next to nothing. */
  get hasSilence(): boolean {
    for (const run of this.#runs) if (run.kind === 'asked' && isLeftOpen(run)) return true;
    return false;
  }

  /**
   * @param who null: this agent.
   * @param polled whom alone it was put to; null: to everybody.
   */
  asked(who: Mac | null, isHeard: boolean, at: Micros, polled: Mac | null = null): void {
    if (who !== null) this.#partFromLeftOpen(who);
    this.#ask({ who, polled, isHeard, isImplied: false }, at);
  }

  /** What this agent asks after another's question was left open stays apart: its own node answers that no more, either. */
  #partFromLeftOpen(asker: Mac): void {
    const left = this.#latestQuestion(asker);
    const own = this.#latestQuestion(null);
    if (own && left?.latestAnswerers.length === 0 && own.first <= left.last) own.isClosed = true;
  }

  /**
   * Returns whether another MAC answered the same question.
   * @param asker whose question an answer belongs to: null for this agent's; ignored where it announces.
   */
  claimed(claim: LoggedClaim, asker: Mac | null, at: Micros): boolean {
    const { kind, who, to, isOwn, isNode, half = null } = claim;
    const question = kind === 'answered' ? this.#noteAnswer(who, asker, at) : null;
    const isSecond = question !== null && question.latestAnswerers.length > 1;
    const isPolled = question !== null && question.polled !== null;
    const known = this.#latestClaim(claim, isPolled);
    if (known && at - known.last <= PAUSE && known.isOwn === isOwn && known.isNode === isNode) {
      known.last = Math.max(known.last, at);
      known.count += 1;
      known.asSpeaker ||= half === 'reply-half' && at - known.pairedFrom <= PAIR_WITHIN;
      if (half === 'request-half') known.pairedFrom = at;
      return isSecond;
    }
    // What was asked before something new was claimed stays apart: it times a takeover.
    for (const run of this.#runs) {
      if (run.kind === 'asked' && !run.answerers.includes(who) && !run.latestAnswerers.includes(who))
        run.isClosed = true;
    }
    const pairedFrom = half === 'request-half' ? at : NEVER;
    const said = { kind, who, to, isOwn, isNode, pairedFrom, asSpeaker: false, isPolled, isResumed: false };
    this.#add({ ...said, first: at, last: at, count: 1 });
    return isSecond;
  }

  /** What was known before this log began. */
  resume(claim: LoggedClaim, first: Micros, last: Micros): void {
    const { kind, who, to, isOwn, isNode } = claim;
    const said = { kind, who, to, isOwn, isNode, pairedFrom: NEVER, asSpeaker: false, isPolled: false };
    this.#add({ ...said, isResumed: true, first, last, count: 1 });
  }

  /** This node's MACs are known by now. Returns whether it claimed the address before this log began. */
  ownResumed(macs: readonly Mac[]): boolean {
    let isOwn = false;
    for (const run of this.#claims) {
      if (!run.isResumed || !macs.includes(run.who)) continue;
      run.isOwn = true;
      isOwn = true;
    }
    return isOwn;
  }

  /** Whose question an answer to `to` belongs to, which is null for this agent; its node's own answers are to others. */
  askerOf(
    to: Mac | null,
    { isToOwn, isOwn }: { readonly isToOwn: boolean; readonly isOwn: boolean },
  ): Mac | null {
    if (isOwn) return to;
    if (isToOwn || to === null) return null;
    const asks = (asker: Mac | null) => this.#runs.some(({ kind, who }) => kind === 'asked' && who === asker);
    // The MAC that this agent asks from need not be known.
    return !asks(to) && asks(null) ? null : to;
  }

  #ask(question: AskedHow, at: Micros): void {
    const run = this.#latestQuestion(question.who);
    if (run && isAskedAlike(run, question) && run.last <= at) {
      if (run.count > 1 && !isSame(run.answerers, run.latestAnswerers)) {
        const { last, latestAnswerers, answeredAt } = run;
        run.count -= 1;
        run.last = run.previous;
        run.latestAnswerers = run.answerers;
        const fresh = questionRun(run, last);
        fresh.latestAnswerers = latestAnswerers;
        fresh.answeredAt = answeredAt;
        fresh.isClosed = run.isClosed;
        this.#add(fresh);
        return this.#extend(fresh, at);
      }
      return this.#extend(run, at);
    }
    this.#add(questionRun(question, at));
  }

  #extend(run: QuestionRun, at: Micros): void {
    if (run.isClosed) return this.#add(questionRun(run, at));
    run.answerers = run.latestAnswerers;
    run.latestAnswerers = NOBODY;
    run.answeredAt = null;
    run.previous = run.last;
    run.last = at;
    run.count += 1;
  }

  /**
   * An answer is taken to be to the asker's latest question before it that was put to this machine. Returns the questions that
   * it was one to.
   */
  #noteAnswer(mac: Mac, asker: Mac | null, at: Micros): QuestionRun {
    const run = this.#latestQuestionTo(mac, asker, at);
    if (run && run.last > at && run.count > 1) return this.#answerPrevious(run, mac, at);
    const age = run ? at - run.last : Number.POSITIVE_INFINITY;
    const isToIt = run && age >= 0 && age <= LATEST_ANSWER;
    if (isToIt) {
      if (!run.latestAnswerers.includes(mac)) return this.#answered(run, mac, at);
      // The same once more, so soon after: the answer is doubled.
      if (age <= SAME_QUESTION) return run;
    }
    const implied = { who: asker, polled: null, isHeard: run?.isHeard ?? false, isImplied: true };
    this.#ask(implied, at);
    return this.#answered(this.#latestQuestion(asker)!, mac, at);
  }

  #answered(run: QuestionRun, mac: Mac, at: Micros): QuestionRun {
    this.#addAnswerer(run, mac);
    run.answeredAt ??= at;
    return run;
  }

  #addAnswerer(run: QuestionRun, mac: Mac): void {
    if (this.#answerer[0] !== mac) this.#answerer = [mac];
    run.latestAnswerers = run.latestAnswerers.length === 0 ? this.#answerer : [...run.latestAnswerers, mac];
  }

  /** Questions are noted when they are asked, frames when they are read: the latest question came after this answer. */
  #answerPrevious(run: QuestionRun, mac: Mac, at: Micros): QuestionRun {
    const { last } = run;
    if (run.latestAnswerers.length > 0) return run;
    run.count -= 1;
    run.last = run.previous;
    run.latestAnswerers = run.answerers;
    if (at - run.last <= LATEST_ANSWER && !run.latestAnswerers.includes(mac)) this.#addAnswerer(run, mac);
    this.#ask(run, last);
    return run;
  }

  #latestQuestion(who: Mac | null): QuestionRun | undefined {
    for (let i = this.#runs.length - 1; i >= 0; i -= 1) {
      const run = this.#runs[i]!;
      if (run.kind === 'asked' && run.who === who) return run;
    }
    return undefined;
  }

  /** What was put to this machine, alone or among others, and not after its answer. */
  #latestQuestionTo(mac: Mac, who: Mac | null, at: Micros): QuestionRun | undefined {
    for (let i = this.#runs.length - 1; i >= 0; i -= 1) {
      const run = this.#runs[i]!;
      if (run.kind !== 'asked' || run.who !== who || (run.count === 1 && run.last > at)) continue;
      if (run.polled === null || run.polled === mac) return run;
    }
    return undefined;
  }

  #latestClaim({ kind, who, to }: LoggedClaim, isPolled: boolean): ClaimRun | undefined {
    for (let i = this.#claims.length - 1; i >= 0; i -= 1) {
      const run = this.#claims[i]!;
      if (run.kind === kind && run.who === who && run.to === to && run.isPolled === isPolled) return run;
    }
    return undefined;
  }

  #add(run: Run): void {
    this.#boundSpeaker(run);
    this.#runs.push(run);
    if (run.kind !== 'asked') this.#claims.push(run);
    const ofKind = run.kind === 'asked' ? isQuestion : run.isNode ? null : isStrangers;
    const most = run.kind === 'asked' ? MAX_OF_ASKERS : MAX_OF_STRANGERS;
    if (ofKind && this.#count(ofKind) > most) this.#drop(ofKind);
    else if (this.#runs.length > MAX_RUNS) this.#drop(() => true);
  }

  /** Two runs of questions with one outcome become one again; else one goes: few lost questions first, or the oldest. */
  #boundSpeaker(added: Run): void {
    const most = added.kind === 'asked' ? MAX_OF_ASKER : MAX_OF_SPEAKER;
    if (this.#runs.length < most || this.#count((run) => isSameSpeaker(run, added)) < most) return;
    const own = this.#runs.filter((run) => isSameSpeaker(run, added));
    for (const [i, earlier] of own.entries()) {
      const later = own[i + 1];
      if (earlier.kind !== 'asked' || later?.kind !== 'asked' || !areAlike(earlier, later)) continue;
      const previous = later.count > 1 ? later.previous : earlier.last;
      const count = earlier.count + later.count;
      Object.assign(later, { first: earlier.first, previous, count, answerers: outcome(earlier) });
      this.#remove(earlier);
      return;
    }
    const lost = own.slice(0, -1).find((run) => run.kind === 'asked' && run.count <= LOST && isOpen(run));
    this.#remove(lost ?? own[0]!);
  }

  #count(is: (run: Run) => boolean): number {
    let count = 0;
    for (const run of this.#runs) if (is(run)) count += 1;
    return count;
  }

  #drop(is: (run: Run) => boolean): void {
    let oldest: Run | undefined;
    for (const run of this.#runs) if (is(run) && (!oldest || run.last < oldest.last)) oldest = run;
    if (oldest) this.#remove(oldest);
  }

  #remove(run: Run): void {
    this.#runs.splice(this.#runs.indexOf(run), 1);
    if (run.kind !== 'asked') this.#claims.splice(this.#claims.indexOf(run), 1);
  }
}

/** By whom a question was asked, and how. */
type AskedHow = Pick<QuestionRun, 'who' | 'polled' | 'isHeard' | 'isImplied'>;

function questionRun({ who, polled, isHeard, isImplied }: AskedHow, at: Micros): QuestionRun {
  const how = { who, polled, isHeard, isImplied };
  const times = { first: at, previous: at, last: at, count: 1 };
  const answers = { answerers: NOBODY, latestAnswerers: NOBODY, answeredAt: null };
  return { kind: 'asked', ...how, ...times, ...answers, isClosed: false };
}

/** Everybody was asked, and nobody answered the latest question or those before it. */
function isLeftOpen({ polled, count, answerers, latestAnswerers }: QuestionRun): boolean {
  if (polled !== null) return false;
  return latestAnswerers.length === 0 || (count > 1 && answerers.length === 0);
}

function isAskedAlike(one: AskedHow, other: AskedHow): boolean {
  return one.polled === other.polled && one.isHeard === other.isHeard && one.isImplied === other.isImplied;
}

function isQuestion({ kind }: Run): boolean {
  return kind === 'asked';
}

function isStrangers(run: Run): boolean {
  return run.kind !== 'asked' && !run.isNode;
}

function isSameSpeaker(one: Run, other: Run): boolean {
  if (one.who !== other.who || one.kind !== other.kind) return false;
  return one.kind === 'asked' || other.kind === 'asked' || one.to === other.to;
}

/** Of a run that is over: of the first of its questions. */
function outcome({ count, answerers, latestAnswerers }: QuestionRun): readonly Mac[] {
  return count > 1 ? answerers : latestAnswerers;
}

function isOpen(run: QuestionRun): boolean {
  return run.latestAnswerers.length === 0 && outcome(run).length === 0;
}

function areAlike(earlier: QuestionRun, later: QuestionRun): boolean {
  const isAlike = earlier.isHeard === later.isHeard && earlier.isImplied === later.isImplied;
  return isAlike && earlier.polled === later.polled && isSame(outcome(earlier), outcome(later));
}

function isSame(a: readonly Mac[], b: readonly Mac[]): boolean {
  return a === b || (a.length === b.length && a.every((mac) => b.includes(mac)));
}
