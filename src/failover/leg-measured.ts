// Of a leg of a test: until when its measurements are waited for, and what they come to.
import { type Micros, SECOND } from '../base/time.ts';
import type { TakeoverWait } from './driver-state.ts';
import type { Told } from './driver-step.ts';
import { type FailoverTestSpec, type LegMeasurement, takeoverWithin } from './failover-test.ts';
import { type TestObject, vantagePointsOf } from './object.ts';
import { standingOf } from './standing.ts';
import { verdictOf, worstOf } from './verdict.ts';

/** After the first vantage point's measurement, the others' are waited for. */
const OTHERS_WITHIN = 15 * SECOND;
/** From a takeover to its measurement: who keeps the VIP must have settled, and the service be back or given up. */
const SETTLED_WITHIN = 20 * SECOND;

export interface LegMeasured {
  /** Who took over; null: nobody has told of it yet. */
  readonly to: string | null;
  readonly firstMeasuredAt: Micros | null;
  /** Until then that is waited for, or that more of the vantage points tell of it. */
  readonly until: Micros;
}

export function legMeasured(
  test: TestObject,
  leg: LegMeasurement['leg'],
  spec: FailoverTestSpec,
  measuring: TakeoverWait,
  now: Micros,
): LegMeasured {
  const { measured, unseen, silent } = standingOf(test, leg);
  const { maxGap, timeLimit } = spec;
  const within = leg === 'failover' ? takeoverWithin(spec) : timeLimit;
  const limit = measuring.since + within + SETTLED_WITHIN;
  if (measured.length === 0) return { to: null, firstMeasuredAt: measuring.firstMeasuredAt, until: limit };
  const firstMeasuredAt = measuring.firstMeasuredAt ?? now;
  const others = firstMeasuredAt + OTHERS_WITHIN;
  const { to } = measured[0]!;
  // A gap that is seen to the end later than that is too long.
  if (unseen.length > 0)
    return { to, firstMeasuredAt, until: Math.max(others, Math.min(others + maxGap, limit)) };
  return { to, firstMeasuredAt, until: silent.length > 0 ? others : now };
}

/** By all that was measured, and by those who should have. */
export function judged(
  test: TestObject,
  spec: FailoverTestSpec,
  legs: readonly LegMeasurement['leg'][],
): Told {
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
