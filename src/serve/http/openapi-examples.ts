// What the OpenAPI document shows of each schema. Their types hold them to the schemas, and so does a test.
import type { Static } from 'typebox/type';
import type { CheckRunSchema, CheckSchema, ForecastSchema } from '../render/checks.ts';
import type {
  FailoverTestEventSchema,
  FindingEventSchema,
  LeaseEventSchema,
  ResetEventSchema,
  ServiceGapEventSchema,
  TakeoverEventSchema,
} from '../render/event-schemas.ts';
import type {
  AvailabilitySchema,
  IntentSchema,
  NodeSchema,
  PoolSchema,
  SegmentSchema,
  SummarySchema,
} from '../render/row-schemas.ts';
import type {
  ClaimSchema,
  DhcpRangeSchema,
  DhcpServerSchema,
  FailoverTestSchema,
  FindingSchema,
  LeaseSchema,
  TakeoverSchema,
  VipSchema,
} from '../render/schemas.ts';
import { problem } from './problem.ts';

const NODES = {
  cp: { mac: '02:00:00:00:00:10', node: 'cp' },
  w1: { mac: '02:00:00:00:00:11', node: 'w1' },
};
const PLACE = { interface: 'eth0', vlan: null };
const SEEN = { firstSeen: '2026-03-01T16:42:59.546784Z', lastSeen: '2026-03-01T18:07:11.020418Z' };

const trouble = {
  id: 'lease-on-vip_192.168.1.0-24_192.168.1.50_02:00:00:00:00:aa',
  kind: 'lease-on-vip',
  severity: 'critical',
  confirmed: true,
  ip: '192.168.1.50',
  macs: ['02:00:00:00:00:aa'],
  ...PLACE,
  vip: { service: 'traefik/traefik', pool: 'main-pool' },
  message: 'DHCP: "luca-phone" (02:00:00:00:00:aa) asked for 192.168.1.50, the VIP of traefik/traefik.',
  remedy:
    'Shrink the DHCP range so that it leaves out the pool main-pool (192.168.1.50-192.168.1.59), then make the client ask again (reconnect it).',
} as const;
const frame = {
  at: '2026-03-01T16:42:59.546784Z',
  summary: 'DHCP REQUEST from 02:00:00:00:00:aa ("luca-phone") for 192.168.1.50, server 192.168.1.1',
};

const change = {
  class: 'failover',
  ip: '192.168.1.50',
  from: NODES.w1,
  to: NODES.cp,
} as const;
const times = {
  gapMs: 6131.204,
  overlapMs: 0,
  uncertaintyMs: 1032.511,
  phases: { announcedMs: 6131.204, answeredMs: 6148.93 },
};
const serviceTimes = {
  serviceGapMs: 6177.4,
  serviceOpen: false,
  serviceUncertaintyMs: 50.2,
  servedMs: 6170.1,
  serviceNote: null,
};

const vipTakeover = {
  at: '2026-03-01T16:42:59.546784Z',
  class: 'failover',
  from: 'w1',
  to: 'cp',
  gapMs: times.gapMs,
  uncertaintyMs: times.uncertaintyMs,
} as const;

const lease = {
  state: 'acknowledged',
  ip: '192.168.1.60',
  mac: '02:00:00:00:00:aa',
  server: '192.168.1.1',
  hostname: 'luca-phone',
  seconds: 86_400,
} as const;

const failoverTest: Static<typeof FailoverTestSchema> = {
  id: 'observe-20260301t164258z',
  vip: '192.168.1.50',
  mode: 'observe',
  maxGap: '10s',
  timeLimit: '2m',
  phase: 'Passed',
  message: "The longest gap was 6.13 s, the service's 6.18 s, within the 10 s allowed.",
  createdAt: '2026-03-01T16:42:58.1Z',
  startedAt: '2026-03-01T16:42:58.2Z',
  finishedAt: '2026-03-01T16:43:09.9Z',
  service: 'traefik/traefik',
  from: 'w1',
  to: 'cp',
  coordinator: 'w2',
  gapMs: times.gapMs,
  serviceGapMs: serviceTimes.serviceGapMs,
  vantagePoints: [
    {
      node: 'w2',
      interface: 'eth0',
      result: 'passed',
      legs: [
        {
          leg: 'failover',
          from: 'w1',
          to: 'cp',
          gapMs: times.gapMs,
          uncertaintyMs: times.uncertaintyMs,
          overlapMs: times.overlapMs,
          serviceGapMs: serviceTimes.serviceGapMs,
          serviceOpen: false,
          serviceNote: null,
          phases: { ...times.phases, servedMs: serviceTimes.servedMs },
        },
      ],
    },
  ],
};

