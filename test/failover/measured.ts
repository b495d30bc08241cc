// Failover tests as values, and what an agent measured of them.

import { MINUTE, SECOND } from '../../src/base/time.ts';
import type {
  FailoverTest,
  FailoverTestSpec,
  LegMeasurement,
  VantagePoint,
} from '../../src/failover/failover-test.ts';
import type { IpAddress } from '../../src/net/address.ts';

export function leg(over: Partial<LegMeasurement>): LegMeasurement {
  return {
    leg: 'failover',
    from: 'node-1',
    to: 'node-2',
    gapMs: 1_400,
    uncertaintyMs: 100,
    overlapMs: 0,
    serviceGapMs: null,
    serviceOpen: false,
    serviceNote: 'it has no TCP port',
    phases: { announcedMs: 1_400, answeredMs: 1_450, servedMs: null },
    ...over,
  };
}

export function seenFrom(node: string, ...legs: readonly LegMeasurement[]): VantagePoint {
  return { node, interface: 'eth0', result: null, legs };
}

export function sampleTest(over: Partial<FailoverTest> = {}): FailoverTest {
  const spec: FailoverTestSpec = {
    vip: '192.168.1.240' as IpAddress,
    mode: 'observe',
    maxGap: 10 * SECOND,
    timeLimit: 2 * MINUTE,
  };
  return {
    id: 'first',
    spec,
    phase: 'Running',
    message: 'Waiting for another node to take over.',
    requestedBy: 'system:serviceaccount:ops:secret-robot',
    createdAt: '2026-03-01T12:00:00.000000Z',
    startedAt: '2026-03-01T12:00:00.000000Z',
    finishedAt: null,
    service: 'traefik/traefik',
    from: 'node-1',
    to: null,
    coordinator: 'node-3',
    vantagePoints: [],
    gapMs: null,
    serviceGapMs: null,
    ...over,
  };
}
