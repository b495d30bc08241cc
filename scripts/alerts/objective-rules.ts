// The failover objectives: how many takeovers of a VIP took no longer than `failover.maxGap`, and how long they took.
import { type AlertRule, type RecordingRule, type RuleGroup, runbookOf, sameLabels, WHOSE } from './rule.ts';

/** The chart puts others in their place, of the window also in the names. */
export const OBJECTIVE_WINDOW = '30d';
export const OBJECTIVE_RATIO = 0.9;
/** Of fewer takeovers a share says little. */
const ENOUGH = 5;

const VIP = ['cluster', 'job', 'ip', 'namespace', 'service'];
const BY_CLASS = [...VIP, 'class'].join(', ');

/** Counted once by each agent that saw it, which cancels out. */
const TAKEOVERS = `vip:vipwatch_takeovers:increase${OBJECTIVE_WINDOW}`;
const WITHIN = `vip:vipwatch_takeovers_within_objective:increase${OBJECTIVE_WINDOW}`;
const RATIO = `vip:vipwatch_takeovers_within_objective:ratio_${OBJECTIVE_WINDOW}`;
const GAPS = `vip:vipwatch_takeover_gap_seconds_bucket:increase${OBJECTIVE_WINDOW}`;
const BUCKETS = 'vipwatch_takeover_gap_seconds_bucket';

function increase(counter: string): string {
  return `sum by (${BY_CLASS}) (increase(${counter}[${OBJECTIVE_WINDOW}]))`;
}

function gapQuantile(name: string, quantile: string): RecordingRule {
  return {
    record: `vip:vipwatch_takeover_gap_seconds:${name}_${OBJECTIVE_WINDOW}`,
    // Without takeovers there is no quantile.
    expr: `histogram_quantile(${quantile}, ${GAPS}) and on (${BY_CLASS}) ${GAPS}{le="+Inf"} > 0`,
  };
}

const lowest = (series: string) => `min_over_time(${series}[${OBJECTIVE_WINDOW}])`;
/** Prometheus 3 spells the edge 10 as 10.0: after the upgrade a series of that name begins, and counts on. */
const COUNTED_ON = `label_replace(${lowest(`${BUCKETS}{le=~"[0-9]+"}`)}, "le", "$1.0", "le", "(.+)")`;
/** Buckets begin with the first takeover, which is no increase: what they began with counts where that was in the window. */
const FIRST = `(${lowest(BUCKETS)} unless ${BUCKETS} offset ${OBJECTIVE_WINDOW} unless ${COUNTED_ON} or 0 * ${lowest(BUCKETS)})`;

const RECORDS: readonly RecordingRule[] = [
  { record: TAKEOVERS, expr: increase('vipwatch_takeovers_total') },
  { record: WITHIN, expr: increase('vipwatch_takeovers_within_objective_total') },
  { record: RATIO, expr: `${WITHIN} / (${TAKEOVERS} > 0)` },
  {
    record: GAPS,
    expr: `sum by (${BY_CLASS}, le) (increase(${BUCKETS}[${OBJECTIVE_WINDOW}]) + ${FIRST})`,
  },
  gapQuantile('p50', '0.5'),
  gapQuantile('p95', '0.95'),
  // The upper edge of the slowest one's bucket.
  gapQuantile('worst', '1'),
];

const SITE = ['cluster', 'job'];
const LIVING = `printf \`vipwatch_agent_info{url!="",%s}\` (${sameLabels(SITE)})`;

const MISSED: AlertRule = {
  alert: 'VipwatchObjectiveMissed',
  expr: `${RATIO}{class="failover"} < ${OBJECTIVE_RATIO} and ${TAKEOVERS} >= ${ENOUGH}`,
  for: '10m',
  keep_firing_for: '10m',
  labels: { severity: 'info' },
  annotations: {
    summary: `Of the failovers of ${WHOSE} only {{ $value | humanizePercentage }} were fast enough within ${OBJECTIVE_WINDOW}`,
    description: `The objective is a share of ${OBJECTIVE_RATIO} within failover.maxGap. GET /api/v1/takeovers?ip={{ $labels.ip }} lists them with their gaps.`,
    runbook_url: runbookOf('VipwatchObjectiveMissed', LIVING),
  },
};

export const OBJECTIVE_RULES: RuleGroup = {
  name: 'vipwatch-failover-objectives',
  // A month of counters is much to read, and takeovers are rare.
  interval: '5m',
  rules: [...RECORDS, MISSED],
};