interface Examples {
  readonly Finding: Static<typeof FindingSchema>;
  readonly Takeover: Static<typeof TakeoverSchema>;
  readonly Lease: Static<typeof LeaseSchema>;
  readonly Claim: Static<typeof ClaimSchema>;
  readonly Vip: Static<typeof VipSchema>;
  readonly Availability: Static<typeof AvailabilitySchema>;
  readonly Pool: Static<typeof PoolSchema>;
  readonly Node: Static<typeof NodeSchema>;
  readonly Segment: Static<typeof SegmentSchema>;
  readonly IntentFile: Static<typeof IntentSchema>;
  readonly Summary: Static<typeof SummarySchema>;
  readonly DhcpServer: Static<typeof DhcpServerSchema>;
  readonly DhcpRange: Static<typeof DhcpRangeSchema>;
  readonly FailoverTest: Static<typeof FailoverTestSchema>;
  readonly FindingEvent: Static<typeof FindingEventSchema>;
  readonly TakeoverEvent: Static<typeof TakeoverEventSchema>;
  readonly ServiceGapEvent: Static<typeof ServiceGapEventSchema>;
  readonly LeaseEvent: Static<typeof LeaseEventSchema>;
  readonly FailoverTestEvent: Static<typeof FailoverTestEventSchema>;
  readonly ResetEvent: Static<typeof ResetEventSchema>;
  readonly [name: string]: unknown;
}

const checkRun: Static<typeof CheckRunSchema> = {
  everySeconds: 3600,
  node: 'w2',
  own: true,
  doneAt: '2026-03-01T16:42:59Z',
  ageSeconds: 812.5,
  tookSeconds: 2.1,
  problem: null,
  unforetold: null,
  leftOut: 0,
  summary: { ok: 27, info: 0, warning: 3, critical: 0, skipped: 5, suppressed: 1 },
};

const check: Static<typeof CheckSchema> = {
  type: 'check',
  id: 'rwo-failover',
  status: 'warning',
  subjects: [{ kind: 'Deployment', namespace: 'traefik', name: 'traefik' }],
  ip: '192.168.1.50',
  message: 'If its node dies, its volume stays attached there: the service is back after about 12 min.',
  remedy: 'When the node is surely off, taint it with node.kubernetes.io/out-of-service.',
  docs: 'docs/checks.md#rwo-failover',
};

const forecast: Static<typeof ForecastSchema> = {
  type: 'forecast',
  node: 'w1',
  ip: '192.168.1.50',
  service: 'traefik/traefik',
  vip: 'moves',
  movesTo: 'cp',
  movesAfterSeconds: 5.8,
  measured: 1,
  lastMeasuredOn: '2026-03-01',
  behind: 'away',
  backAfterSeconds: 350,
  parts: [
    { what: 'until the node counts as dead', seconds: 50 },
    { what: 'toleration', seconds: 300 },
  ],
  message:
    'if w1 dies: 192.168.1.50 (traefik/traefik) moves to cp in about 6 s (measured here: 5.8 s on Mar 1); the service is back after about 6 min: 50 s until the node counts as dead, 300 s toleration, then the start of its Pod',
};

