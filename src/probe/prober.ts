// Asks the segment who answers for each VIP: a switch hides other hosts' answers from this node. Whoever holds a VIP is polled
// by unicast; everybody is asked only where nobody is known, something is doubtful, or now and then, within a budget that all
// agents share. A VIP that leaves a question unanswered is pursued: asked twenty times a second, so that its gap is known to 50 ms.
import { MILLISECOND, type Micros, SECOND, type Seconds } from '../base/time.ts';
import { type IpAddress, isIpv4 } from '../net/address.ts';
import type { Answer, Answers, OwnQuestion, Rival } from '../watch/takeover/answers.ts';
import type { FallenTogether, QuestionBy } from '../watch/takeover/vips.ts';
import { Ahead } from './ahead.ts';
import { BroadcastBudget } from './budget.ts';
import { Holders } from './holders.ts';
import { Outcomes } from './outcomes.ts';
import { PURSUIT_INTERVAL, Pursuits } from './pursuits.ts';
import type { ProbeSource, Question } from './question.ts';
import { Questions } from './questions.ts';
import { MAX_BURST } from './rates.ts';
import {
  newTarget,
  noteAsked,
  noteHeard,
  notePoll,
  type Paces,
  SUSPECT_FIRST,
  suspect,
  type Target,
  wantsBroadcast,
} from './target.ts';
import {
  type AgentsThatAsk,
  measuredUnheard,
  pollersOf,
  pollsAhead,
  pollsUnheard,
  timesUnheard,
} from './unheard.ts';
import type { ProbeView } from './view.ts';
import { type Urgency, Wanted } from './wanted.ts';

interface ProbeTargetLists {
  readonly vips: readonly IpAddress[];
  /** Addresses of nodes, and */
  readonly nodes: readonly IpAddress[];
  /** free ones: their silence says nothing. */
  readonly free: readonly IpAddress[];
  /** For which this agent asks everybody now and then; null: for all. */
  readonly swept: ReadonlySet<IpAddress> | null;
  /** As far as is known. */
  readonly asking: AgentsThatAsk;
}

interface ProbePaces extends Paces {
  /** Questions to everybody that all agents ask together, while nothing happens. */
  readonly broadcastsPerSecond: number;
}

interface ProberOptions extends ProbePaces {
  /** What the questions asked here were answered. */
  readonly answers: Pick<
    Answers,
    'question' | 'latest' | 'isAnnouncedHere' | 'isLeftOpen' | 'isNodes' | 'holderOn' | 'rivalOf'
  >;
  /** How often an open conflict on an address wants evidence; Infinity: none is open. */
  readonly conflictPause: (target: IpAddress, now: Micros) => Micros;
  /** A machine has checked it a moment ago. */
  readonly mayBeTaken: (target: IpAddress, now: Micros) => boolean;
  readonly announcedWith: (vip: IpAddress) => FallenTogether;
  /** Never more than this many probes a second in all. */
  readonly maxPerSecond: number;
  /** Of these, the regular round takes no more than this, so that a pursuit slows down nobody else's probing. */
  readonly steadyPerSecond: number;
  /** Told the round-trip time of each answer, in seconds. */
  readonly onRoundTrip?: (seconds: Seconds) => void;
  /** Told of a poll that is not worth sending: the machine has just left another one unanswered, which goes for this one too. */
  readonly onSpared?: (question: Question) => void;
  /** Told of each VIP to which something happens, and until when it is worth a closer look. */
  readonly onProbeFast?: (target: IpAddress, until: Micros) => void;
}

/** Questions of the regular round that are due within so short a time are sent together: each time costs a wake-up. */
const SENT_TOGETHER = 50 * MILLISECOND;
/** What else is measured of a VIP goes on for so long after each question that was missed. */
const FAST_FOR = 5 * SECOND;
/** Who is silent, but not the first of those, is looked at so often. */
const NOT_FIRST_EVERY = 250 * MILLISECOND;
/** While everything may be fast, of so many questions one is for the others that are silent: of 50 a second 10. */
const FIRST_IN_ROW = 4;
/** Two agents ask for each VIP, or a few more while its announcer is not known. */
const OTHERS_ASK_TOO = 4;
const NEVER = Number.NEGATIVE_INFINITY;

