// Who asked for one address on one segment, who answered whom, and who announced it: a bounded log of runs. Whatever is judged
// of an address is read from it (reading.ts); it judges nothing itself.
import { type Micros, SECOND } from '../../base/time.ts';
import type { Mac } from '../../net/address.ts';

/** Questions of one asker that had the same outcome: each was answered by the same MACs, or by none. */
export interface QuestionRun {
  readonly kind: 'asked';
  /** Null: this agent. */
  readonly who: Mac | null;
  /** Answers to this asker are seen here. */
  readonly isHeard: boolean;
  /** Made up from an answer: the question itself was not seen. */
  readonly isImplied: boolean;
  readonly first: Micros;
  /** The question before the latest; as `first` where there is none. */
  previous: Micros;
  last: Micros;
  count: number;
  /** Who answered each of them, but for the latest. */
  answerers: Mac[];
  /** Who has answered the latest so far. */
  latestAnswerers: Mac[];
  /** Something new was claimed since: the next question begins another run. */
  isClosed: boolean;
}

/** What one MAC claimed in one way, without a pause longer than `PAUSE`. */
export interface ClaimRun {
  readonly kind: 'answered' | 'announced';
  readonly who: Mac;
  /** Whom an answer was for; null: everybody. */
  readonly to: Mac | null;
  /** This node said it. */
  readonly isOwn: boolean;
  readonly isNode: boolean;
  /** Announced at least once as MetalLB's speakers do. */
  asSpeaker: boolean;
  readonly first: Micros;
  last: Micros;
  count: number;
}

export type Run = QuestionRun | ClaimRun;

/** One claim, as the log takes it in. */
export interface LoggedClaim {
  readonly kind: ClaimRun['kind'];
  readonly who: Mac;
  readonly to: Mac | null;
  readonly isOwn: boolean;
  /** Of a node that is known: strangers never push its runs out. */
  readonly isNode: boolean;
  /** @default false */
  readonly asSpeaker?: boolean;
}

