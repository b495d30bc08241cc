// One agent's part in driving a failover test: to take it up, or over from a coordinator that fell silent, and then the
// next thing to do, from the object alone as far as it can be. Pure: it is told what is, and says one step at a time.
//
// Whoever leads is settled by the API server (each write names the version that it is based on), and whether the
// leader lives by each agent's own clock (its counter moved, or did not), so that no two clocks are ever compared.
import { durationText } from '../base/duration.ts';
import { type Micros, SECOND } from '../base/time.ts';
import { placeInLine, type TestFacts, vantageNodes, whyRefused } from './choice.ts';
import {
  type FailoverTestSpec,
  isFinished,
  LEGS,
  type LegMeasurement,
  type TestMode,
  type TestPhase,
} from './failover-test.ts';
import { type Injection, isGuarded, type JudgedWitness, type TestObject, vantagePointsOf } from './object.ts';
import { standingOf } from './standing.ts';
import { verdictOf, worstOf } from './verdict.ts';

/** What a coordinator writes; everything else in the object stays as it is. Each write counts as a sign of life. */
export interface StatusChange {
  readonly phase?: TestPhase;
  readonly message?: string;
  readonly coordinator?: string;
  readonly startedAt?: Micros;
  readonly finishedAt?: Micros;
  readonly service?: string | null;
  readonly from?: string;
  readonly to?: string | null;
  readonly injected?: Injection | null;
  readonly participants?: readonly string[];
  readonly gapMs?: number | null;
  readonly serviceGapMs?: number | null;
  /** Beside what each of them wrote. */
  readonly vantagePoints?: Readonly<Record<string, Pick<JudgedWitness, 'result'>>>;
}

export type Step =
  | { readonly do: 'wait'; readonly until: Micros }
  | { readonly do: 'write'; readonly change: StatusChange }
  /** Adds the finalizer. */
  | { readonly do: 'guard' }
  /** Takes the finalizer off. */
  | { readonly do: 'release' }
  /** Nothing of it is begun after `until`, and what is under way then is given up. */
  | { readonly do: 'inject'; readonly injection: Injection; readonly until: Micros }
  /** It has been tried since. */
  | { readonly do: 'undo'; readonly injection: Injection; readonly since: Micros };

/** A coordinator gives a sign of life so often, … */
const RENEW_EVERY = 3 * SECOND;
/** … is taken to be lost after so long without one, … */
const SILENT_FOR = 10 * SECOND;
/** … and is succeeded by the first in line; each next one waits so much longer, and 1,000 agents don't come at once. */
const PLACE_IN_LINE = 2 * SECOND;
/** Begins to inject only so soon after it was last confirmed as the coordinator, … */
const CONFIRMED_WITHIN = 4 * SECOND;
/** … and has done so after so long, or gives it up: nobody else can have taken over yet, and undone what was not there. */
const INJECTS_UNTIL = 8 * SECOND;
/** What cannot be undone is tried again after so long, and each time after twice as long, … */
const UNDO_AGAIN = SECOND;
/** … but for this. */
const UNDO_AGAIN_AT_MOST = 30 * SECOND;
/** A Pod may have to be started; its image is on the node already. */
const INJECTED_WITHIN = 30 * SECOND;
/** Vantage points have so long to see the announcer answer. */
const READY_WITHIN = 5 * SECOND;
const FIRST_READY_WITHIN = 15 * SECOND;
/** After the first vantage point's measurement, the others' are waited for. */
const OTHERS_WITHIN = 15 * SECOND;
/** From a takeover to its measurement: who keeps the VIP must have settled, and the service be back or given up. */
const SETTLED_WITHIN = 20 * SECOND;

type Told = StatusChange & { readonly message: string };

interface Ending {
  readonly phase: TestPhase;
  readonly message: string;
}

export class TestDriver {
  /** This process became the coordinator, and has not heard otherwise. */
  #leads = false;
  /** When the last write of the coordinator's that went through was begun: others may have seen it since. */
  #confirmedAt: Micros = Number.NEGATIVE_INFINITY;
  /** When the present step was asked for. */
  #stepAt: Micros = 0;
  /** When the test's present stage began, by this agent's clock. */
  #stageAt: Micros = 0;
  #firstMeasuredAt: Micros | null = null;
  #injected = false;
  #undone = false;
  /** What this process began to inject and has not undone, whoever leads by now. */
  #owed: Injection | null = null;
  /** Since when it is tried to undo it. */
  #undoSince: Micros | null = null;
  /** Why it could not be undone, and when that is tried again. */
  #hindrance: { readonly reason: string; readonly wait: Micros; readonly until: Micros } | null = null;
  /** What is to be said of how it was undone. */
  #note = '';
  /** The end was decided, and what was injected is to be undone before it is told. */
  #ending: Ending | null = null;
  /** What becoming the coordinator would mean for the test. */
  #inherited: Ending | null = null;
  /** The coordinator's last sign of life: which, and when it was seen here. */
  #sign = { coordinator: null as string | null, renewals: -1, at: 0 };

