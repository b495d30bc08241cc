// One agent's part in driving a failover test: to take it up, or over from a coordinator that fell silent, and then the
// next thing to do, from the object alone as far as it can be. Pure: it is told what is, and says one step at a time.
//
// Whoever leads is settled by the API server (each write names the version that it is based on), and whether the
// leader lives by each agent's own clock (its counter moved, or did not), so that no two clocks are ever compared.
import { durationText } from '../base/duration.ts';
import { type Micros, SECOND } from '../base/time.ts';
import { placeInLine, type TestFacts, vantageNodes, whyRefused } from './choice.ts';
import {
  afterInjection,
  afterUndoing,
  afterWrite,
  caughtUp,
  type DriverState,
  ended,
  firstStage,
  type Leading,
  NO_SIGN,
  type SignOfLife,
  type Stage,
} from './driver-state.ts';
import {
  type DriverStep,
  NOTHING,
  refused,
  type StatusChange,
  type Told,
  wait,
  write,
} from './driver-step.ts';
import { cancelledText, failingBackText, isUnderWay, lost, nobodyText, RUNNING } from './driver-words.ts';
import { type FailoverTestSpec, isFinished, LEGS, takeoverWithin } from './failover-test.ts';
import { judged, legMeasured } from './leg-measured.ts';
import { type Injection, isGuarded, type TestObject, vantagePointsOf } from './object.ts';
import { announcerChangedText, readinessOf } from './readiness.ts';
import { hindered, tried, UNTRIED, type Undoing } from './undoing.ts';
import { worstOf } from './verdict.ts';

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
/** A Pod may have to be started; its image is on the node already. */
const INJECTED_WITHIN = 30 * SECOND;

export class TestDriver {
  #state: DriverState = { kind: 'follows', sign: NO_SIGN };
  /** What this process began to inject and has not undone, whoever leads by now. */
  #owed: Injection | null = null;
  /** Of that, and of what others had injected when this process came to lead. */
  #undoing: Undoing = UNTRIED;

  /** Something of this process's may be on a node. */
  get owes(): boolean {
    return this.#owed !== null;
  }

  /** The step to take now. Its outcome is told by `done` or `failed` before the next one is asked for. */
  next(test: TestObject, facts: TestFacts, now: Micros): DriverStep {
    const state = this.#state;
    if (state.kind === 'leads' && test.coordinator === facts.ownNode)
      return this.#lead({ ...state, askedAt: now }, test, facts, now);
    const sign = state.kind === 'leads' ? NO_SIGN : state.sign;
    this.#state = { kind: 'follows', sign };
    // Whoever leads now may have looked for it before it was there.
    return this.#owed ? this.#attempt(this.#owed, now) : this.#takeUp(sign, test, facts, now);
  }

  /** The step has worked. @param note what is to be said of how, in sentences. */
  done(step: DriverStep, now: Micros, note = ''): void {
    switch (step.do) {
      case 'write':
        this.#written(step.change, now);
        return;
      case 'inject':
        // Whether it still leads, the API server is to say at once.
        this.#advance((stage) => afterInjection(stage, now), Number.NEGATIVE_INFINITY);
        return;
      case 'undo':
        this.#owed = null;
        this.#undoing = UNTRIED;
        this.#advance((stage) => afterUndoing(stage, note));
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
  failed(step: DriverStep, reason: string, now: Micros): void {
    if (step.do === 'inject')
      this.#advance((stage) => ended(stage, { phase: 'Failed', message: `Could not begin: ${reason}` }));
    if (step.do === 'undo') this.#undoing = hindered(this.#undoing, step.since, reason, now);
  }

  #advance(to: (stage: Stage) => Stage, confirmedAt?: Micros): void {
    const state = this.#state;
    if (state.kind !== 'leads') return;
    this.#state = { ...state, stage: to(state.stage), confirmedAt: confirmedAt ?? state.confirmedAt };
  }

  #enter(stage: Stage): void {
    this.#advance(() => stage);
  }

