// Of the alerts on findings: what makes them fire, and what resembles it and must not.
import { FINDING_WORDS } from '../../scripts/alerts/finding-words.ts';
import { alertNameOf } from '../../src/alert/alertmanager/alert.ts';
import { FINDING_KINDS, type FindingKind, SEVERITIES, type Severity } from '../../src/watch/finding/kinds.ts';
import { FINDING_SUMMARIES } from './finding-summaries.ts';
import { type AlertCase, type Expected, inTurn, JOB, on, onEach, PAGES, type Series, VIP } from './series.ts';

interface What {
  readonly kind: FindingKind;
  readonly severity: Severity;
  /** @default VIP */
  readonly ip?: string;
  /** @default 'traefik' */
  readonly namespace?: string;
  /** @default 'traefik' */
  readonly service?: string;
}

const ACTIVE = 'vipwatch_finding_active';
const PHONE = '02:00:00:00:00:aa';
/** As a label's value holds it. */
const PHONE_LABEL = '\\"luca-phone\\"';
const PHONE_NAME = `"luca-phone" (${PHONE})`;

const about = ({ kind, ip = VIP, namespace = 'traefik', service = 'traefik' }: What) =>
  `kind="${kind}",ip="${ip}",namespace="${namespace}",service="${service}"`;
const finding = (what: What, confirmed = true) =>
  `${about(what)},severity="${what.severity}",confirmed="${confirmed}"`;
const culprit = (what: What, mac: string, name: string) => `${about(what)},mac="${mac}",name="${name}"`;

/** What it says beside the summary: the words of its kind, and what the series tell of it. */
function fired(
  what: What,
  { summary, nodes = 'cp, w1, w2', since = true, url = 'http://192.168.1.10:9797' }: Facts,
): Expected {
  const { kind, severity, ip = VIP, namespace = 'traefik', service = 'traefik' } = what;
  const { critical, warning } = FINDING_WORDS[kind];
  const words = { ...critical(() => ''), ...(severity === 'warning' && warning) };
  const when = since ? ' Since 1970-01-01 00:01:00 UTC.' : '';
  const proof =
    severity === 'critical'
      ? 'The frames that prove it'
      : 'Which machine it is, and the frames that prove it';
  return {
    labels: {
      job: JOB,
      kind,
      severity,
      ip,
      ...(namespace && { namespace }),
      ...(service && { service }),
    },
    summary,
    description: `${words.meaning}${when} What to do: ${words.remedy} ${proof}: ${url}/api/v1/findings?ip=${ip} (seen by ${nodes}).`,
    runbook_url: `${url}/docs/findings#${kind}`,
  };
}

interface Facts {
  readonly summary: string;
  /** @default those of all three */
  readonly nodes?: string;
  /** @default a minute after the Unix epoch */
  readonly since?: boolean;
  /** @default that of cp */
  readonly url?: string;
}

/** Since when it is active: the first agent says the earliest time. */
function since(what: What): Series {
  const raised = (node: string, at: string) =>
    on(node, 'vipwatch_finding_raised_timestamp_seconds', `${about(what)},severity="${what.severity}"`, at);
  return { ...raised('cp', '60.5x20'), ...raised('w1', '75x20'), ...raised('w2', '61x20') };
}

/** The machine, by what each agent knows of it: w2 has not heard its name. */
function phone(what: What): Series {
  const info = (node: string, name: string) =>
    on(node, 'vipwatch_finding_info', culprit(what, PHONE, name), '1x20');
  return what.severity === 'critical'
    ? { ...info('cp', PHONE_LABEL), ...info('w1', PHONE_LABEL), ...info('w2', '') }
    : {};
}