export class Prober implements ProbeView {
  #options: ProberOptions;
  readonly #answers: ProberOptions['answers'];
  readonly #budget: BroadcastBudget;
  readonly #targets = new Map<IpAddress, Target>();
  /** In the order of the regular round, with whose turn it is. */
  #round: readonly Target[] = [];
  #cursor = 0;
  readonly #questions = new Questions();
  readonly #holders: Holders;
  readonly #outcomes: Outcomes;
  readonly #pursuits: Pursuits;
  readonly #ahead = new Ahead<Target>(
    (target) => this.#outcomes.isOpen(target),
    () => pollsAhead(this.#asking),
  );
  /** For which everybody is to be asked, once the budget allows. */
  readonly #wanted = new Wanted<Target>();
  #asking: AgentsThatAsk = { agents: 1, perVip: 1 };
  readonly #unaskedNodes = new Set<Target>();
  /** VIPs for which everybody was asked in vain. */
  #silent = 0;
  #suspectUntil: Micros = NEVER;
  #dueAt: Micros = Number.POSITIVE_INFINITY;
  /** When the budget allows for the next that is wanted. */
  #everybodyAt: Micros = Number.POSITIVE_INFINITY;
  /** So many questions to everybody went to the first of those that are pursued, since one went to another. */
  #firstInRow = 0;

