// For every rule: series that make it fire, and series that resemble them and must not.
import { ALERTS } from './rules.ts';

type Labels = Readonly<Record<string, string>>;

export interface Expected {
  /** Beside alertname, and beside the severity where that is the rule's own. */
  readonly labels: Labels;
  readonly summary: string;
  /** What the description holds of the series, where it is more than their labels. */
  readonly nodes?: string;
}

export interface AlertCase {
  readonly alert: string;
  readonly what: string;
  /** promtool's own notation; a sample a minute. */
  readonly series: Readonly<Record<string, string>>;
  readonly at: string;
  /** Empty: it must not fire. */
  readonly fires: readonly Expected[];
}

const JOB = 'vipwatch/vipwatch';
const VIP = '192.168.1.50';
const SERVICE = 'traefik/traefik';
const NODES = ['cp', 'w1', 'w2'];

/** The same of each agent, with the labels that the operator gives it. */
function onEach(metric: string, labels: string, values: string): Record<string, string> {
  const target = (node: string) =>
    `job="${JOB}",namespace="vipwatch",pod="vipwatch-${node}",container="vipwatch",endpoint="http",instance="${node}"`;
  return Object.fromEntries(
    NODES.map((node) => [`${metric}{${target(node)}${labels && ','}${labels}}`, values]),
  );
}

/** Of one agent. */
function on(node: string, metric: string, labels: string, values: string): Record<string, string> {
  const found = Object.entries(onEach(metric, labels, values)).filter(([name]) =>
    name.includes(`instance="${node}"`),
  );
  return Object.fromEntries(found);
}

const finding = (kind: string, severity: string, ip = VIP, service = SERVICE) =>
  `kind="${kind}",severity="${severity}",ip="${ip}",service="${service}"`;
const ofFinding = (kind: string, severity: string, ip = VIP, service = SERVICE): Labels => ({
  job: JOB,
  kind,
  severity,
  ip,
  ...(service === '' ? {} : { service }),
});

/** A finding that three agents see is one alert; another kind is none, and one that is over no longer. */
function findingCases(alert: string, kind: string, severity: string, summary: string): AlertCase[] {
  const active = 'vipwatch_finding_active';
  const [other, otherSeverity] =
    severity === 'critical' ? ['lease-conflict', 'warning'] : ['lease-on-vip', 'critical'];
  return [
    {
      alert,
      what: `${kind}, seen by three agents, is one alert`,
      series: onEach(active, finding(kind, severity), '_ 1x10'),
      at: '3m',
      fires: [{ labels: ofFinding(kind, severity), summary }],
    },
    {
      alert,
      what: `${kind} is over`,
      series: onEach(active, finding(kind, severity), '1 1 1 stale _x5'),
      at: '6m',
      fires: [],
    },
    {
      alert,
      what: `${other} is another alert's`,
      series: onEach(active, finding(other!, otherSeverity!), '1x10'),
      at: '6m',
      fires: [],
    },
  ];
}

const UNREADY = 'vipwatch_agent_longest_unready_seconds';
const AGENT_NOT_READY = 'A node has had no ready vipwatch agent for more than a quarter of an hour';

const WHOSE = `${VIP} (${SERVICE})`;

