// What an agent is at in driving a test, one member a state, each with the time that its own deadline counts from. The
// object says what has been written; these say what this process has done, and since when it waits, by its own clock.
import type { Micros } from '../base/time.ts';
import type { StatusChange } from './driver-step.ts';
import type { Ending } from './failover-test.ts';
import type { TestObject } from './object.ts';

/** A coordinator's last sign of life: which, and when it was seen here. */
export interface SignOfLife {
  readonly coordinator: string | null;
  readonly renewals: number;
  readonly at: Micros;
}

/** No coordinator has ever given this one. */
export const NO_SIGN: SignOfLife = { coordinator: null, renewals: -1, at: 0 };

export type DriverState =
  /** Another one leads, or nobody does: some time after the last sign of life it is this agent's turn. */
  | { readonly kind: 'follows'; readonly sign: SignOfLife }
  | {
      /** It has asked to lead, and was not answered yet. */
      readonly kind: 'claims';
      readonly sign: SignOfLife;
      readonly askedAt: Micros;
      /** What its becoming the coordinator means for the test; null: that it begins. */
      readonly inherited: Ending | null;
    }
  | {
      /** This process became the coordinator, and has not heard otherwise. */
      readonly kind: 'leads';
      /** When its present step was asked for. */
      readonly askedAt: Micros;
      /** When its last write that went through was begun: others may have seen it since. */
      readonly confirmedAt: Micros;
      readonly stage: Stage;
    };

export type Leading = DriverState & { kind: 'leads' };

/** How far the coordinator is. `since`: when it came so far. */
export type Stage =
  /** The vantage points are waited for, to see the announcer answer. */
  | { readonly kind: 'prepares'; readonly since: Micros }
  /** What the object says is injected is to be injected now. */
  | { readonly kind: 'injects'; readonly since: Micros }
  | (TakeoverWait & { readonly kind: 'measures-failover' })
  | { readonly kind: 'undoes'; readonly since: Micros }
  /** It is to be written that it was undone. */
  | { readonly kind: 'undone'; readonly since: Micros; readonly note: string }
  | (TakeoverWait & { readonly kind: 'measures-failback'; readonly note: string })
  /** The end was decided, and what was injected is to be undone before it is told. */
  | {
      readonly kind: 'ends';
      readonly ending: Ending;
      /** What is to be said of how it was undone, in sentences; null: it was not. */
      readonly note: string | null;
    };

/** A takeover is waited for, and then for more of those that measure it. */
export interface TakeoverWait {
  readonly since: Micros;
  /** Null: nobody has told of it yet. */
  readonly firstMeasuredAt: Micros | null;
}

/** The stage that a coordinator begins with. */
export function firstStage(inherited: Ending | null, now: Micros): Stage {
  return inherited === null ? { kind: 'prepares', since: now } : ended(null, inherited);
}

/** After a write that went through. */
export function afterWrite(stage: Stage, { phase, injected }: StatusChange, now: Micros): Stage {
  if (stage.kind === 'ends') return stage;
  if (phase === 'Running') return injected ? { kind: 'injects', since: now } : measuresFailover(now);
  if (phase === 'FailingBack') return { kind: 'undoes', since: now };
  return injected === null ? measuresFailback(stage, now) : stage;
}

export function afterInjection(stage: Stage, now: Micros): Stage {
  return stage.kind === 'injects' ? measuresFailover(now) : stage;
}

/** @param note what is to be said of how it was undone. */
export function afterUndoing(stage: Stage, note: string): Stage {
  if (stage.kind === 'undoes') return { ...stage, kind: 'undone', note };
  return stage.kind === 'ends' ? { ...stage, note } : stage;
}

/** The end is decided, once for all. */
export function ended(stage: Stage | null, ending: Ending): Stage & { kind: 'ends' } {
  return stage?.kind === 'ends' ? stage : { kind: 'ends', ending, note: noteOf(stage) };
}

/** Where the answer to a write was lost, the object is further than this process knew. */
export function caughtUp(stage: Stage, { phase, injected }: TestObject): Stage {
  switch (stage.kind) {
    case 'prepares':
    case 'injects':
    case 'measures-failover':
      if (phase === 'FailingBack')
        return injected ? { kind: 'undoes', since: stage.since } : measuresFailback(stage, stage.since);
      if (stage.kind === 'injects') return injected ? stage : measuresFailover(stage.since);
      if (stage.kind !== 'prepares' || phase !== 'Running') return stage;
      return injected ? { kind: 'injects', since: stage.since } : measuresFailover(stage.since);
    case 'undoes':
    case 'undone':
      return injected ? stage : measuresFailback(stage, stage.since);
    case 'measures-failback':
    case 'ends':
      return stage;
    default:
      return stage satisfies never;
  }
}

/** Null: nothing has been undone. */
function noteOf(stage: Stage | null): string | null {
  return stage !== null && 'note' in stage ? stage.note : null;
}

function measuresFailover(since: Micros): Stage {
  return { kind: 'measures-failover', since, firstMeasuredAt: null };
}

function measuresFailback(stage: Stage, since: Micros): Stage {
  return { kind: 'measures-failback', since, firstMeasuredAt: null, note: noteOf(stage) ?? '' };
}