  constructor(options: ProberOptions) {
    this.#options = options;
    this.#answers = options.answers;
    this.#budget = new BroadcastBudget(options.broadcastsPerSecond);
    this.#holders = new Holders(this.#answers, this.#questions);
    this.#outcomes = new Outcomes({
      interval: options.interval,
      answers: this.#answers,
      onAnswered: (target, question, answer) => this.#answered(target, question, answer),
      onMissed: (target, question, now) => this.#missed(target, question, now),
      // If it is in vain, it has reached everybody.
      onDoubtful: ({ open }, now) => this.#budget.lost(now, open.count),
      quietSince: (mac) => this.#holders.quietSince(mac),
      onRoundTrip: options.onRoundTrip,
    });
    this.#pursuits = new Pursuits({
      answers: this.#answers,
      announcedWith: options.announcedWith,
      look: (target) => this.#outcomes.isOpen(target),
      ask: (target, isFirst, questions, now) => this.#askPursued(target, isFirst, questions, now),
      // From now on its answers are waited for as long as that took, twice over.
      onSlow: (mac, took) => this.#outcomes.learn(mac, took),
    });
  }

  get unicast(): ProbeView['unicast'] {
    return this.#outcomes.unicast;
  }

  get broadcast(): ProbeView['broadcast'] {
    return this.#outcomes.broadcast;
  }

  /** Each is asked for at the new pace from its next turn on. */
  setPaces({ interval, sweep, broadcastsPerSecond }: ProbePaces, now: Micros): void {
    if (interval !== this.#options.interval) this.#outcomes.setPace(interval);
    this.#options = { ...this.#options, interval, sweep, broadcastsPerSecond };
    this.#budget.setRate(broadcastsPerSecond, now);
    if (this.#round.length > 0) this.#dueAt = Math.min(this.#dueAt, now + interval);
  }

  /** Whoever is new is asked for at once; the others keep their turn. */
  setTargets({ vips, nodes, free, swept, asking }: ProbeTargetLists, now: Micros): void {
    this.#asking = asking;
    const areVips = new Set(vips);
    const areNodes = new Set(nodes);
    const wanted = new Set([...vips, ...nodes, ...free]);
    const inTurn = [...this.#round.slice(this.#cursor), ...this.#round.slice(0, this.#cursor)];
    const kept = inTurn.filter(({ address }) => wanted.has(address));
    const known = new Set(kept.map(({ address }) => address));
    const fresh = [...wanted].filter((address) => !known.has(address)).map((one) => this.#target(one));
    this.#round = [...fresh, ...kept];
    this.#cursor = 0;
    for (const target of this.#targets.values()) {
      const { address } = target;
      target.isRegular = wanted.has(address);
      // One of its own that is asked for nevertheless is a VIP that no other agent asks for, or few do.
      const isOwn = target.isRegular && this.#answers.isAnnouncedHere(address);
      const kind = areVips.has(address) || isOwn ? 'vip' : areNodes.has(address) ? 'node' : 'free';
      if (target.kind !== kind) this.#wanted.delete(target);
      target.kind = kind;
      if (target.isRegular && kind === 'node' && target.broadcastAt === NEVER) this.#unaskedNodes.add(target);
      else this.#unaskedNodes.delete(target);
      target.isSwept = swept === null || swept.has(address) || (isOwn && !areVips.has(address));
      if (!target.isRegular && target.fastUntil <= now) this.#forget(target);
    }
    if (fresh.some((one) => one.kind === 'vip' && this.#holders.pollsOf(one, now).length === 0))
      this.#budget.alarm(now);
    if (wanted.size === 0) this.#dueAt = Number.POSITIVE_INFINITY;
    else if (fresh.length > 0) this.#dueAt = Math.min(this.#dueAt, now);
  }

  setSources(sources: readonly ProbeSource[]): void {
    this.#questions.setSources(sources);
  }

  /** Asks for this address twenty times a second until then, target or not; for whoever measures it. */
  probeFast(address: IpAddress, until: Micros): void {
    const target = this.#target(address);
    target.fastUntil = Math.max(until, target.fastUntil);
    this.#options.onProbeFast?.(address, target.fastUntil);
    this.#pursuits.order(target);
  }

  /** Somebody else asked everybody for a VIP, a node or a free address of a pool. */
  heard(address: IpAddress, by: QuestionBy, at: Micros): void {
    this.#budget.heard(by !== 'stranger', at, () =>
      pollsUnheard(this.#asking, this.#options.announcedWith(address).count),
    );
    const target = this.#targets.get(address);
    if (target && by !== 'stranger') noteHeard(target, by === 'announcer', at);
  }

  /** How long a VIP that nobody answers for may wait for the next question to everybody. */
  get questionPause(): Micros {
    const { interval, broadcastsPerSecond } = this.#options;
    return Math.max(interval, (OTHERS_ASK_TOO * this.#silent * SECOND) / broadcastsPerSecond);
  }

  /** Nodes' addresses wait for their first question: all agents together may ask no more. */
  get nodesWait(): boolean {
    return this.#unaskedNodes.size > 0;
  }

  /** When `due` has something next; Infinity without targets. */
  nextAt(): Micros {
    const missedAt = this.#outcomes.missedAt();
    return Math.min(this.#dueAt, missedAt, this.#pursuits.nextAt, this.#everybodyAt, this.#ahead.nextAt());
  }

  /** The probes to send now. */
  due(now: Micros): Question[] {
    const questions: Question[] = [];
    this.#outcomes.noteMissed(now);
    for (const target of this.#ahead.takeReady((mac) => this.#holders.isQuiet(mac), now))
      if (!target.pursuit) this.#takeTurn(target, questions, now, () => true);
    const spared = this.#takeTurns(questions, now);
    const { maxPerSecond } = this.#options;
    this.#pursuits.due(questions, spared, maxPerSecond - this.#steadyRate(), now);
    this.#askEverybody(questions, now);
    if (this.#isSettled(now)) this.#budget.calm(now);
    return questions;
  }

  /** A probe that `due` gave went out, and the ledger knows of it. */
  sent({ target: address, polled }: Question): void {
    const target = this.#targets.get(address);
    // Its own answer never comes back here, but an impostor's does.
    if (!target || this.#answers.isAnnouncedHere(address)) return;
    this.#outcomes.sent(target, polled);
  }

  /** A probe that `due` gave could not be sent. */
  notSent({ polled }: Question): void {
    this.#outcomes.notSent(polled);
  }

  #target(address: IpAddress): Target {
    const known = this.#targets.get(address);
    if (known) return known;
    const target = newTarget(address);
    this.#targets.set(address, target);
    return target;
  }

  #forget(target: Target): void {
    this.#targets.delete(target.address);
    this.#questions.forget(target.address);
    this.#pursuits.end(target);
    this.#outcomes.forget(target);
    this.#ahead.forget(target);
    this.#wanted.delete(target);
    this.#unaskedNodes.delete(target);
    this.#setSilent(target, false);
  }

  #answered(target: Target, { polled }: OwnQuestion, answer: Answer): void {
    if (polled === null) this.#setSilent(target, false);
    else notePoll(target, polled, 'answered', answer.at);
    this.#holders.answered(answer.mac, answer.at);
    this.#ahead.answered(answer.mac, answer.at);
    target.givenUpAt = null;
    const { pursuit } = target;
    // That a machine answers what is put to it alone does not settle why it left a question to everybody open.
    if (pursuit && !target.isSilent) this.#pursuits.answered(pursuit, answer);
  }

  #missed(target: Target, question: OwnQuestion, now: Micros): void {
    // In this order: whom else to ask cannot wait.
    this.#noteSilence(target, question, now);
    const { pursuit, kind, address } = target;
    if (pursuit) {
      // A failover test pursues what is answered: now it is not.
      if (this.#pursuits.missed(target, pursuit, question.at, now)) this.#alarm(target, now);
    } else if (kind === 'vip' && target.givenUpAt === null) {
      this.#alarm(target, now);
      this.#pursuits.begin(target, question.at, now);
    }
    if (target.pursuit) this.#options.onProbeFast?.(address, now + FAST_FOR);
  }

  /** A VIP is silent. So is whatever its machine holds, perhaps, which others poll too; or they measure it as well. */
  #alarm({ address, pursuit, open }: Target, now: Micros): void {
    const unheard = () => {
      const polled = pollsUnheard(this.#asking, this.#options.announcedWith(address).count);
      return Math.max(polled, pursuit ? measuredUnheard(this.#asking, open.count) : 0);
    };
    this.#budget.alarm(now, unheard);
  }

  #noteSilence(target: Target, { polled, at }: OwnQuestion, now: Micros): void {
    if (polled === null) return this.#setSilent(target, target.kind === 'vip');
    // What is polled while it is known to be silent, or was doubtful, has counted before.
    if (this.#holders.missed(polled, at, now) && !target.open.isDoubtful)
      this.#budget.lost(now, target.open.count);
    notePoll(target, polled, 'missed', now);
  }

  #setSilent(target: Target, isSilent: boolean): void {
    if (target.isSilent === isSilent) return;
    target.isSilent = isSilent;
    this.#silent += isSilent ? 1 : -1;
  }

  /** Every target in turn, spread over the interval; those pursued leave theirs to the pursuits. Returns how many did. */
  #takeTurns(questions: Question[], now: Micros): number {
    const { interval } = this.#options;
    let spared = 0;
    if (this.#dueAt > now) return spared;
    if (this.#dueAt < now - interval) this.#dueAt = now;
    const gap = SECOND / this.#steadyRate();
    const until = now + SENT_TOGETHER;
    for (let turns = 0; this.#dueAt < until && turns < MAX_BURST; turns += 1) {
      const target = this.#round[this.#cursor]!;
      this.#cursor = (this.#cursor + 1) % this.#round.length;
      if (target.pursuit) spared += 1;
      else this.#takeTurn(target, questions, now, (polls) => this.#goes(target, polls, now));
      // As long as it is answered, polls alone would not show who else answers.
      if (target.pursuit && !target.pursuit.isSilent) this.#lookForRivals(target, now);
      this.#dueAt += gap;
    }
    if (this.#dueAt <= now) this.#dueAt = now + gap;
    return spared;
  }

  /** Has everybody asked where somebody else may answer. Returns a poll of each holder. */
  #lookForRivals(target: Target, now: Micros): readonly Question[] {
    const rival = target.kind === 'vip' ? this.#answers.rivalOf(target.address) : null;
    if (rival && this.#isSuspect(target, rival, now)) {
      this.#budget.alarm(now);
      this.#suspectUntil = now + SUSPECT_FIRST;
    }
    const holders = this.#holders.pollsOf(target, now);
    this.#addWanted(target, now, holders);
    return holders;
  }

  #isSuspect(target: Target, rival: Rival, now: Micros): boolean {
    const isConflict = () => this.#options.conflictPause(target.address, now) < Number.POSITIVE_INFINITY;
    return suspect(target, rival, isConflict, now);
  }

  #takeTurn(
    target: Target,
    questions: Question[],
    now: Micros,
    goes: (polls: readonly Question[]) => boolean,
  ): void {
    const { askedAt } = target;
    const holders = this.#lookForRivals(target, now);
    // Everybody was asked a moment ago, when it was not its turn.
    if (now - askedAt < Math.min(this.#options.interval, SECOND) / 2) return;
    // Where the question before was missed, the pursuit asks at once: whatever is answered then must be its question.
    this.#outcomes.askedAgain(target, now);
    if (target.pursuit) return;
    const isAlone = this.#wanted.size === 1 && this.#wanted.has(target);
    if (isAlone && this.#budget.isAllowed(now)) {
      this.#wanted.asked(target);
      return this.#putToAll(target, questions, now);
    }
    if (!goes(holders)) return;
    const polls = this.#allowed(target, holders, now);
    this.#put(target, polls, questions, now);
    if (polls.length > 0) return;
    for (const question of holders) this.#options.onSpared?.(question);
  }

  /** Whether its holder may be polled at once. Of more than one, none waits for another. */
  #goes(target: Target, polls: readonly Question[], now: Micros): boolean {
    const mac = polls[0]?.polled ?? null;
    if (mac === null || this.#holders.isQuiet(mac)) return true;
    return polls.some(({ polled }) => polled !== mac) || this.#ahead.mayGo(target, mac, now);
  }

  #addWanted(target: Target, now: Micros, holders?: readonly Question[]): void {
    const urgency = this.#wants(target, now, holders);
    if (urgency !== null) this.#wanted.add(target, urgency);
  }

  #wants(
    target: Target,
    now: Micros,
    holders: readonly Question[] = this.#holders.pollsOf(target, now),
  ): Urgency | null {
    // As often as the budget allows, after the first of them.
    if (target.pursuit?.isSilent && this.#budget.isFast(now))
      return now - target.broadcastAt >= PURSUIT_INTERVAL ? 'unheld' : null;
    const doubts = {
      isHeld: holders.some(({ polled }) => !this.#holders.isQuiet(polled!)),
      isAnnouncedHere:
        this.#answers.isAnnouncedHere(target.address) && !this.#answers.isLeftOpen(target.address),
      othersSweep: this.#asking.perVip > 1 && this.#asking.agents > this.#asking.perVip,
      conflictPause: this.#options.conflictPause,
      mayBeTaken: this.#options.mayBeTaken(target.address, now),
    };
    return wantsBroadcast(target, doubts, this.#options, now);
  }

  /** Returns after how long it is to be asked for again. */
  #askPursued(target: Target, isFirst: boolean, questions: Question[], now: Micros): Micros {
    const { interval } = this.#options;
    const pursuit = target.pursuit!;
    const isHere = this.#answers.isAnnouncedHere(target.address);
    const polls = isHere ? [] : this.#allowed(target, this.#holders.pollsOf(target, now), now);
    pursuit.isSilent = !isHere && (polls.length === 0 || target.isSilent);
    if (polls.length > 0 && !target.isSilent) {
      // In place of a poll: whose answer it is must be certain.
      if (this.#isEverybodysTurn(target, now)) this.#putToAll(target, questions, now);
      else this.#put(target, polls, questions, now);
    } else if (isFirst) {
      if (this.#isOverdue(now) || (!this.#yields(now) && this.#budget.isAllowed(now))) {
        this.#putToAll(target, questions, now);
        this.#firstInRow += 1;
      }
    } else {
      this.#addWanted(target, now);
      const pause = this.#budget.isFast(now) ? PURSUIT_INTERVAL : Math.min(interval, NOT_FIRST_EVERY);
      // All at the same times: each costs a wake-up.
      return pause - (now % pause);
    }
    return PURSUIT_INTERVAL;
  }

  /** Everybody is to be asked for it, and may be. */
  #isEverybodysTurn(target: Target, now: Micros): boolean {
    if (!this.#wanted.has(target) || !this.#budget.isAllowed(now)) return false;
    if (this.#wants(target, now) !== null) {
      this.#wanted.asked(target);
      return true;
    }
    this.#wanted.delete(target);
    return false;
  }

  /** The others wait for their question, too. */
  #yields(now: Micros): boolean {
    const next = this.#wanted.first;
    if (next === undefined) return false;
    if (next.kind === 'node' || !this.#budget.isFast(now)) return this.#firstInRow >= 1;
    return this.#firstInRow >= FIRST_IN_ROW && now - next.broadcastAt >= this.#options.interval;
  }

  #askEverybody(questions: Question[], now: Micros): void {
    this.#everybodyAt = Number.POSITIVE_INFINITY;
    const spare = this.#spare(now);
    const isTurnOfFirst =
      !this.#budget.isFast(now) && this.#firstInRow === 0 && this.#pursuits.firstOfSilent() !== null;
    const { place } = this.#questions;
    for (const target of this.#wanted.inOrder()) {
      const overdueAt = this.#budget.sweepOverdueAt(this.#asking.agents, place, now);
      // It is soon known what becomes of its question.
      if (target.askedAt === now || this.#outcomes.isOpen(target)) continue;
      if (this.#wants(target, now) === null) this.#wanted.delete(target);
      else if (
        ((!isTurnOfFirst && this.#budget.isAllowed(now, spare)) || now >= overdueAt) &&
        questions.length < MAX_BURST
      ) {
        this.#wanted.asked(target);
        this.#putToAll(target, questions, now);
        this.#firstInRow = 0;
      } else {
        // The first asks by itself, as soon as that is allowed.
        const allowedAt = isTurnOfFirst ? Number.POSITIVE_INFINITY : this.#budget.nextAt(spare);
        this.#everybodyAt = Math.max(Math.min(allowedAt, overdueAt), now + 1);
        return;
      }
    }
  }

  /** What is left of the budget: the first of those that are pursued does not wait for the others. */
  #spare(now: Micros): number {
    return this.#budget.isFast(now) && !this.#yields(now) && this.#pursuits.firstOfSilent() !== null ? 1 : 0;
  }

  #putToAll(target: Target, questions: Question[], now: Micros): void {
    const toAll = this.#questions.toAll(target.address);
    this.#put(target, toAll, questions, now);
    noteAsked(target, now);
    this.#unaskedNodes.delete(target);
    const fallen = target.pursuit?.fallen ?? null;
    const each = isIpv4(target.address) ? 1 : timesUnheard(this.#asking, fallen);
    this.#budget.spend(now, each * toAll.length);
  }

  #put(target: Target, asked: readonly Question[], questions: Question[], now: Micros): void {
    if (asked.length === 0) return;
    this.#outcomes.askedAgain(target, now);
    target.askedAt = now;
    questions.push(...asked);
  }

  /** A poll of each holder that may be polled now. */
  #allowed({ address, kind, askedAt }: Target, polls: readonly Question[], now: Micros): readonly Question[] {
    const pollers = pollersOf(this.#asking);
    // Whether it is there is in question: that waits for no budget, which a flood may have used up.
    const isFirstOfNode = kind === 'node' && askedAt === NEVER && this.#answers.isNodes(address);
    const mayReachAll = () => {
      const isAllowed = isFirstOfNode || this.#budget.isAllowed(now, this.#spare(now));
      if (!isAllowed && !this.#isOverdue(now)) return false;
      // The others do so as well.
      this.#budget.spend(now, pollers);
      return true;
    };
    return this.#holders.allowed(polls, mayReachAll, pollers, now);
  }

  #isOverdue(now: Micros): boolean {
    return this.#budget.isOverdue(this.#asking.agents, now);
  }

  /** Nothing is pursued, suspect or still to be asked for. */
  #isSettled(now: Micros): boolean {
    return this.#wanted.size === 0 && now >= this.#suspectUntil && this.#pursuits.areSettled;
  }

  /** Turns a second of the regular round, pursued targets included. */
  #steadyRate(): number {
    const { interval, steadyPerSecond } = this.#options;
    return Math.min((Math.max(1, this.#round.length) * SECOND) / interval, steadyPerSecond);
  }
}