/** A finding that three agents see is one alert, and one that is over no longer, nor is one that nobody has confirmed. */
function findingCases(kind: FindingKind, severity: Severity): AlertCase[] {
  const alert = alertNameOf(kind);
  const what = { kind, severity };
  const seen = (values: string): Series => ({
    ...onEach(ACTIVE, finding(what), values),
    ...since(what),
    ...phone(what),
    ...PAGES,
  });
  const fires = [fired(what, { summary: FINDING_SUMMARIES[kind][severity] })];
  const soon = severity === 'critical' ? '1m' : '2m';
  return [
    {
      alert,
      what: `${kind}, ${severity}, seen by three agents, is one alert`,
      series: seen('_ 1x10'),
      at: soon,
      fires,
    },
    {
      alert,
      what: `${kind}, ${severity}, is not told sooner, nor for longer than a minute after its end`,
      series: seen('_ 1x3 stale'),
      at: ['0m', ...(severity === 'warning' ? ['1m'] : []), '6m'],
      fires: [],
    },
    {
      alert,
      what: `${kind}, ${severity}, that no agent sees for a scrape is the same alert`,
      series: seen('1 1 1 stale 1x5'),
      at: '3m',
      // Its texts are those of the moment when it was last seen.
      fires,
    },
    {
      alert,
      what: `${kind}, ${severity}, that nobody has confirmed`,
      series: { ...onEach(ACTIVE, finding(what, false), '1x10'), ...since(what), ...phone(what), ...PAGES },
      at: '6m',
      fires: [],
    },
  ];
}

const CLAIM: What = { kind: 'foreign-claim', severity: 'critical' };
const CLAIM_SUMMARY = FINDING_SUMMARIES['foreign-claim'].critical;
const UNNAMED_CLAIM = `${VIP} (traefik/traefik) is claimed from outside the cluster, by a machine`;
const LEASE: What = { kind: 'lease-on-vip', severity: 'critical' };
const LEASED: What = { kind: 'lease-on-vip', severity: 'warning' };
const CONFLICT: What = { kind: 'lease-conflict', severity: 'warning' };
const IPV6: What = { ...CLAIM, ip: 'fd00::50', namespace: '', service: '' };
const SILENT: What = { kind: 'silent-vip', severity: 'critical' };

