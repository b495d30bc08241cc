// What the rules record of which series.
import { inCluster, JOB, type Labels, on, onEach, PAGES, type Series, VIP } from './series.ts';

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

const OF_SERVICE = `ip="${VIP}",namespace="traefik",service="traefik"`;
const FOREIGN_CLAIM = { job: JOB, kind: 'foreign-claim', severity: 'critical', ip: VIP };
const MONTH = 'vip:vipwatch_takeover_gap_seconds_bucket:increase30d';

/** What one agent counts, by edge. */
function gaps(node: string, values: Series): Series {
  return Object.assign(
    {},
    ...Object.entries(values).map(([edge, counted]) =>
      on(
        node,
        'vipwatch_takeover_gap_seconds_bucket',
        `${OF_SERVICE},class="failover",le="${edge}"`,
        counted,
      ),
    ),
  );
}

/** Failovers of less than 4, 8 and 15 seconds, at ten, twenty and thirty minutes. A series begins with the first of them. */
const THREE: Series = {
  '2': '_x10 0x170',
  '4': '_x10 1x170',
  '6': '_x10 1x170',
  '8': '_x10 1x9 2x160',
  '10': '_x10 1x9 2x160',
  '15': '_x10 1x9 2x9 3x150',
  '+Inf': '_x10 1x9 2x9 3x150',
};

const spelt = (edge: string) => (edge === '+Inf' ? edge : `${edge}.0`);
const spelling = (values: Series): Series =>
  Object.fromEntries(Object.entries(values).map(([edge, counted]) => [spelt(edge), counted]));

/** After an hour Prometheus 3 takes over; the longest of the three is yet to come. */
const before = (first: number, second: number) => `_x10 ${first}x9 ${second}x40 stale`;
const after = (counted: number) => `_x62 ${counted}x118`;
const UPGRADED: Series = {
  ...{ '2': before(0, 0), '4': before(1, 1), '6': before(1, 1) },
  ...{ '8': before(1, 2), '10': before(1, 2), '15': before(1, 2) },
  ...spelling({ '2': after(0), '4': after(1), '6': after(1), '8': after(2), '10': after(2) }),
  '15.0': '_x62 2x20 3x97',
  '+Inf': '_x10 1x9 2x62 3x97',
};

/** What is counted from 0 on: three takeovers, two of which were fast enough. */
function counted(node: string, [all, within]: readonly [string, string]): Series {
  const labels = `${OF_SERVICE},class="failover"`;
  return {
    ...on(node, 'vipwatch_takeovers_total', labels, all),
    ...on(node, 'vipwatch_takeovers_within_objective_total', labels, within),
  };
}
const TWO_OF_THREE = ['0x10 1x9 2x9 3x150', '0x10 1x9 2x160'] as const;
const NONE_AT_ALL = ['0x180', '0x180'] as const;
const OF_VIP = { job: JOB, ip: VIP, namespace: 'traefik', service: 'traefik', class: 'failover' };

function gapCases(record: string, value: number): RecordCase[] {
  // Where a series begins or ends, Prometheus guesses what it would have counted between two samples.
  const accuracy = 0.05;
  return [
    {
      record,
      what: 'three failovers, counted by two agents',
      series: { ...gaps('cp', THREE), ...gaps('w1', THREE) },
      at: '170m',
      accuracy,
      expected: [{ labels: OF_VIP, value }],
    },
    {
      record,
      what: 'the same, as Prometheus 3 spells the edges',
      series: { ...gaps('cp', spelling(THREE)), ...gaps('w1', spelling(THREE)) },
      at: '170m',
      accuracy,
      expected: [{ labels: OF_VIP, value }],
    },
    {
      record,
      what: 'the same, while Prometheus is brought to version 3',
      series: { ...gaps('cp', UPGRADED), ...gaps('w1', UPGRADED) },
      at: '170m',
      accuracy,
      expected: [{ labels: OF_VIP, value }],
    },
    {
      record,
      what: 'in one of two clusters',
      series: { ...inCluster('home', gaps('cp', THREE)), ...inCluster('work', PAGES) },
      at: '170m',
      accuracy,
      expected: [{ labels: { cluster: 'home', ...OF_VIP }, value }],
    },
    { record, what: 'no failover', series: PAGES, at: '170m', expected: [] },
  ];
}