  #written(change: StatusChange, now: Micros): void {
    const state = this.#state;
    if (state.kind === 'leads') this.#advance((stage) => afterWrite(stage, change, now), state.askedAt);
    if (state.kind !== 'claims') return;
    const { askedAt, inherited } = state;
    this.#state = { kind: 'leads', askedAt, confirmedAt: askedAt, stage: firstStage(inherited, now) };
  }

  #takeUp(before: SignOfLife, test: TestObject, facts: TestFacts, now: Micros): DriverStep {
    const { coordinator, renewals } = test;
    const { ownNode } = facts;
    const isNew = before.coordinator !== coordinator || before.renewals !== renewals;
    const sign = isNew ? { coordinator, renewals, at: now } : before;
    this.#state = { kind: 'follows', sign };
    if (isFinished(test) && !isGuarded(test)) return NOTHING;
    // One that is its own successor lost its memory by a restart, and need not wait for itself.
    const silence = coordinator === null || coordinator === ownNode ? 0 : SILENT_FOR;
    const vacantAt = sign.at + silence;
    if (now < vacantAt) return wait(vacantAt);
    const turn = vacantAt + placeInLine(test, facts) * PLACE_IN_LINE;
    if (now < turn) return wait(turn);
    if (isFinished(test)) return { do: 'release' };
    const inherited = isUnderWay(test) ? lost(coordinator, ownNode, test) : null;
    this.#state = { kind: 'claims', sign, askedAt: now, inherited };
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
      message: `Waiting until the agents that measure see ${from} answer.`,
    });
  }

  #lead(before: Leading, test: TestObject, facts: TestFacts, now: Micros): DriverStep {
    this.#state = before;
    if (isFinished(test)) return isGuarded(test) ? { do: 'release' } : NOTHING;
    const renewAt = before.confirmedAt + RENEW_EVERY;
    if (now >= renewAt) return write({});
    const leading = { ...before, stage: stageNow(before.stage, test) };
    this.#state = leading;
    const step = this.#step(leading, test, facts, now);
    return step.do === 'wait' ? { ...step, until: Math.min(step.until, renewAt) } : step;
  }

  #step({ stage, confirmedAt }: Leading, test: TestObject, facts: TestFacts, now: Micros): DriverStep {
    if (stage.kind === 'ends') return this.#end(stage, test, now);
    // Nothing but cleaning up is left where it was asked for what cannot be read, and that was refused above.
    if (!test.asked.ok) return this.#fail(stage, test, 'The test cannot be read any more.', now);
    const { spec } = test.asked;
    switch (stage.kind) {
      case 'prepares':
        return begin(stage.since, test, spec, facts, now);
      case 'injects': {
        if (now - stage.since >= INJECTED_WITHIN)
          return this.#fail(stage, test, `Could not begin: ${spec.mode} was not injected in time.`, now);
        if (now - confirmedAt > CONFIRMED_WITHIN) return write({});
        const injection = test.injected!;
        this.#owed = injection;
        return { do: 'inject', injection, until: confirmedAt + INJECTS_UNTIL };
      }
      case 'measures-failover':
        return this.#measureFailover(stage, test, spec, now);
      case 'undoes':
      case 'undone': {
        const note = stage.kind === 'undone' ? stage.note : null;
        const change = { message: failingBackText(test.to!, test.from!) };
        return this.#undo(note, test.injected!, test, change, now);
      }
      case 'measures-failback':
        return this.#measureFailback(stage, test, spec, now);
      default:
        return stage satisfies never;
    }
  }

  #measureFailover(
    stage: Stage & { kind: 'measures-failover' },
    test: TestObject,
    spec: FailoverTestSpec,
    now: Micros,
  ): DriverStep {
    const { to, until, firstMeasuredAt } = legMeasured(test, 'failover', spec, stage, now);
    this.#enter({ ...stage, firstMeasuredAt });
    if (until > now) return wait(until);
    const from = test.from!;
    if (to === null) return this.#fail(stage, test, nobodyText(from, spec), now);
    if (spec.mode === 'observe') return write({ to, ...judged(test, spec, ['failover']), finishedAt: now });
    return write({
      to,
      ...worstOf(vantagePointsOf(test)),
      phase: 'FailingBack',
      message: failingBackText(to, from),
    });
  }

  #measureFailback(
    stage: Stage & { kind: 'measures-failback' },
    test: TestObject,
    spec: FailoverTestSpec,
    now: Micros,
  ): DriverStep {
    const { to, until, firstMeasuredAt } = legMeasured(test, 'failback', spec, stage, now);
    this.#enter({ ...stage, firstMeasuredAt });
    if (until > now) return wait(until);
    if (to !== null) return write({ ...noted(judged(test, spec, LEGS), stage.note), finishedAt: now });
    const within = durationText(spec.timeLimit);
    return this.#fail(stage, test, `${test.from} did not take it back within ${within}.`, now);
  }

  #fail(stage: Stage, test: TestObject, message: string, now: Micros): DriverStep {
    const ends = ended(stage, { phase: 'Failed', message });
    this.#enter(ends);
    return this.#end(ends, test, now);
  }

  #end({ ending, note }: Stage & { kind: 'ends' }, test: TestObject, now: Micros): DriverStep {
    const change = { ...ending, finishedAt: now };
    return test.injected
      ? this.#undo(note, test.injected, test, change, now)
      : write(noted(change, note ?? ''));
  }

  /** @param note null: it is still to be undone. */
  #undo(note: string | null, injection: Injection, test: TestObject, change: Told, now: Micros): DriverStep {
    if (note !== null) return write({ ...noted(change, note), injected: null });
    const step = this.#attempt(injection, now);
    if (step.do !== 'wait' || this.#undoing.kind !== 'hindered') return step;
    const { mode, node } = injection;
    const message = `Cannot undo ${mode} on ${node}; retrying: ${this.#undoing.reason}`;
    return test.message === message ? step : write({ message });
  }

  #attempt(injection: Injection, now: Micros): DriverStep {
    if (this.#undoing.kind === 'hindered' && now < this.#undoing.until) return wait(this.#undoing.until);
    const undoing = tried(this.#undoing, now);
    this.#undoing = undoing;
    return { do: 'undo', injection, since: undoing.since };
  }
}

