import type { Takeover } from '../watch/takeover/takeover.ts';
import type { LegMeasurement } from './failover-test.ts';

/** What a test is told of a takeover: no point in time, for other agents' clocks are not this one's. */
export function measurementOf(takeover: Takeover): Omit<LegMeasurement, 'leg'> {
  const { from, to, gapMs, uncertaintyMs, overlapMs, phases, serviceGap } = takeover;
  return {
    from: from.node,
    to: to.node,
    gapMs,
    uncertaintyMs,
    overlapMs,
    serviceGapMs: serviceGap?.gapMs ?? null,
    serviceOpen: serviceGap?.open ?? false,
    serviceNote: serviceGap ? serviceGap.note : 'not measured',
    phases: { ...phases, servedMs: serviceGap?.servedMs ?? null },
  };
}
