// A watcher's view as a plain value, with something in every list.

import { SECOND } from '../../src/base/time.ts';
import type { Checks } from '../../src/check/cluster/checking.ts';
import { STATUSES, type Status } from '../../src/check/results.ts';
import { RULE_IDS, type RuleId } from '../../src/check/rules/catalogue.ts';
import type { IntentHealth } from '../../src/cluster/health.ts';
import type { Intent } from '../../src/intent/intent.ts';
import type { IpAddress, Ipv4, Mac } from '../../src/net/address.ts';
import { type IpRange, parseRange } from '../../src/net/range.ts';
import type { Sources } from '../../src/serve/tables/sources.ts';
import type { Finding } from '../../src/watch/finding/finding.ts';
import { FINDING_KINDS, type FindingKind, KINDS } from '../../src/watch/finding/kinds.ts';
import type { ClaimRow } from '../../src/watch/lan/claims.ts';
import type { LeaseRow } from '../../src/watch/lan/lease.ts';
import type { Segment } from '../../src/watch/lan/segment.ts';
import type { Takeover } from '../../src/watch/takeover/takeover.ts';
import type { Counters, WatchEvent, WatchView } from '../../src/watch/view.ts';

/** 2026-03-01T12:00:00Z. */
export const NOON = 1_772_366_400 * SECOND;

export const ETH0: Segment = { interface: 'eth0', vlan: null, name: 'eth0' };
export const VLAN10: Segment = { interface: 'eth0', vlan: 10, name: 'eth0.10' };
const VIP = '192.168.1.50' as Ipv4;
export const PHONE = '02:00:00:00:00:aa' as Mac;
const W1 = '02:00:00:00:00:11' as Mac;
const W2 = '02:00:00:00:00:12' as Mac;

const SAMPLE_INTENT: Intent = {
  pools: [{ name: 'main-pool', ranges: [parseRange('192.168.1.50-192.168.1.59') as IpRange] }],
  vips: [
    { address: VIP, service: 'traefik/traefik', ports: [{ protocol: 'TCP', port: 443 }] },
    { address: 'fd00::50' as IpAddress, service: null },
  ],
  nodes: [
    { name: 'w1', addresses: ['192.168.1.11' as Ipv4], macs: [W1] },
    { name: 'w2', addresses: ['192.168.1.12' as Ipv4], macs: [] },
  ],
};

export function sampleFinding(over: Partial<Finding> = {}): Finding {
  const kind: FindingKind = over.kind ?? 'lease-on-vip';
  return {
    id: `${kind}_eth0_${over.ip ?? VIP}_${PHONE}`,
    kind,
    severity: KINDS[kind].severity,
    confirmed: true,
    ip: VIP,
    culprit: { mac: PHONE },
    macs: [PHONE],
    segment: ETH0,
    vip: { service: 'traefik/traefik', pool: 'main-pool' },
    message: 'DHCP gave the VIP 192.168.1.50 to luca-phone.',
    remedy: 'Exclude the pool from the router.',
    evidence: [{ at: NOON + 1, interface: 'eth0', summary: 'DHCP REQUEST 192.168.1.50' }],
    state: 'active',
    raisedAt: NOON + 1,
    refreshedAt: NOON + 2,
    resolvedAt: null,
    occurrences: 2,
    ...over,
  };
}

export function sampleTakeover(over: Partial<Takeover> = {}): Takeover {
  return {
    at: NOON + 1_400_000,
    class: 'failover',
    ip: VIP,
    service: 'traefik/traefik',
    segment: ETH0,
    from: { mac: W1, node: 'w1' },
    to: { mac: W2, node: 'w2' },
    lastOld: NOON,
    gapMs: 1400,
    uncertaintyMs: 1050,
    overlapMs: 0,
    phases: { announcedMs: 1400, answeredMs: 1412.5 },
    ...over,
  };
}

export function sampleClaim(over: Partial<ClaimRow> = {}): ClaimRow {
  return {
    segment: ETH0,
    ip: VIP,
    mac: W1,
    node: 'w1',
    firstSeen: NOON,
    lastSeen: NOON + 5,
    counts: { announcement: 10, reply: 3, request: 0 },
    ...over,
  };
}

export function sampleLease(over: Partial<LeaseRow> = {}): LeaseRow {
  return {
    segment: ETH0,
    ip: VIP,
    mac: PHONE,
    clientId: PHONE,
    state: 'requested',
    server: '192.168.1.1' as Ipv4,
    hostname: 'luca-phone',
    seconds: 3600,
    firstSeen: NOON,
    lastSeen: NOON,
    expiresAt: NOON + 3600 * SECOND,
    ...over,
  };
}

function knownRange(text: string) {
  return { ...(parseRange(text) as IpRange), atLeast: false, readAt: null };
}

export function findingEvent(over: Partial<Finding> = {}): WatchEvent {
  const finding = sampleFinding(over);
  return { type: 'finding', action: 'raised', at: finding.raisedAt, finding };
}

