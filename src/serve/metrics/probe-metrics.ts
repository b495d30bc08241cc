// Metrics of what is asked of the LAN, and of the failover tests.
import { counter, histogram, type Metric } from './metric.ts';

/** In seconds. */
export const ROUND_TRIP_EDGES = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
];

export const PROBE_METRICS: readonly Metric[] = [
  histogram({
    name: 'vipwatch_probe_rtt_seconds',
    help: 'From a probe to its answer.',
    labelNames: [],
    read: (set, { roundTrips }) => set({}, roundTrips),
  }),
  counter({
    name: 'vipwatch_probes_total',
    help: 'Probes of VIPs, by how they were sent and by result.',
    labelNames: ['how', 'result'],
    read: (set, { sources }) => {
      const { unicast, broadcast } = sources.probes;
      for (const [how, counts] of Object.entries({ unicast, broadcast }))
        for (const result of ['answered', 'unanswered', 'refused'] as const)
          set({ how, result }, counts[result]);
    },
  }),
  counter({
    name: 'vipwatch_service_probes_total',
    help: 'Probes of services, by result.',
    labelNames: ['result'],
    read: (set, { sources }) => {
      const { served, refused, unanswered, unsent } = sources.serviceProbes;
      for (const [result, count] of Object.entries({ served, refused, unanswered, unsent }))
        set({ result }, count);
    },
  }),
  counter({
    name: 'vipwatch_failover_tests_total',
    help: 'Failover tests that ended, by mode and result; only the coordinator counts a test.',
    labelNames: ['mode', 'result'],
    read: (set, { sources }) => {
      for (const { mode, result, count } of sources.failoverTests()) set({ mode, result }, count);
    },
  }),
];