export const ALERT_CASES: readonly AlertCase[] = [
  ...findingCases(
    'VipwatchLeaseOnVip',
    'lease-on-vip',
    'critical',
    `DHCP leased the VIP ${WHOSE} to a client`,
  ),
  ...findingCases(
    'VipwatchForeignClaim',
    'foreign-claim',
    'critical',
    `A machine outside the cluster claims the VIP ${WHOSE}`,
  ),
  ...findingCases('VipwatchSplitBrain', 'split-brain', 'critical', `Two nodes answer for the VIP ${WHOSE}`),
  ...findingCases('VipwatchSilentVip', 'silent-vip', 'critical', `Nobody answers for the VIP ${WHOSE}`),
  ...findingCases(
    'VipwatchNodeAddressConflict',
    'node-address-conflict',
    'critical',
    `Another machine claims the node's address ${WHOSE}`,
  ),
  ...['lease-in-pool', 'dhcp-range-overlaps-pool', 'dhcp-decline', 'rogue-dhcp-server'].flatMap((kind) =>
    findingCases('VipwatchDhcpWarning', kind, 'warning', `${kind}: ${WHOSE}`),
  ),
  ...['pool-address-taken', 'lease-conflict', 'proxy-arp'].flatMap((kind) =>
    findingCases('VipwatchAddressWarning', kind, 'warning', `${kind}: ${WHOSE}`),
  ),
  ...['wrong-announcer', 'vip-flapping', 'slow-failover'].flatMap((kind) =>
    findingCases('VipwatchAnnouncerWarning', kind, 'warning', `${kind}: ${WHOSE}`),
  ),
  {
    alert: 'VipwatchForeignClaim',
    what: 'two VIPs, one without a service, are two alerts',
    series: {
      ...onEach('vipwatch_finding_active', finding('foreign-claim', 'critical'), '1x5'),
      ...onEach('vipwatch_finding_active', finding('foreign-claim', 'critical', 'fd00::50', ''), '1x5'),
    },
    at: '1m',
    fires: [
      {
        labels: ofFinding('foreign-claim', 'critical'),
        summary: `A machine outside the cluster claims the VIP ${WHOSE}`,
      },
      {
        labels: ofFinding('foreign-claim', 'critical', 'fd00::50', ''),
        summary: 'A machine outside the cluster claims the VIP fd00::50',
      },
    ],
  },
  {
    alert: 'VipwatchAnnouncerWarning',
    what: 'a kind that the configuration calls critical is told so',
    series: onEach('vipwatch_finding_active', finding('vip-flapping', 'critical'), '1x5'),
    at: '2m',
    fires: [{ labels: ofFinding('vip-flapping', 'critical'), summary: `vip-flapping: ${WHOSE}` }],
  },
  {
    alert: 'VipwatchDhcpWarning',
    what: 'a warning of half a minute is none',
    series: onEach('vipwatch_finding_active', finding('dhcp-decline', 'warning'), '_ _ 1 stale'),
    at: '2m30s',
    fires: [],
  },

  {
    alert: 'VipwatchAbsent',
    what: 'no agent at all',
    series: { 'up{job="node"}': '1x30' },
    at: '15m',
    fires: [{ labels: {}, summary: 'Prometheus knows of no vipwatch agent' }],
  },
  {
    alert: 'VipwatchAbsent',
    what: 'one agent of three is left',
    series: on('w2', 'vipwatch_build_info', '', '1x30'),
    at: '15m',
    fires: [],
  },
  {
    alert: 'VipwatchAgentDown',
    what: 'two of three, for longer than a rollout takes, are one alert',
    series: {
      ...onEach('vipwatch_build_info', '', '1x20'),
      ...onEach('up', '', '1x20'),
      ...on('cp', 'vipwatch_build_info', '', '1x5 stale'),
      ...on('cp', 'up', '', '1x5 0x14'),
      ...on('w1', 'vipwatch_build_info', '', '1x5 stale'),
      ...on('w1', 'up', '', '1x5 0x14'),
    },
    at: '12m',
    fires: [
      { labels: { job: JOB }, summary: 'On 2 node(s) vipwatch does not answer Prometheus', nodes: 'cp w1' },
    ],
  },
  {
    alert: 'VipwatchAgentDown',
    what: 'a rollout',
    series: {
      ...onEach('vipwatch_build_info', '', '1x20'),
      ...onEach('up', '', '1x5 0 0 1x12'),
    },
    at: '12m',
    fires: [],
  },
  {
    alert: 'VipwatchAgentDown',
    what: 'a dead target of another job, and one of a job that holds much else',
    series: {
      ...onEach('vipwatch_build_info', '', '1x20'),
      ...onEach('up', '', '1x20'),
      'up{job="node",instance="cp"}': '0x20',
      'up{job="pods",instance="vipwatch"}': '1x20',
      'vipwatch_build_info{job="pods",instance="vipwatch"}': '1x20',
      'up{job="pods",instance="living"}': '1x20',
      'up{job="pods",instance="dead"}': '0x20',
    },
    at: '12m',
    fires: [],
  },
  {
    alert: 'VipwatchNotCapturing',
    what: 'its interfaces are down, or it has none',
    series: {
      ...onEach('vipwatch_build_info', '', '1x20'),
      ...on('cp', 'vipwatch_interface_up', 'interface="eth0"', '0x20'),
      ...on('w1', 'vipwatch_interface_up', 'interface="eth0"', '1x20'),
    },
    at: '10m',
    fires: [
      {
        labels: { job: JOB },
        summary: 'On 2 node(s) vipwatch captures on no interface that is up',
        nodes: 'cp w2',
      },
    ],
  },
  {
    alert: 'VipwatchNotCapturing',
    what: 'one interface of two is up',
    series: {
      ...onEach('vipwatch_build_info', '', '1x20'),
      ...onEach('vipwatch_interface_up', 'interface="eth0"', '1x20'),
      ...onEach('vipwatch_interface_up', 'interface="eth1"', '0x20'),
    },
    at: '10m',
    fires: [],
  },
  {
    alert: 'VipwatchFramesDropped',
    what: 'again and again',
    series: on('w1', 'vipwatch_frames_dropped_total', 'interface="eth0"', '0+5x40'),
    at: '30m',
    fires: [
      {
        labels: { job: JOB },
        summary: 'On 1 node(s) vipwatch keeps losing frames that the kernel had no room for',
        nodes: 'w1',
      },
    ],
  },
  {
    alert: 'VipwatchFramesDropped',
    what: 'once, long ago, and at one moment',
    series: {
      ...on('w1', 'vipwatch_frames_dropped_total', 'interface="eth0"', '7x40'),
      ...on('w2', 'vipwatch_frames_dropped_total', 'interface="eth0"', '0x20 9x20'),
    },
    at: '29m',
    fires: [],
  },
  {
    alert: 'VipwatchMalformedFrames',
    what: 'two a second, of two reasons, seen by all',
    series: {
      ...onEach('vipwatch_frames_malformed_total', 'protocol="arp",reason="truncated"', '0+60x40'),
      ...onEach('vipwatch_frames_malformed_total', 'protocol="dhcp",reason="bad-length"', '0+60x40'),
    },
    at: '30m',
    fires: [
      {
        labels: { job: JOB },
        summary: 'On 3 node(s) vipwatch sees more than one malformed frame a second',
        nodes: 'cp w1 w2',
      },
    ],
  },
  {
    alert: 'VipwatchMalformedFrames',
    what: 'one device that sends one every few seconds',
    series: onEach('vipwatch_frames_malformed_total', 'protocol="arp",reason="truncated"', '0+20x40'),
    at: '30m',
    fires: [],
  },
  {
    alert: 'VipwatchIntentStale',
    what: 'the API is out of reach for one, and was never reached by another',
    series: {
      ...on('cp', 'vipwatch_intent_age_seconds', '', '5 65+60x30'),
      ...on('w1', 'vipwatch_intent_age_seconds', '', Array(30).fill('NaN').join(' ')),
      ...on('w2', 'vipwatch_intent_age_seconds', '', '5x30'),
      ...onEach('vipwatch_kubernetes_requests_total', 'verb="watch",result="unreachable"', '1x30'),
      ...onEach('vipwatch_kubernetes_requests_total', 'verb="list",result="ok"', '1x30'),
    },
    at: '10m',
    fires: [
      {
        labels: { job: JOB },
        summary: 'On 2 node(s) vipwatch has not heard from the Kubernetes API what the cluster intends',
        nodes: 'cp w1',
      },
    ],
  },
  {
    alert: 'VipwatchIntentStale',
    what: 'a static intent, set long ago',
    series: onEach('vipwatch_intent_age_seconds', '', '600+60x30'),
    at: '20m',
    fires: [],
  },
  {
    alert: 'VipwatchIntentStale',
    what: 'the API restarts',
    series: {
      ...onEach('vipwatch_intent_age_seconds', '', '5 65 125 5x30'),
      ...onEach('vipwatch_kubernetes_requests_total', 'verb="watch",result="ok"', '1x30'),
    },
    at: '7m',
    fires: [],
  },
  {
    alert: 'VipwatchJournalFailed',
    what: 'the disk is full',
    series: on('w2', 'vipwatch_journal_failed', '', '1x30'),
    at: '20m',
    fires: [{ labels: { job: JOB }, summary: 'On 1 node(s) vipwatch cannot write its journal', nodes: 'w2' }],
  },
  {
    alert: 'VipwatchJournalFailed',
    what: 'in memory by configuration',
    series: {
      ...onEach('vipwatch_journal_failed', '', '0x30'),
      ...onEach('vipwatch_journal_durable', '', '0x30'),
    },
    at: '20m',
    fires: [],
  },
  {
    alert: 'VipwatchAgentNotReady',
    what: 'the Pod of w2 stays Pending, so that Prometheus has no target there',
    series: {
      ...on('cp', UNREADY, '', '0 0 30+60x30'),
      ...on('w1', UNREADY, '', '0 0 30+60x30'),
    },
    at: '18m',
    fires: [{ labels: { job: JOB }, summary: AGENT_NOT_READY }],
  },
  {
    alert: 'VipwatchAgentNotReady',
    what: 'one of two that could tell has lost the API since',
    series: {
      ...on('cp', UNREADY, '', '0 0 30+60x30'),
      ...on('w1', UNREADY, '', '0 0 30 90x30'),
    },
    at: '18m',
    fires: [{ labels: { job: JOB }, summary: AGENT_NOT_READY }],
  },
  {
    alert: 'VipwatchAgentNotReady',
    what: 'a rolling update: one Pod after the other, each unready for less than a minute, for half an hour',
    series: onEach(UNREADY, '', '50x30'),
    at: '25m',
    fires: [],
  },
  {
    alert: 'VipwatchAgentNotReady',
    what: "a rolling update, told by an agent whose clock is an hour ahead of the others'",
    series: { ...onEach(UNREADY, '', '50x30'), ...on('w1', UNREADY, '', '3650x30') },
    at: '25m',
    fires: [],
  },
  {
    alert: 'VipwatchAgentNotReady',
    what: 'a node comes back after three days, and its agent some minutes after it',
    series: onEach(UNREADY, '', '0x5 259200+60x3 0x20'),
    at: '9m',
    fires: [],
  },
  {
    alert: 'VipwatchAgentNotReady',
    what: 'an image that takes ten minutes to fetch',
    series: onEach(UNREADY, '', '0x5 0+60x11 0x20'),
    at: '17m',
    fires: [],
  },
];

export interface RecordCase {
  readonly record: string;
  /** @default every series */
  readonly selector?: string;
  readonly what: string;
  readonly series: Readonly<Record<string, string>>;
  readonly at: string;
  readonly expected: readonly { readonly labels: Labels; readonly value: number }[];
}

const MONTH = 'vip:vipwatch_takeover_gap_seconds_bucket:increase30d';
const EDGES = ['2', '4', '6', '8', '10', '15', '+Inf'];

/** What one agent counts, by edge; the last value is the end. */
function gaps(node: string, values: Readonly<Record<string, string>>): Record<string, string> {
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

/** Alerts that lack a case of one of the two sorts. */
export function alertsWithout(firing: boolean): string[] {
  const covered = new Set(
    ALERT_CASES.filter(({ fires }) => fires.length > 0 === firing).map(({ alert }) => alert),
  );
  return ALERTS.map(({ alert }) => alert).filter((alert) => !covered.has(alert));
}