/** Claims further apart are two runs: a speaker that restarts may be away for less than five seconds. */
const PAUSE = 2.5 * SECOND;
/** Answers within this time are taken to be to the same question; questions are hardly ever asked faster. */
export const SAME_QUESTION = SECOND / 2;
/** An answer that comes later is to a question that was not seen. */
const LATEST_ANSWER = SECOND;

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

  get runs(): readonly Run[] {
    return this.#runs;
  }

  /** Questions stayed unanswered, now or earlier. Costs next to nothing. */
  get hasSilence(): boolean {
    return this.#runs.some(
      (run) =>
        run.kind === 'asked' &&
        (run.latestAnswerers.length === 0 || (run.count > 1 && run.answerers.length === 0)),
    );
  }

  /** @param who null: this agent. */
  asked(who: Mac | null, isHeard: boolean, at: Micros): void {
    if (who !== null) this.#partFromLeftOpen(who);
    this.#ask(who, isHeard, false, at);
  }

  /** What this agent asks after another's question was left open stays apart: its own node answers that no more, either. */
  #partFromLeftOpen(asker: Mac): void {
    const left = this.#latestQuestion(asker);
    const own = this.#latestQuestion(null);
    if (own && left?.latestAnswerers.length === 0 && own.first <= left.last) own.isClosed = true;
  }

  /** @param asker whose question an answer belongs to: null for this agent's; ignored where it announces. Returns whether another MAC answered the same question. */
  claimed(claim: LoggedClaim, asker: Mac | null, at: Micros): boolean {
    const { kind, who, to, isOwn, isNode, asSpeaker = false } = claim;
    const isSecond = kind === 'answered' && this.#noteAnswer(who, asker, at).latestAnswerers.length > 1;
    const known = this.#latestClaim(claim);
    if (known && at - known.last <= PAUSE && known.isOwn === isOwn && known.isNode === isNode) {
      known.last = Math.max(known.last, at);
      known.count += 1;
      known.asSpeaker ||= asSpeaker;
      return isSecond;
    }
    // What was asked before something new was claimed stays apart: it times a takeover.
    for (const run of this.#runs) {
      if (run.kind === 'asked' && !run.answerers.includes(who) && !run.latestAnswerers.includes(who))
        run.isClosed = true;
    }
    this.#add({ kind, who, to, isOwn, isNode, asSpeaker, first: at, last: at, count: 1 });
    return isSecond;
  }

  /** What was known before this log began. */
  resume(claim: LoggedClaim, first: Micros, last: Micros): void {
    this.#add({ asSpeaker: false, ...claim, first, last, count: 1 });
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

  #ask(who: Mac | null, isHeard: boolean, isImplied: boolean, at: Micros): void {
    const run = this.#latestQuestion(who);
    if (run && run.isHeard === isHeard && run.isImplied === isImplied && run.last <= at) {
      if (run.count > 1 && !isSame(run.answerers, run.latestAnswerers)) {
        const { last, latestAnswerers } = run;
        run.count -= 1;
        run.last = run.previous;
        run.latestAnswerers = [...run.answerers];
        const fresh = questionRun(run, last);
        fresh.latestAnswerers = latestAnswerers;
        fresh.isClosed = run.isClosed;
        this.#add(fresh);
        return this.#extend(fresh, at);
      }
      return this.#extend(run, at);
    }
    this.#add(questionRun({ who, isHeard, isImplied }, at));
  }

  #extend(run: QuestionRun, at: Micros): void {
    if (run.isClosed) return this.#add(questionRun(run, at));
    const spare = run.answerers;
    run.answerers = run.latestAnswerers;
    run.latestAnswerers = spare;
    spare.length = 0;
    run.previous = run.last;
    run.last = at;
    run.count += 1;
  }

  /** An answer is taken to be to the asker's latest question before it. Returns the questions that it was one to. */
  #noteAnswer(mac: Mac, asker: Mac | null, at: Micros): QuestionRun {
    const run = this.#latestQuestion(asker);
    if (run && run.last > at && run.count > 1) return this.#answerPrevious(run, mac, at);
    const age = run ? at - run.last : Number.POSITIVE_INFINITY;
    const isToIt = run && age >= 0 && age <= LATEST_ANSWER;
    if (isToIt) {
      if (!run.latestAnswerers.includes(mac)) {
        run.latestAnswerers.push(mac);
        return run;
      }
      // The same once more, so soon after: the answer is doubled.
      if (age <= SAME_QUESTION) return run;
    }
    this.#ask(asker, run?.isHeard ?? false, true, at);
    const implied = this.#latestQuestion(asker)!;
    implied.latestAnswerers.push(mac);
    return implied;
  }

  /** Questions are noted when they are asked, frames when they are read: the latest question came after this answer. */
  #answerPrevious(run: QuestionRun, mac: Mac, at: Micros): QuestionRun {
    const { last, isHeard, isImplied } = run;
    if (run.latestAnswerers.length > 0) return run;
    run.count -= 1;
    run.last = run.previous;
    run.latestAnswerers = [...run.answerers];
    if (at - run.last <= LATEST_ANSWER && !run.latestAnswerers.includes(mac)) run.latestAnswerers.push(mac);
    this.#ask(run.who, isHeard, isImplied, last);
    return run;
  }

  #latestQuestion(who: Mac | null): QuestionRun | undefined {
    for (let i = this.#runs.length - 1; i >= 0; i -= 1) {
      const run = this.#runs[i]!;
      if (run.kind === 'asked' && run.who === who) return run;
    }
    return undefined;
  }

  #latestClaim({ kind, who, to }: LoggedClaim): ClaimRun | undefined {
    for (let i = this.#runs.length - 1; i >= 0; i -= 1) {
      const run = this.#runs[i]!;
      if (run.kind === kind && run.who === who && run.to === to) return run;
    }
    return undefined;
  }

  #add(run: Run): void {
    this.#boundSpeaker(run);
    this.#runs.push(run);
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
      Object.assign(later, { first: earlier.first, previous, count, answerers: [...outcome(earlier)] });
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
  }
}

function questionRun(
  { who, isHeard, isImplied }: Pick<QuestionRun, 'who' | 'isHeard' | 'isImplied'>,
  at: Micros,
): QuestionRun {
  const times = { first: at, previous: at, last: at, count: 1 };
  return {
    kind: 'asked',
    who,
    isHeard,
    isImplied,
    ...times,
    answerers: [],
    latestAnswerers: [],
    isClosed: false,
  };
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
  return isAlike && isSame(outcome(earlier), outcome(later));
}

function isSame(a: readonly Mac[], b: readonly Mac[]): boolean {
  return a.length === b.length && a.every((mac) => b.includes(mac));
}