  /** Something of this process's may be on a node. */
  get owes(): boolean {
    return this.#owed !== null;
  }

  /** The step to take now. Its outcome is told by `done` or `failed` before the next one is asked for. */
  next(test: TestObject, facts: TestFacts, now: Micros): Step {
    this.#stepAt = now;
    if (test.coordinator !== facts.ownNode) this.#leads = false;
    // Whoever leads now may have looked for it before it was there.
    if (!this.#leads && this.#owed) return this.#attempt(this.#owed, now);
    if (!this.#leads) return this.#takeUp(test, facts, now);
    if (isFinished(test)) return isGuarded(test) ? { do: 'release' } : NOTHING;
    if (now - this.#confirmedAt >= RENEW_EVERY) return write({});
    const step = this.#step(test, facts, now);
    return step.do === 'wait'
      ? { ...step, until: Math.min(step.until, this.#confirmedAt + RENEW_EVERY) }
      : step;
  }

  /** The step has worked. @param note what is to be said of how, in sentences. */
  done(step: Step, now: Micros, note = ''): void {
    switch (step.do) {
      case 'write':
        this.#written(step.change, now);
        return;
      case 'inject':
        this.#injected = true;
        this.#stageAt = now;
        // Whether it still leads, the API server is to say at once.
        this.#confirmedAt = Number.NEGATIVE_INFINITY;
        return;
      case 'undo':
        this.#undone = true;
        this.#owed = null;
        this.#undoSince = null;
        this.#hindrance = null;
        this.#note = note;
        return;
      case 'guard':
      case 'release':
      case 'wait':
        return;
      default:
        step satisfies never;
    }
  }

  /** The step cannot be done, and trying again would not help: of undoing, not soon. */
  failed(step: Step, reason: string, now: Micros): void {
    if (step.do === 'inject') this.#ending ??= { phase: 'Failed', message: `Could not begin: ${reason}` };
    if (step.do !== 'undo') return;
    const wait = Math.min(this.#hindrance ? this.#hindrance.wait * 2 : UNDO_AGAIN, UNDO_AGAIN_AT_MOST);
    this.#hindrance = { reason, wait, until: now + wait };
  }

  #written(change: StatusChange, now: Micros): void {
    this.#confirmedAt = this.#stepAt;
    if (change.coordinator !== undefined) {
      this.#leads = true;
      this.#injected = false;
      this.#undone = false;
      this.#note = '';
      this.#ending = this.#inherited;
      this.#stageAt = now;
    }
    const undone = change.injected === null;
    if (change.phase === undefined && !undone) return;
    this.#stageAt = now;
    this.#firstMeasuredAt = null;
  }

  #takeUp(test: TestObject, facts: TestFacts, now: Micros): Step {
    const { coordinator, renewals } = test;
    const { ownNode } = facts;
    if (this.#sign.coordinator !== coordinator || this.#sign.renewals !== renewals)
      this.#sign = { coordinator, renewals, at: now };
    if (isFinished(test) && !isGuarded(test)) return NOTHING;
    // One that is its own successor lost its memory by a restart, and need not wait for itself.
    const silence = coordinator === null || coordinator === ownNode ? 0 : SILENT_FOR;
    const vacantAt = this.#sign.at + silence;
    if (now < vacantAt) return wait(vacantAt);
    const turn = vacantAt + placeInLine(test, facts) * PLACE_IN_LINE;
    if (now < turn) return wait(turn);
    if (isFinished(test)) return { do: 'release' };
    this.#inherited = isUnderWay(test) ? lost(coordinator, ownNode, test) : null;
    const claim = { coordinator: ownNode };
    if (test.phase !== 'Pending' || isCalledOff(test)) return write(claim);
    const reason = whyRefused(test, facts, now);
    if (reason !== null) return write({ ...claim, ...refused(reason, now) });
    const from = facts.vip!.announcer!;
    return write({
      ...claim,
      from,
      service: facts.vip!.service,
      participants: vantageNodes(test, facts),
      message: `Waiting for the agents that shall measure to see ${from} answer.`,
    });
  }

  #step(test: TestObject, facts: TestFacts, now: Micros): Step {
    if (isCalledOff(test)) this.#ending ??= { phase: 'Cancelled', message: cancelledText(test) };
    if (this.#ending) return this.#end(test, this.#ending, now);
    // Nothing but cleaning up is left where it was asked for what cannot be read, and that was refused above.
    if (!test.asked.ok) return this.#fail(test, 'What is asked for cannot be read any more.', now);
    const { spec } = test.asked;
    switch (test.phase) {
      case 'Pending':
        return this.#begin(test, spec, facts, now);
      case 'Running':
        return this.#run(test, spec, now);
      case 'FailingBack':
        return this.#failBack(test, spec, now);
      default:
        return NOTHING;
    }
  }

  #begin(test: TestObject, { mode, vip }: FailoverTestSpec, facts: TestFacts, now: Micros): Step {
    if (!isGuarded(test)) return { do: 'guard' };
    const witnesses = test.participants.map((node) => ({ node, ...test.witnesses.get(node) }));
    const ready = witnesses.filter(({ announcer }) => (announcer ?? null) !== null);
    const troubled = witnesses.find(({ critical = [] }) => critical.length > 0);
    if (troubled) {
      const { critical = [], node } = troubled;
      return write(
        refused(
          `${vip} is in trouble already, as ${node} sees it: ${critical.join(', ')} is active on it.`,
          now,
        ),
      );
    }
    const waited = now - this.#stageAt;
    if (ready.length < witnesses.length && waited < READY_WITHIN) return wait(this.#stageAt + READY_WITHIN);
    if (ready.length === 0 && waited < FIRST_READY_WITHIN) return wait(this.#stageAt + FIRST_READY_WITHIN);
    if (ready.length === 0)
      return write(
        refused(
          `None of ${witnesses.map(({ node }) => node).join(', ')} sees anyone answer for ${vip}.`,
          now,
        ),
      );
    const from = test.from!;
    const other = ready.find(({ announcer }) => announcer !== from);
    if (other)
      return write(
        refused(
          `${other.announcer} answers for ${vip}, as ${other.node} sees it, and not ${from}, which MetalLB's election names.`,
          now,
        ),
      );
    if (ready.some(({ legs = [] }) => legs.length > 0))
      return write(refused(`The announcer of ${vip} changed before the test had begun.`, now));
    const reason =
      facts.vip?.announcer === from
        ? whyRefused(test, facts, now)
        : `The announcer of ${vip} changed before the test had begun.`;
    if (reason !== null) return write(refused(reason, now));
    return write({
      phase: 'Running',
      startedAt: now,
      injected: mode === 'observe' ? null : { mode, node: from },
      message: RUNNING[mode](from),
    });
  }

  #run(test: TestObject, spec: FailoverTestSpec, now: Micros): Step {
    const { mode, timeLimit } = spec;
    const { injected } = test;
    if (injected && !this.#injected) {
      if (now - this.#stageAt >= INJECTED_WITHIN)
        return this.#fail(test, `Could not begin: ${mode} was not injected in time.`, now);
      if (now - this.#confirmedAt > CONFIRMED_WITHIN) return write({});
      this.#owed = injected;
      return { do: 'inject', injection: injected, until: this.#confirmedAt + INJECTS_UNTIL };
    }
    const limit = this.#stageAt + timeLimit + SETTLED_WITHIN;
    const { measured, until } = this.#measured(test, 'failover', spec, limit, now);
    if (measured.length > 0 && until > now) return wait(until);
    if (measured.length === 0 && now < limit) return wait(limit);
    const from = test.from!;
    if (measured.length === 0)
      return this.#fail(test, `Nobody took over from ${from} within ${durationText(timeLimit)}.`, now);
    const to = measured[0]!.to;
    if (mode === 'observe') return write({ to, ...judged(test, spec, ['failover']), finishedAt: now });
    return write({
      to,
      ...worstOf(vantagePointsOf(test)),
      phase: 'FailingBack',
      message: failingBackText(to, from),
    });
  }

  #failBack(test: TestObject, spec: FailoverTestSpec, now: Micros): Step {
    if (test.injected)
      return this.#undo(test, test.injected, { message: failingBackText(test.to!, test.from!) }, now);
    const { timeLimit } = spec;
    const limit = this.#stageAt + timeLimit + SETTLED_WITHIN;
    const { measured, until } = this.#measured(test, 'failback', spec, limit, now);
    if (measured.length > 0 && until > now) return wait(until);
    if (measured.length === 0 && now < limit) return wait(limit);
    if (measured.length === 0)
      return this.#fail(test, `${test.from} did not take it back within ${durationText(timeLimit)}.`, now);
    return write({ ...this.#noted(judged(test, spec, LEGS)), finishedAt: now });
  }

  #end(test: TestObject, ending: Ending, now: Micros): Step {
    const change = { ...ending, finishedAt: now };
    return test.injected ? this.#undo(test, test.injected, change, now) : write(this.#noted(change));
  }

  #fail(test: TestObject, message: string, now: Micros): Step {
    this.#ending = { phase: 'Failed', message };
    return this.#end(test, this.#ending, now);
  }

  #undo(test: TestObject, injection: Injection, change: Told, now: Micros): Step {
    if (this.#undone) return write({ ...this.#noted(change), injected: null });
    const step = this.#attempt(injection, now);
    if (step.do !== 'wait') return step;
    const { mode, node } = injection;
    const message = `Cannot undo ${mode} on ${node}, and tries on: ${this.#hindrance!.reason}`;
    return test.message === message ? step : write({ message });
  }

  #attempt(injection: Injection, now: Micros): Step {
    if (this.#hindrance && now < this.#hindrance.until) return wait(this.#hindrance.until);
    this.#undoSince ??= now;
    return { do: 'undo', injection, since: this.#undoSince };
  }

  #noted<Change extends Told>(change: Change): Change {
    return this.#note === '' ? change : { ...change, message: `${change.message} ${this.#note}` };
  }

  /** What the vantage points have said of a leg, and until when more of them are waited for. */
  #measured(
    test: TestObject,
    leg: LegMeasurement['leg'],
    { maxGap }: FailoverTestSpec,
    limit: Micros,
    now: Micros,
  ) {
    const { measured, unseen, silent } = standingOf(test, leg);
    if (measured.length > 0) this.#firstMeasuredAt ??= now;
    const others = (this.#firstMeasuredAt ?? now) + OTHERS_WITHIN;
    // A gap that is seen to the end later than that is too long.
    if (unseen.length > 0) return { measured, until: Math.max(others, Math.min(others + maxGap, limit)) };
    return { measured, until: silent.length > 0 ? others : now };
  }
}

/** By all that was measured, and by those who should have. */
function judged(test: TestObject, spec: FailoverTestSpec, legs: readonly LegMeasurement['leg'][]): Told {
  const vantagePoints = vantagePointsOf(test);
  const standings = legs.map((leg) => standingOf(test, leg));
  const { phase, message, results } = verdictOf(spec, vantagePoints, standings);
  return {
    phase,
    message,
    ...worstOf(vantagePoints),
    vantagePoints: Object.fromEntries([...results].map(([node, result]) => [node, { result }])),
  };
}

const NOTHING: Step = { do: 'wait', until: Number.POSITIVE_INFINITY };

const RUNNING: Readonly<Record<TestMode, (from: string) => string>> = {
  observe: (from) => `Pull the plug on ${from} now. Waiting for another node to take over.`,
  drain: (from) => `Kept ${from} from announcing by its label. Waiting for another node to take over.`,
  'delete-pod': (from) => `Deleted the speaker's Pod on ${from}. Waiting for another node to take over.`,
  freeze: (from) => `Stopped the speaker on ${from}. Waiting for another node to take over.`,
};

const failingBackText = (to: string, from: string): string =>
  `${to} took over. Waiting for ${from} to take it back.`;

const isUnderWay = ({ phase }: TestObject): boolean => phase === 'Running' || phase === 'FailingBack';
const isCalledOff = ({ cancelled, deleting }: TestObject): boolean => cancelled || deleting;

function write(change: StatusChange): Step {
  return { do: 'write', change };
}

function wait(until: Micros): Step {
  return { do: 'wait', until };
}

function refused(reason: string, now: Micros): StatusChange {
  return { phase: 'Refused', message: reason, finishedAt: now };
}

function cancelledText(test: TestObject): string {
  const how = test.cancelled ? 'Cancelled on request' : 'Deleted while it ran';
  return `${how}${isUnderWay(test) && test.injected ? '; what was injected has been undone' : ''}.`;
}

/** What was measured may not be all there was to measure. */
function lost(coordinator: string | null, ownNode: string, test: TestObject): Ending {
  const how = coordinator === ownNode ? 'was restarted' : 'fell silent';
  const undone = test.injected ? ' What was injected has been undone.' : '';
  return { phase: 'Failed', message: `The agent of ${coordinator}, which drove the test, ${how}.${undone}` };
}