/** Of what is counted from 0 on. */
function countCases(record: string, of: { cp: number; both: number; none: readonly number[] }): RecordCase[] {
  return [
    {
      record,
      what: 'three failovers, two of them fast enough, counted by two agents',
      series: { ...counted('cp', TWO_OF_THREE), ...counted('w1', TWO_OF_THREE) },
      at: '170m',
      expected: [{ labels: OF_VIP, value: of.both }],
    },
    {
      record,
      what: 'in one of two clusters',
      series: {
        ...inCluster('home', counted('cp', TWO_OF_THREE)),
        ...inCluster('work', counted('cp', NONE_AT_ALL)),
      },
      at: '170m',
      expected: [
        { labels: { cluster: 'home', ...OF_VIP }, value: of.cp },
        ...of.none.map((value) => ({ labels: { cluster: 'work', ...OF_VIP }, value })),
      ],
    },
  ];
}

/** A record of what the agents themselves say, of three agents. */
function agentCases(
  record: string,
  of: readonly { series: Series; is: readonly (number | null)[] }[],
): RecordCase[] {
  return of.map(({ series, is }, i) => ({
    record,
    what: `${record}, ${i}`,
    series,
    at: '10m',
    expected: is.flatMap((value, node) =>
      value === null
        ? []
        : [{ labels: { job: JOB, namespace: 'vipwatch', instance: ['cp', 'w1', 'w2'][node]! }, value }],
    ),
  }));
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
      { labels: { cluster: 'home', job: JOB, namespace: 'vipwatch' }, value: 3 },
      { labels: { cluster: 'work', job: JOB, namespace: 'vipwatch' }, value: 1 },
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
    what: 'the first failover counts, where it is the first that the agent ever saw',
    series: gaps('cp', { '15': '_x90 1x90', '+Inf': '_x90 1x90' }),
    at: '180m',
    expected: [{ labels: { ...OF_VIP, le: '+Inf' }, value: 1 }],
  },
  // Half of three is halfway through the bucket from 6 to 8 s.
  ...gapCases('vip:vipwatch_takeover_gap_seconds:p50_30d', 7),
  // 2.85 of three: 85 % of the way through the bucket from 10 to 15 s.
  ...gapCases('vip:vipwatch_takeover_gap_seconds:p95_30d', 14.25),
  ...gapCases('vip:vipwatch_takeover_gap_seconds:worst_30d', 15),
  ...countCases('vip:vipwatch_takeovers:increase30d', { cp: 3, both: 6, none: [0] }),
  ...countCases('vip:vipwatch_takeovers_within_objective:increase30d', { cp: 2, both: 4, none: [0] }),
  ...countCases('vip:vipwatch_takeovers_within_objective:ratio_30d', { cp: 0.667, both: 0.667, none: [] }),
  {
    record: 'finding:vipwatch_finding_confirmed:max',
    what: 'one of two findings is confirmed, by one agent of two',
    series: {
      ...on(
        'cp',
        'vipwatch_finding_active',
        `kind="foreign-claim",severity="critical",confirmed="true",${OF_SERVICE}`,
        '1x10',
      ),
      ...on(
        'w1',
        'vipwatch_finding_active',
        `kind="foreign-claim",severity="critical",confirmed="false",${OF_SERVICE}`,
        '1x10',
      ),
      ...on(
        'w1',
        'vipwatch_finding_active',
        'kind="foreign-claim",severity="critical",confirmed="false",ip="fd00::50",namespace="",service=""',
        '1x10',
      ),
    },
    at: '5m',
    expected: [{ labels: { ...FOREIGN_CLAIM, namespace: 'traefik', service: 'traefik' }, value: 1 }],
  },
  {
    record: 'finding:vipwatch_finding_confirmed:max',
    what: 'one of two findings is acknowledged, and the other of the same labels is not; elsewhere one alone is',
    series: {
      ...on(
        'cp',
        'vipwatch_finding_active',
        `kind="foreign-claim",severity="critical",confirmed="true",acknowledged="true",${OF_SERVICE}`,
        '1x10',
      ),
      ...on(
        'cp',
        'vipwatch_finding_active',
        `kind="foreign-claim",severity="critical",confirmed="true",acknowledged="false",${OF_SERVICE}`,
        '1x10',
      ),
      ...on(
        'cp',
        'vipwatch_finding_active',
        'kind="foreign-claim",severity="critical",confirmed="true",acknowledged="true",ip="fd00::50",namespace="",service=""',
        '1x10',
      ),
    },
    at: '5m',
    expected: [{ labels: { ...FOREIGN_CLAIM, namespace: 'traefik', service: 'traefik' }, value: 1 }],
  },
  ...agentCases('instance:vipwatch_answering:bool', [
    {
      series: {
        ...onEach('up', '', '1x10'),
        ...onEach('vipwatch_build_info', '', '1x10'),
        ...on('w1', 'up', '', '0x10'),
        ...on('w1', 'vipwatch_build_info', '', '_'),
      },
      is: [1, 0, 1],
    },
    { series: { ...onEach('up', '', '1x10'), ...on('cp', 'vipwatch_build_info', '', '1x10') }, is: [] },
  ]),
  ...agentCases('instance:vipwatch_capturing:bool', [
    {
      series: {
        ...onEach('vipwatch_build_info', '', '1x10'),
        ...on('cp', 'vipwatch_interface_up', 'interface="eth0"', '0x10'),
        ...on('cp', 'vipwatch_interface_up', 'interface="eth1"', '1x10'),
        ...on('w1', 'vipwatch_interface_up', 'interface="eth0"', '0x10'),
      },
      is: [1, 0, 0],
    },
  ]),
  ...agentCases('instance:vipwatch_hearing:bool', [
    {
      series: {
        ...onEach('vipwatch_build_info', '', '1x10'),
        ...on('cp', 'vipwatch_last_frame_timestamp_seconds', 'interface="eth0"', '0x10'),
        ...on('cp', 'vipwatch_last_frame_timestamp_seconds', 'interface="eth1"', '0x6 60x4'),
        ...on('w1', 'vipwatch_last_frame_timestamp_seconds', 'interface="eth0"', '0x3 60x7'),
      },
      is: [1, 0, 0],
    },
  ]),
  ...agentCases('instance:vipwatch_frames_dropped:rate5m', [
    {
      series: {
        ...on('cp', 'vipwatch_frames_dropped_total', 'interface="eth0"', '0+60x10'),
        ...on('cp', 'vipwatch_frames_dropped_total', 'interface="eth1"', '0+60x10'),
      },
      is: [2],
    },
  ]),
  ...agentCases('instance:vipwatch_frames_malformed:rate5m', [
    {
      series: {
        ...on('w1', 'vipwatch_frames_malformed_total', 'protocol="arp",reason="truncated"', '0+60x10'),
        ...on('w1', 'vipwatch_frames_malformed_total', 'protocol="arp",reason="bad-length"', '0+30x10'),
      },
      is: [null, 1.5],
    },
  ]),
  ...agentCases('instance:vipwatch_intent_fresh:bool', [
    {
      series: {
        ...on('cp', 'vipwatch_intent_age_seconds', '', '60x10'),
        ...on('w1', 'vipwatch_intent_age_seconds', '', '61x10'),
        ...on('w2', 'vipwatch_intent_age_seconds', '', Array(11).fill('NaN').join(' ')),
        ...onEach('vipwatch_kubernetes_requests_total', 'verb="list",result="ok"', '1x10'),
      },
      is: [1, 0, 0],
    },
    { series: onEach('vipwatch_intent_age_seconds', '', '600x10'), is: [] },
  ]),
  {
    record: 'instance:vipwatch_alertmanager_telling:bool',
    what: 'of one that fails at times, one that fails always, and one that never fails',
    series: {
      ...onEach('vipwatch_alertmanager_sent_total', 'alertmanager="a"', '0+1x10'),
      ...onEach('vipwatch_alertmanager_failures_total', 'alertmanager="a",reason="refused"', '0+1x10'),
      ...on('w1', 'vipwatch_alertmanager_sent_total', 'alertmanager="a"', '3x10'),
      ...on('w2', 'vipwatch_alertmanager_failures_total', 'alertmanager="a",reason="refused"', '3x10'),
    },
    at: '10m',
    expected: [
      { labels: { alertmanager: 'a', job: JOB, namespace: 'vipwatch', instance: 'cp' }, value: 1 },
      { labels: { alertmanager: 'a', job: JOB, namespace: 'vipwatch', instance: 'w1' }, value: 0 },
    ],
  },
];
