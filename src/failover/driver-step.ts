// What the driver of a failover test can ask for next: a write of the object, or a change of the cluster.
import type { Micros, Millis } from '../base/time.ts';
import type { TestPhase } from './failover-test.ts';
import type { Injection, JudgedReport } from './object.ts';

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
  readonly gapMs?: Millis | null;
  readonly serviceGapMs?: Millis | null;
  /** Beside what each of them wrote. */
  readonly vantagePoints?: Readonly<Record<string, Pick<JudgedReport, 'result'>>>;
}

/** A change that whoever looks at the test is told of. */
export type Told = StatusChange & { readonly message: string };

export type DriverStep =
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

export const NOTHING: DriverStep = { do: 'wait', until: Number.POSITIVE_INFINITY };

export function write(change: StatusChange): DriverStep {
  return { do: 'write', change };
}

export function wait(until: Micros): DriverStep {
  return { do: 'wait', until };
}

export function refused(reason: string, now: Micros): StatusChange {
  return { phase: 'Refused', message: reason, finishedAt: now };
}
