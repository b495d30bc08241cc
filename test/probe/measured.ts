// What an agent measured of a takeover, as a value.
import type { LegMeasurement, VantagePoint } from '../../src/probe/failover-test.ts';

export function leg(over: Partial<LegMeasurement>): LegMeasurement {
  return {
    leg: 'failover',
    from: 'node-1',
    to: 'node-2',
    gapMs: 1_400,
    uncertaintyMs: 100,
    overlapMs: 0,
    serviceGapMs: null,
    serviceNote: 'it has no TCP port',
    phases: { announcedMs: 1_400, answeredMs: 1_450, servedMs: null },
    ...over,
  };
}

export function seenFrom(node: string, ...legs: readonly LegMeasurement[]): VantagePoint {
  return { node, interface: 'eth0', legs };
}
