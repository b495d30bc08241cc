// Of the alerts on findings: what makes them fire, and what resembles it and must not.
import { type AlertCase, inTurn, JOB, type Labels, on, onEach, SERVICE, VIP } from './series.ts';

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
      fires: [{ labels: ofFinding(kind, severity), summary, nodes: 'cp w1 w2' }],
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

const WHOSE = `${VIP} (${SERVICE})`;

export const FINDING_CASES: readonly AlertCase[] = [
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
  ...['pool-address-taken', 'stray-address', 'node-mac-differs', 'lease-conflict', 'proxy-arp'].flatMap(
    (kind) => findingCases('VipwatchAddressWarning', kind, 'warning', `${kind}: ${WHOSE}`),
  ),
  ...['wrong-announcer', 'vip-flapping', 'vip-unstable', 'slow-failover'].flatMap((kind) =>
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
        nodes: 'cp w1 w2',
      },
      {
        labels: ofFinding('foreign-claim', 'critical', 'fd00::50', ''),
        summary: 'A machine outside the cluster claims the VIP fd00::50',
        nodes: 'cp w1 w2',
      },
    ],
  },
  {
    alert: 'VipwatchAnnouncerWarning',
    what: 'a kind that the configuration calls critical is told so',
    series: onEach('vipwatch_finding_active', finding('vip-flapping', 'critical'), '1x5'),
    at: '2m',
    fires: [
      { labels: ofFinding('vip-flapping', 'critical'), summary: `vip-flapping: ${WHOSE}`, nodes: 'cp w1 w2' },
    ],
  },
  {
    alert: 'VipwatchSilentVip',
    what: 'the two agents that see it are named, and none that sees something else',
    series: {
      ...on('w1', 'vipwatch_finding_active', finding('silent-vip', 'critical'), '1x5'),
      ...on('w2', 'vipwatch_finding_active', finding('silent-vip', 'critical'), '1x5'),
      ...on('cp', 'vipwatch_finding_active', finding('silent-vip', 'critical', 'fd00::50'), '1x5'),
      ...on('cp', 'vipwatch_finding_active', finding('split-brain', 'critical'), '1x5'),
    },
    at: '1m',
    fires: [
      {
        labels: ofFinding('silent-vip', 'critical'),
        summary: `Nobody answers for the VIP ${WHOSE}`,
        nodes: 'w1 w2',
      },
      {
        labels: ofFinding('silent-vip', 'critical', 'fd00::50'),
        summary: `Nobody answers for the VIP fd00::50 (${SERVICE})`,
        nodes: 'cp',
      },
    ],
  },
  {
    alert: 'VipwatchAddressWarning',
    what: 'of twenty agents that see it three are named',
    series: inTurn('vipwatch_finding_active', finding('lease-conflict', 'warning'), () => '1x5'),
    at: '2m',
    fires: [
      {
        labels: ofFinding('lease-conflict', 'warning'),
        summary: `lease-conflict: ${WHOSE}`,
        nodes: 'n0 n1 n10',
      },
    ],
  },
  {
    alert: 'VipwatchDhcpWarning',
    what: 'a warning of half a minute is none',
    series: onEach('vipwatch_finding_active', finding('dhcp-decline', 'warning'), '_ _ 1 stale'),
    at: '2m30s',
    fires: [],
  },
];