export function sampleView(over: Partial<WatchView> = {}): WatchView {
  const findings = [
    sampleFinding(),
    sampleFinding({ kind: 'foreign-claim', raisedAt: NOON + 9 }),
    sampleFinding({
      kind: 'dhcp-range-overlaps-pool',
      ip: '192.168.1.240' as IpAddress,
      macs: [],
      segment: null,
      vip: null,
      state: 'resolved',
      resolvedAt: NOON + 60 * SECOND,
      evidence: [],
    }),
  ];
  const counters: Counters = {
    frames: 12,
    framesByProtocol: [
      { protocol: 'arp', interface: 'eth0', count: 9 },
      { protocol: 'dhcp', interface: 'eth0', count: 3 },
    ],
    malformed: [{ protocol: 'arp', reason: 'truncated', count: 2 }],
    ignored: [{ reason: 'other-ethertype', count: 4 }],
    dismissed: [{ reason: 'within-grace', count: 5 }],
    dhcpMessages: [{ type: 'request', count: 3 }],
    dhcpv6Messages: [{ type: 'renew', count: 2 }],
    findingsRaised: Object.fromEntries(
      FINDING_KINDS.map((kind) => [kind, kind === 'lease-on-vip' ? 1 : 0]),
    ) as Record<FindingKind, number>,
    findingsSuppressed: [{ kind: 'proxy-arp', by: 'ignore', count: 2 }],
    lastHeard: [{ interface: 'eth0', at: NOON + 7 * SECOND }],
    takeovers: 1,
    tables: [
      { table: 'claims', entries: 2, evictions: 0 },
      { table: 'leases', entries: 1, evictions: 7 },
    ],
  };
  const claims =
    over.claims ??
    (() => [
      sampleClaim(),
      sampleClaim({ mac: PHONE, node: null }),
      sampleClaim({ ip: '192.168.1.9' as IpAddress, segment: VLAN10, mac: PHONE, node: null }),
      sampleClaim({ ip: 'fe80::1' as IpAddress }),
    ]);
  const vips =
    over.vips ??
    (() => [
      {
        ip: VIP,
        service: 'traefik/traefik',
        sharedWith: [],
        provider: 'metallb' as const,
        pool: 'main-pool',
        up: true,
        elected: { node: 'w1', interfaces: null },
        announcers: [{ segment: ETH0, mac: W1, node: 'w1', since: NOON, lastSeen: NOON + 5 }],
        history: { last: sampleTakeover(), worst: sampleTakeover({ gapMs: 2_000 }) },
      },
      {
        ip: 'fd00::50' as IpAddress,
        service: null,
        sharedWith: [],
        provider: null,
        pool: null,
        up: false,
        elected: null,
        announcers: [],
        history: null,
      },
    ]);
  const leases =
    over.leases ??
    (() => [
      sampleLease(),
      sampleLease({
        ip: '192.168.1.60' as Ipv4,
        state: 'acknowledged',
        hostname: null,
        seconds: Number.POSITIVE_INFINITY,
        expiresAt: null,
      }),
    ]);
  return {
    vips,
    eachVip: vips,
    claims,
    eachClaim: claims,
    leases,
    eachLease: leases,
    dhcpServers: () => [
      {
        segment: ETH0,
        ip: '192.168.1.1' as Ipv4,
        mac: null,
        expected: true,
        firstSeen: NOON,
        lastSeen: NOON,
        messages: 1,
      },
    ],
    dhcpRanges: () => [
      { ...knownRange('192.168.1.100-192.168.1.199'), source: 'configuration', name: 'dhcp.ranges' },
      {
        ...knownRange('192.168.1.24-192.168.1.120'),
        atLeast: true,
        readAt: NOON,
        source: 'audit',
        name: '192.168.1.1',
      },
    ],
    findings: () => findings,
    finding: (id) => (over.findings?.() ?? findings).find((finding) => finding.id === id),
    takeovers: () => [sampleTakeover(), sampleTakeover({ at: NOON + 9 * SECOND, class: 'failback' })],
    pools: () => [
      {
        name: 'main-pool',
        ranges: [parseRange('192.168.1.50-192.168.1.59') as IpRange],
        autoAssign: true,
        total: 10,
        assigned: 1,
        leased: 2,
        taken: 0,
        free: 8,
      },
    ],
    nodes: () => [
      { name: 'w1', addresses: ['192.168.1.11' as Ipv4], macs: [W1], isOwn: true, agentReady: true },
      { name: 'w2', addresses: ['192.168.1.12' as Ipv4], macs: [W2], isOwn: false, agentReady: null },
    ],
    intent: () => SAMPLE_INTENT,
    judgedKinds: () => new Set(FINDING_KINDS.filter((kind) => kind !== 'wrong-announcer')),
    spokenNameOf: (mac) => (mac === PHONE ? '"luca-phone"' : mac === W1 ? 'w1' : null),
    nameOf: (mac) => (mac === PHONE ? 'luca-phone' : mac === W1 ? 'w1' : null),
    counters: () => counters,
    ...over,
  };
}

/** All is well, unless said otherwise. */
export function intentHealth(over: Partial<IntentHealth>): IntentHealth {
  return { confirmedAt: NOON, problems: [], doubts: [], unjudged: [], skipped: [], ...over };
}