/** By the name of the schema. */
export const EXAMPLES: Examples = {
  Finding: {
    state: 'active',
    ...trouble,
    macs: [...trouble.macs],
    raisedAt: '2026-03-01T16:42:59.546784Z',
    refreshedAt: '2026-03-01T16:42:59.546784Z',
    resolvedAt: null,
    suppressed: null,
    acknowledged: {
      by: 'anna',
      comment: 'the router is replaced at six',
      at: '2026-03-01T16:50:12.1Z',
      until: '2026-03-01T18:30:00Z',
    },
    occurrences: 1,
    documentation: 'docs/findings.md#lease-on-vip',
    evidence: [{ at: frame.at, interface: 'eth0', summary: frame.summary }],
  },
  Takeover: {
    at: '2026-03-01T16:42:59.546784Z',
    ...change,
    ...times,
    ...serviceTimes,
    lastOldAt: '2026-03-01T16:42:53.41558Z',
    service: 'traefik/traefik',
    ...PLACE,
  },
  Lease: {
    ...lease,
    source: 'heard',
    import: null,
    clientId: '010200000000aa',
    ...PLACE,
    ...SEEN,
    expiresAt: '2026-03-02T16:42:59.546784Z',
  },
  Claim: {
    ip: '192.168.1.50',
    ...NODES.cp,
    hostname: null,
    ...PLACE,
    ...SEEN,
    counts: { announcement: 5, reply: 5026, request: 0 },
  },
  Vip: {
    ip: '192.168.1.50',
    service: 'traefik/traefik',
    pool: 'main-pool',
    up: true,
    elected: { node: 'cp', reason: null },
    announcers: [{ ...NODES.cp, ...PLACE, since: SEEN.firstSeen, lastSeen: SEEN.lastSeen }],
    lastTakeover: vipTakeover,
    worstTakeover: vipTakeover,
  },
  Availability: {
    ip: '192.168.1.50',
    service: 'traefik/traefik',
    from: '2026-03-01T16:43:00Z',
    minutes: `${'-'.repeat(1_200)}${'u'.repeat(200)}pd${'u'.repeat(38)}`,
  },
  Pool: {
    name: 'main-pool',
    ranges: [{ first: '192.168.1.50', last: '192.168.1.59' }],
    autoAssign: true,
    total: 10,
    assigned: 3,
    leased: 1,
    taken: 0,
    free: 7,
  },
  Node: {
    name: 'cp',
    addresses: ['192.168.1.10'],
    macs: [NODES.cp.mac],
    own: true,
    agentReady: true,
    agentVersion: '0.1.0',
  },
  Segment: {
    ...PLACE,
    mac: NODES.cp.mac,
    networks: [{ address: '192.168.1.10', network: '192.168.1.0/24' }],
    gateways: ['192.168.1.1'],
  },
  IntentFile: {
    intent: {
      source: 'static',
      static: {
        pools: [{ name: 'main-pool', addresses: ['192.168.1.50-192.168.1.59'] }],
        vips: [
          { address: '192.168.1.50', service: 'traefik/traefik', ports: [{ port: 443, protocol: 'TCP' }] },
        ],
        nodes: [{ name: 'cp', addresses: ['192.168.1.10'], macs: [NODES.cp.mac] }],
      },
    },
  },
  Summary: {
    at: SEEN.lastSeen,
    version: '0.1.0',
    node: 'cp',
    ready: true,
    unreadyReason: null,
    intentConfirmedAt: SEEN.lastSeen,
    vips: { total: 3, up: 3, down: 0, unknown: 0 },
    findings: { critical: 1, warning: 0, suppressed: 0, acknowledged: 1 },
    lastTakeover: { ip: '192.168.1.50', ...vipTakeover },
    dhcp: 'overlapping',
    agents: { ready: 3, nodes: 3 },
  },
  DhcpServer: {
    ip: '192.168.1.1',
    mac: '02:00:00:00:00:01',
    expected: true,
    ...PLACE,
    ...SEEN,
    messages: 42,
  },
  DhcpRange: {
    first: '192.168.1.2',
    last: '192.168.1.253',
    atLeast: false,
    source: 'import',
    name: 'pihole',
    readAt: '2026-03-01T18:07:00.1Z',
  },
  CheckRun: checkRun,
  Check: check,
  CheckPage: { items: [check], total: 1, next: null, run: checkRun },
  Forecast: forecast,
  ForecastPage: { items: [forecast], total: 1, next: null, run: checkRun },
  FailoverTest: failoverTest,
  AcknowledgeRequest: { comment: 'the router is replaced at six', until: '8h' },
  FailoverTestRequest: { vip: '192.168.1.50', mode: 'observe', maxGap: '10s', timeLimit: '2m' },
  FindingEvent: {
    type: 'finding',
    action: 'raised',
    at: frame.at,
    ...trouble,
    macs: [...trouble.macs],
    evidence: [frame],
  },
  TakeoverEvent: { type: 'takeover', at: '2026-03-01T16:42:59.546784Z', ...change, ...times },
  ServiceGapEvent: {
    type: 'service-gap',
    at: '2026-03-01T16:43:00.81204Z',
    takeoverAt: '2026-03-01T16:42:59.546784Z',
    ...change,
    ...serviceTimes,
  },
  LeaseEvent: { type: 'lease', at: '2026-03-01T16:42:59.546784Z', ...lease, ...PLACE },
  FailoverTestEvent: { type: 'failover-test', at: '2026-03-01T16:43:09.9Z', ...failoverTest },
  ResetEvent: { type: 'reset', at: '2026-03-01T16:42:59.546784Z', reason: 'restarted' },
  Problem: problem(400, 'limit: must be <= 2000'),
};
