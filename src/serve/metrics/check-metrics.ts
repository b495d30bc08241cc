// Metrics of the checks: of the one agent that looks for all. How many results there are of each, never what they are about.
import { SECOND } from '../../base/time.ts';
import { STATUSES } from '../../check/results.ts';
import { RULE_IDS } from '../../check/rules/catalogue.ts';
import { gauge, type Metric } from './metric.ts';

export const CHECK_METRICS: readonly Metric[] = [
  gauge({
    name: 'vipwatch_check',
    help: 'Results of the checks, at the agent that runs them for all; no series on others.',
    labelNames: ['id', 'status'],
    read: (set, { sources }) => {
      const done = sources.checks()?.done;
      if (!done) return;
      for (const id of RULE_IDS) for (const status of STATUSES) set({ id, status }, done.counts[id][status]);
    },
  }),
  gauge({
    name: 'vipwatch_check_age_seconds',
    help: 'Seconds since the last run of the checks, at the agent that runs them for all; no series on others.',
    labelNames: [],
    read: (set, { sources }) => {
      const done = sources.checks()?.done;
      if (done) set({}, (sources.now() - done.at) / SECOND);
    },
  }),
];