/** One look, by this agent. */
export function sampleChecks(over: Partial<Checks> = {}): Checks {
  const subject = (kind: string, namespace: string, name: string) => ({
    ...{ kind, namespace, name },
    ...{ ignore: null, source: null },
  });
  const none = () => Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<Status, number>;
  const counts = Object.fromEntries(RULE_IDS.map((id) => [id, none()])) as Record<
    RuleId,
    Record<Status, number>
  >;
  counts['rwo-rollout'].warning = 1;
  counts['pdb-blocks-drain'].skipped = 1;
  return {
    every: 3600 * SECOND,
    node: 'w1',
    isOwn: true,
    trouble: null,
    done: {
      at: NOON,
      took: 2 * SECOND,
      results: [
        {
          id: 'rwo-rollout',
          status: 'warning',
          subjects: [subject('Deployment', 'traefik', 'traefik')],
          ip: VIP,
          message: 'The new Pod waits for the volume.',
          remedy: 'strategy: Recreate',
        },
        {
          id: 'pdb-blocks-drain',
          status: 'skipped',
          subjects: [],
          ip: null,
          message: 'cannot list poddisruptionbudgets: forbidden',
          remedy: '',
        },
      ],
      leftOut: 0,
      counts,
      suppressed: 1,
      forecasts: [
        {
          node: 'w1',
          besides: [],
          ip: VIP,
          service: 'traefik/traefik',
          vip: { kind: 'moves', to: 'w2', seconds: 5.8, measured: 1, lastOn: '2026-02-03' },
          behind: { kind: 'away', parts: [{ what: 'toleration', seconds: 300 }] },
        },
        {
          node: 'w2',
          besides: [],
          ip: '192.168.1.51' as IpAddress,
          service: 'dns/dns',
          vip: { kind: 'unknown', why: 'nobody announces it now' },
          behind: {
            kind: 'in-part',
            lost: 0.5,
            parts: [{ what: 'until the node counts as dead', seconds: 50 }],
          },
        },
        {
          node: null,
          besides: ['w2'],
          ip: '192.168.1.51' as IpAddress,
          service: 'dns/dns',
          vip: { kind: 'unknown', why: 'nobody announces it now' },
          behind: { kind: 'stays' },
        },
      ],
      unforetold: null,
    },
    ...over,
  };
}

export function sampleSources(over: Partial<Sources> = {}): Sources {
  let now = NOON + 30 * SECOND;
  return {
    view: sampleView(),
    availability: { of: (ip) => (ip === VIP ? 'u' : '-').repeat(1_440) },
    segments: () => [
      {
        interface: 'eth0',
        vlan: null,
        mac: W1,
        addresses: [{ ip: '192.168.1.11' as Ipv4, prefixLength: 24 }],
        gateways: ['192.168.1.1' as Ipv4],
      },
    ],
    probes: {
      unicast: { answered: 4, unanswered: 1, refused: 0 },
      broadcast: { answered: 2, unanswered: 3, refused: 0 },
    },
    serviceProbes: { served: 20, refused: 2, unanswered: 3, unsent: 0 },
    // Each reading is a second later, so that nothing is remembered from the one before.
    now: () => {
      now += SECOND;
      return now;
    },
    iso: (at) => new Date(at / 1000).toISOString(),
    interfaces: () => [
      { name: 'eth0', up: true, dropped: 3 },
      { name: 'eth1', up: false, dropped: 0 },
    ],
    intent: () => intentHealth({}),
    agentPods: () => ({ unreadySinceMs: null }),
    kubernetesRequests: () => [{ verb: 'list', result: 'ok', count: 10 }],
    failoverTests: () => [
      { mode: 'drain', result: 'passed', count: 3 },
      { mode: 'drain', result: 'failed', count: 0 },
    ],
    kubernetesEvents: () => [
      { result: 'raised', count: 3 },
      { result: 'forbidden', count: 0 },
    ],
    alertmanagers: () => [
      {
        url: 'http://am:9093',
        waiting: 1,
        sent: 5,
        dropped: 2,
        failures: { unreachable: 3, 'timed-out': 0 },
      },
    ],
    imports: () => [{ name: 'pihole', succeededAt: NOON / SECOND, problem: null, doubts: [], leases: 20 }],
    importDoubts: () => [],
    checks: () => sampleChecks(),
    journal: () => ({ durable: true, wanted: true, problem: null }),
    configuration: () => ({ problem: null, takenInAt: NOON / SECOND, needsRestart: [] }),
    asks: () => true,
    maxGap: () => 10 * SECOND,
    usage: () => ({
      cpuSeconds: 1.5,
      residentBytes: 70_000_000,
      heapBytes: 20_000_000,
      heapUsedBytes: 15_000_000,
      externalBytes: 2_000_000,
      openFiles: 30,
      maxFiles: 1024,
      turns: { mean: 0.0005, p50: 0.0002, p90: 0.001, p99: 0.005, max: 0.02 },
      startedAt: NOON / SECOND,
    }),
    url: () => 'http://192.168.1.10:9797',
    version: '0.1.0',
    nodeVersion: 'v26.10.0',
    ...over,
  };
}