function stageNow(stage: Stage, test: TestObject): Stage {
  const reached = caughtUp(stage, test);
  return isCalledOff(test) ? ended(reached, { phase: 'Cancelled', message: cancelledText(test) }) : reached;
}

/** @param since when the vantage points were chosen. */
function begin(
  since: Micros,
  test: TestObject,
  spec: FailoverTestSpec,
  facts: TestFacts,
  now: Micros,
): DriverStep {
  const { mode, vip } = spec;
  if (!isGuarded(test)) return { do: 'guard' };
  const readiness = readinessOf(test, vip, since, now);
  if (readiness.kind === 'waits') return wait(readiness.until);
  if (readiness.kind === 'refused') return write(refused(readiness.reason, now));
  const from = test.from!;
  const reason = facts.vip?.announcer === from ? whyRefused(test, facts, now) : announcerChangedText(vip);
  if (reason !== null) return write(refused(reason, now));
  return write({
    phase: 'Running',
    startedAt: now,
    injected: mode === 'observe' ? null : { mode, node: from },
    message: RUNNING[mode](from, durationText(takeoverWithin(spec))),
  });
}

const isCalledOff = ({ cancelled, deleting }: TestObject): boolean => cancelled || deleting;

function noted<Change extends Told>(change: Change, note: string): Change {
  return note === '' ? change : { ...change, message: `${change.message} ${note}` };
}
