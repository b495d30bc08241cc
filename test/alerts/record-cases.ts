// Of the failover objectives: what is recorded of which series.
import { JOB, type Labels, on, type Series, VIP } from './series.ts';

export interface RecordCase {
  readonly record: string;
  /** @default every series */
  readonly selector?: string;
  readonly what: string;
  readonly series: Series;
  readonly at: string;
  readonly expected: readonly { readonly labels: Labels; readonly value: number }[];
}

const MONTH = 'vip:vipwatch_takeover_gap_seconds_bucket:increase30d';
const EDGES = ['2', '4', '6', '8', '10', '15', '+Inf'];

/** What one agent counts, by edge; the last value is the end. */
function gaps(node: string, values: Series): Series {
  return Object.assign(
    {},
    ...EDGES.map((edge) =>
      on(
        node,
        'vipwatch_takeover_gap_seconds_bucket',
        `ip="${VIP}",class="failover",le="${edge}"`,
        values[edge]!,
      ),
    ),
  );
}
/** Three failovers: of less than 4, 8 and 15 seconds, in the first hour of three. */
const rose = (to: number) => `0x10 ${to}x170`;
const THREE = {
  '2': rose(0),
  '4': rose(1),
  '6': rose(1),
  '8': rose(2),
  '10': rose(2),
  '15': rose(3),
  '+Inf': rose(3),
};
const NONE = Object.fromEntries(EDGES.map((edge) => [edge, '0x180']));
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
    { record, what: 'no failover', series: gaps('cp', NONE), at: '170m', expected: [] },
  ];
}

export const RECORD_CASES: readonly RecordCase[] = [
  {
    record: MONTH,
    selector: '{le="+Inf"}',
    what: 'the first failover counts',
    series: gaps('cp', { ...THREE, ...Object.fromEntries(EDGES.map((edge) => [edge, '0x90 1x90'])) }),
    at: '180m',
    expected: [{ labels: { ...OF_VIP, le: '+Inf' }, value: 1 }],
  },
  // Half of three is halfway through the bucket from 6 to 8 s.
  ...recordCases('vip:vipwatch_takeover_gap_seconds:p50_30d', 7),
  // 2.85 of three: 85 % of the way through the bucket from 10 to 15 s.
  ...recordCases('vip:vipwatch_takeover_gap_seconds:p95_30d', 14.25),
  ...recordCases('vip:vipwatch_takeover_gap_seconds:worst_30d', 15),
  ...recordCases('vip:vipwatch_takeovers_within_objective:ratio_30d', 0.667, { objective: '10s' }),
];
