// Of the failover objectives: what is recorded of which series.
import { inCluster, JOB, type Labels, on, onEach, type Series, VIP } from './series.ts';

export interface RecordCase {
  readonly record: string;
  /** @default every series */
  readonly selector?: string;
  readonly what: string;
  readonly series: Series;
  readonly at: string;
  /** What the values are rounded to. @default 0.001 */
  readonly accuracy?: number;
  readonly expected: readonly { readonly labels: Labels; readonly value: number }[];
}

const MONTH = 'vip:vipwatch_takeover_gap_seconds_bucket:increase30d';

/** What one agent counts, by edge. */
function gaps(node: string, values: Series): Series {
  return Object.assign(
    {},
    ...Object.entries(values).map(([edge, counted]) =>
      on(node, 'vipwatch_takeover_gap_seconds_bucket', `ip="${VIP}",class="failover",le="${edge}"`, counted),
    ),
  );
}

/** Three failovers: of less than 4, 8 and 15 seconds, in the first hour of three; the last value is the end. */
const rose = (to: number) => `0x10 ${to}x170`;
const THREE: Series = {
  '2': rose(0),
  '4': rose(1),
  '6': rose(1),
  '8': rose(2),
  '10': rose(2),
  '15': rose(3),
  '+Inf': rose(3),
};
const NONE: Series = Object.fromEntries(Object.keys(THREE).map((edge) => [edge, '0x180']));

const spelt = (edge: string) => (edge === '+Inf' ? edge : `${edge}.0`);
const spelling = (values: Series): Series =>
  Object.fromEntries(Object.entries(values).map(([edge, counted]) => [spelt(edge), counted]));

/** After an hour Prometheus 3 takes over; the longest of the three is yet to come. */
const before = (counted: number) => `0x10 ${counted}x50 stale`;
const after = (counted: number) => `_x62 ${counted}x118`;
const UPGRADED: Series = {
  ...{ '2': before(0), '4': before(1), '6': before(1), '8': before(2), '10': before(2), '15': before(2) },
  ...spelling({ '2': after(0), '4': after(1), '6': after(1), '8': after(2), '10': after(2) }),
  '15.0': '_x62 2x20 3x97',
  '+Inf': '0x10 2x72 3x97',
};
const OF_VIP = { job: JOB, ip: VIP, class: 'failover' };

function recordCases(record: string, value: number, labels: Labels = {}): RecordCase[] {
  return [
    {
      record,
      what: 'three failovers, counted by two agents',
      series: { ...gaps('cp', THREE), ...gaps('w1', THREE) },
      at: '170m',
      expected: [{ labels: { ...OF_VIP, ...labels }, value }],
    },
    {
      record,
      what: 'the same, as Prometheus 3 spells the edges',
      series: { ...gaps('cp', spelling(THREE)), ...gaps('w1', spelling(THREE)) },
      at: '170m',
      expected: [{ labels: { ...OF_VIP, ...labels }, value }],
    },
    {
      record,
      what: 'the same, while Prometheus is brought to version 3',
      series: { ...gaps('cp', UPGRADED), ...gaps('w1', UPGRADED) },
      at: '170m',
      // Where a series ends, Prometheus guesses what it would have counted until its next sample.
      accuracy: 0.01,
      expected: [{ labels: { ...OF_VIP, ...labels }, value: Math.round(value * 100) / 100 }],
    },
    {
      record,
      what: 'in one of two clusters',
      series: { ...inCluster('home', gaps('cp', THREE)), ...inCluster('work', gaps('cp', NONE)) },
      at: '170m',
      expected: [{ labels: { cluster: 'home', ...OF_VIP, ...labels }, value }],
    },
    { record, what: 'no failover', series: gaps('cp', NONE), at: '170m', expected: [] },
  ];
}

export const RECORD_CASES: readonly RecordCase[] = [
  {
    record: 'site:vipwatch_agents:count',
    what: 'the agents of two clusters that answer',
    series: {
      ...inCluster('home', onEach('vipwatch_build_info', 'version="1"', '1x10')),
      ...inCluster('work', onEach('vipwatch_build_info', 'version="1"', '1x5 stale')),
      ...inCluster('work', on('w1', 'vipwatch_build_info', 'version="2"', '_x5 1x5')),
    },
    at: '8m',
    expected: [
      { labels: { cluster: 'home', job: JOB }, value: 3 },
      { labels: { cluster: 'work', job: JOB }, value: 1 },
    ],
  },
  {
    record: 'site:vipwatch_agents:count',
    what: 'a cluster whose agents are gone',
    series: onEach('vipwatch_build_info', '', '1x5 stale'),
    at: '6m',
    expected: [],
  },
  {
    record: MONTH,
    selector: '{le="+Inf"}',
    what: 'the first failover counts',
    series: gaps('cp', { '15': '0x90 1x90', '+Inf': '0x90 1x90' }),
    at: '180m',
    expected: [{ labels: { ...OF_VIP, le: '+Inf' }, value: 1 }],
  },
  {
    record: MONTH,
    selector: '{le="+Inf"}',
    what: 'what two clusters count is not added up',
    series: { ...inCluster('home', gaps('cp', THREE)), ...inCluster('work', gaps('cp', NONE)) },
    at: '180m',
    expected: [
      { labels: { cluster: 'home', ...OF_VIP, le: '+Inf' }, value: 3 },
      { labels: { cluster: 'work', ...OF_VIP, le: '+Inf' }, value: 0 },
    ],
  },
  // Half of three is halfway through the bucket from 6 to 8 s.
  ...recordCases('vip:vipwatch_takeover_gap_seconds:p50_30d', 7),
  // 2.85 of three: 85 % of the way through the bucket from 10 to 15 s.
  ...recordCases('vip:vipwatch_takeover_gap_seconds:p95_30d', 14.25),
  ...recordCases('vip:vipwatch_takeover_gap_seconds:worst_30d', 15),
  ...recordCases('vip:vipwatch_takeovers_within_objective:ratio_30d', 0.667, { objective: '10s' }),
];