export const FINDING_CASES: readonly AlertCase[] = [
  ...FINDING_KINDS.flatMap((kind) => SEVERITIES.flatMap((severity) => findingCases(kind, severity))),
  ...FINDING_KINDS.map((kind): AlertCase => {
    const other = kind === 'lease-conflict' ? 'lease-on-vip' : 'lease-conflict';
    return {
      alert: alertNameOf(kind),
      what: `${other} is another alert than ${kind}`,
      series: { ...onEach(ACTIVE, finding({ kind: other, severity: 'critical' }), '1x10'), ...PAGES },
      at: '6m',
      fires: [],
    };
  }),
  {
    alert: 'VipwatchForeignClaim',
    what: 'two VIPs, one without a Service, are two alerts',
    series: {
      ...onEach(ACTIVE, finding(CLAIM), '1x5'),
      ...onEach(ACTIVE, finding(IPV6), '1x5'),
      ...onEach('vipwatch_finding_info', culprit(IPV6, PHONE, PHONE_LABEL), '1x5'),
      ...PAGES,
    },
    at: '1m',
    fires: [
      fired(CLAIM, { summary: UNNAMED_CLAIM, since: false }),
      fired(IPV6, {
        summary: `fd00::50 is claimed from outside the cluster, by ${PHONE_NAME}`,
        since: false,
      }),
    ],
  },
  {
    alert: 'VipwatchForeignClaim',
    what: 'one agent has it confirmed, another one not yet',
    series: {
      ...on('cp', ACTIVE, finding(CLAIM), '1x5'),
      ...on('w1', ACTIVE, finding(CLAIM, false), '1x5'),
      ...phone(CLAIM),
      ...since(CLAIM),
      ...PAGES,
    },
    at: '1m',
    fires: [fired(CLAIM, { summary: CLAIM_SUMMARY, nodes: 'cp, w1' })],
  },
  {
    alert: 'VipwatchForeignClaim',
    what: 'of an agent that has no label `confirmed` yet',
    series: { ...on('cp', ACTIVE, `${about(CLAIM)},severity="critical"`, '1x5'), ...PAGES },
    at: '1m',
    fires: [fired(CLAIM, { summary: UNNAMED_CLAIM, since: false, nodes: 'cp' })],
  },
  {
    alert: 'VipwatchForeignClaim',
    what: 'of four machines three are named, and of each the name where it has one',
    series: {
      ...onEach(ACTIVE, finding(CLAIM), '1x5'),
      ...Object.assign(
        {},
        ...['a', 'b', 'c', 'd'].map((digit) =>
          on('w1', 'vipwatch_finding_info', culprit(CLAIM, `02:00:00:00:00:a${digit}`, ''), '1x5'),
        ),
      ),
      ...on('w2', 'vipwatch_finding_info', culprit(CLAIM, PHONE, PHONE_LABEL), '1x5'),
      // Of another kind, and of another VIP.
      ...on('w2', 'vipwatch_finding_info', culprit(LEASE, '02:00:00:00:00:01', ''), '1x5'),
      ...on('w2', 'vipwatch_finding_info', culprit(IPV6, '02:00:00:00:00:02', ''), '1x5'),
      ...PAGES,
    },
    at: '1m',
    fires: [
      fired(CLAIM, {
        summary: `${VIP} (traefik/traefik) is claimed from outside the cluster, by ${PHONE_NAME}, 02:00:00:00:00:ab, 02:00:00:00:00:ac`,
        since: false,
      }),
    ],
  },
  {
    alert: 'VipwatchLeaseOnVip',
    what: 'it turns from critical into a warning: at first it is still the one alert',
    series: turned('1x3 stale', '_x4 1x6'),
    at: '4m',
    fires: [fired(LEASE, { summary: FINDING_SUMMARIES['lease-on-vip'].critical })],
  },
  {
    alert: 'VipwatchLeaseOnVip',
    what: 'it turned from critical into a warning: the other one alone',
    series: turned('1x3 stale', '_x4 1x6'),
    at: ['5m', '8m'],
    fires: [fired(LEASED, { summary: FINDING_SUMMARIES['lease-on-vip'].warning })],
  },
  {
    alert: 'VipwatchLeaseOnVip',
    what: 'one agent calls it critical, the others a warning: it is critical',
    series: {
      ...on('cp', ACTIVE, finding(LEASE), '1x10'),
      ...on('w1', ACTIVE, finding(LEASED), '1x10'),
      ...on('w2', ACTIVE, finding(LEASED), '1x10'),
      ...phone(LEASE),
      ...since(LEASE),
      ...PAGES,
    },
    at: ['1m', '5m'],
    fires: [fired(LEASE, { summary: FINDING_SUMMARIES['lease-on-vip'].critical, nodes: 'cp' })],
  },
  {
    alert: 'VipwatchSilentVip',
    what: 'the two agents that see it are named, and none that sees something else',
    series: {
      ...on('w1', ACTIVE, finding(SILENT), '1x5'),
      ...on('w2', ACTIVE, finding(SILENT), '1x5'),
      ...on('cp', ACTIVE, finding({ ...SILENT, ip: 'fd00::50' }), '1x5'),
      ...on('cp', ACTIVE, finding({ kind: 'split-brain', severity: 'critical' }), '1x5'),
      ...PAGES,
    },
    at: '1m',
    fires: [
      fired(SILENT, {
        summary: FINDING_SUMMARIES['silent-vip'].critical,
        nodes: 'w1, w2',
        url: 'http://192.168.1.11:9797',
        since: false,
      }),
      fired(
        { ...SILENT, ip: 'fd00::50' },
        { summary: 'Nobody answers for fd00::50 (traefik/traefik)', nodes: 'cp', since: false },
      ),
    ],
  },
  {
    alert: 'VipwatchLeaseConflict',
    what: 'of twenty agents that see it three are named; where their pages are is not known',
    series: inTurn(ACTIVE, finding(CONFLICT), () => '1x5'),
    at: '2m',
    fires: [
      {
        ...fired(CONFLICT, {
          summary: FINDING_SUMMARIES['lease-conflict'].warning,
          nodes: 'n0, n1, n10 and others',
          since: false,
          url: '',
        }),
        runbook_url: 'https://github.com/vipwatch/vipwatch/blob/main/docs/findings.md#lease-conflict',
      },
    ],
  },
  {
    alert: 'VipwatchDhcpDecline',
    what: 'a warning of half a minute is none',
    series: onEach(ACTIVE, finding({ kind: 'dhcp-decline', severity: 'warning' }), '_ _ 1 stale'),
    at: '2m30s',
    fires: [],
  },
];

/** A lease on a VIP, as a critical finding and as a warning; its machine is named while it is critical. */
function turned(critical: string, warning: string): Series {
  return {
    ...onEach(ACTIVE, finding(LEASE), critical),
    ...onEach(ACTIVE, finding(LEASED), warning),
    ...since(LEASE),
    ...since(LEASED),
    ...phone(LEASE),
    ...PAGES,
  };
}
