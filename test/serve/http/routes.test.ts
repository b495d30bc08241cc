import type { TSchema } from 'typebox/type';
import { Errors } from 'typebox/value';
import { afterEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/config/config.ts';
import type { IpAddress, Mac } from '../../../src/net/address.ts';
import { pageOf } from '../../../src/serve/http/listing.ts';
import { ProblemSchema } from '../../../src/serve/http/problem.ts';
import { ReadinessSchema } from '../../../src/serve/http/routes/readyz.ts';
import { ROUTES } from '../../../src/serve/http/routes.ts';
import { CheckRunSchema, CheckSchema, ForecastSchema } from '../../../src/serve/render/checks.ts';
import {
  AvailabilitySchema,
  IntentSchema,
  NodeSchema,
  PoolSchema,
  SegmentSchema,
  SummarySchema,
} from '../../../src/serve/render/row-schemas.ts';
import {
  ClaimSchema,
  DhcpRangeSchema,
  DhcpServerSchema,
  FindingSchema,
  LeaseSchema,
  TakeoverSchema,
  VipSchema,
} from '../../../src/serve/render/schemas.ts';
import { intentHealth, NOON, sampleChecks, sampleClaim, sampleFinding, sampleView } from '../sample.ts';
import { type SampleServer, sampleServer } from '../server.ts';

let running: SampleServer | undefined;
afterEach(async () => {
  await running?.server.close();
  running = undefined;
});

async function started(...options: Parameters<typeof sampleServer>): Promise<SampleServer> {
  running = await sampleServer(...options);
  return running;
}

/** Asks without a network. */
async function ask(url: string, ...options: Parameters<typeof sampleServer>) {
  const { server } = running ?? (await started(...options));
  const response = await server.fastify.inject({ method: 'GET', url });
  return {
    status: response.statusCode,
    headers: response.headers,
    body: response.json(),
    text: response.body,
  };
}

const LISTS: [string, TSchema, number][] = [
  ['/api/v1/vips', VipSchema, 2],
  ['/api/v1/availability', AvailabilitySchema, 2],
  ['/api/v1/pools', PoolSchema, 1],
  ['/api/v1/nodes', NodeSchema, 2],
  ['/api/v1/segments', SegmentSchema, 1],
  ['/api/v1/claims', ClaimSchema, 4],
  ['/api/v1/leases', LeaseSchema, 2],
  ['/api/v1/dhcp-servers', DhcpServerSchema, 1],
  ['/api/v1/dhcp-ranges', DhcpRangeSchema, 2],
  ['/api/v1/findings', FindingSchema, 2],
  ['/api/v1/findings?state=all', FindingSchema, 3],
  ['/api/v1/findings?state=resolved', FindingSchema, 1],
  ['/api/v1/takeovers', TakeoverSchema, 2],
];

describe('the lists', () => {
  it.each(LISTS)('GET %s answers as documented', async (url, schema, count) => {
    const { status, headers, body } = await ask(url);
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
    });
    expect(headers).not.toHaveProperty('access-control-allow-origin');
    expect(Errors(pageOf(schema), body)).toEqual([]);
    expect(body).toMatchObject({ total: count, next: null });
    expect(body.items).toHaveLength(count);
  });

  it('show which node should announce a VIP, or why none can', async () => {
    const vips = sampleView().vips(0);
    const nobody = { ...vips[1]!, elected: { node: null, reason: 'no-endpoint' } as const };
    await started({ view: sampleView({ vips: () => [vips[0]!, nobody] }) });
    const { body } = await ask('/api/v1/vips');
    const [elected, none] = body.items;
    expect(elected.elected).toEqual({ node: 'w1', reason: null });
    expect(none.elected).toEqual({ node: null, reason: 'no-endpoint' });
    expect(Errors(pageOf(VipSchema), body)).toEqual([]);
  });

  it('show DHCP ranges by address, and who says so', async () => {
    const { body } = await ask('/api/v1/dhcp-ranges');
    expect(body.items).toEqual([
      {
        first: '192.168.1.24',
        last: '192.168.1.120',
        atLeast: true,
        source: 'audit',
        name: '192.168.1.1',
        readAt: '2026-03-01T12:00:00.000Z',
      },
      {
        first: '192.168.1.100',
        last: '192.168.1.199',
        atLeast: false,
        source: 'configuration',
        name: 'dhcp.ranges',
        readAt: null,
      },
    ]);
    expect((await ask('/api/v1/dhcp-ranges?source=import,configuration')).body.items).toEqual([
      body.items[1],
    ]);
  });

  it('show what a claimant called itself, where it is no node', async () => {
    const { body } = await ask('/api/v1/claims?ip=192.168.1.50');
    const named = body.items.map((row: { node: string; hostname: string }) => [row.node, row.hostname]);
    expect(named).toEqual([
      ['w1', null],
      [null, 'luca-phone'],
    ]);
  });

  it('show a lease that never ends as the wire does', async () => {
    const { body } = await ask('/api/v1/leases?ip=192.168.1.60');
    expect(body.items).toMatchObject([{ ip: '192.168.1.60', seconds: 4294967295, expiresAt: null }]);
  });

  it.each([
    ['/api/v1/checks', CheckSchema, 2],
    ['/api/v1/checks?status=warning,critical', CheckSchema, 1],
    ['/api/v1/checks?id=pdb-blocks-drain', CheckSchema, 1],
    ['/api/v1/forecast', ForecastSchema, 3],
    ['/api/v1/forecast?node=w1', ForecastSchema, 2],
    ['/api/v1/forecast?node=w2', ForecastSchema, 1],
    ['/api/v1/forecast?ip=192.168.1.51', ForecastSchema, 2],
  ])('GET %s answers as documented, and says of the look when it was', async (url, schema, count) => {
    const { body } = await ask(url);
    expect(Errors(pageOf(schema, { name: 'run', schema: CheckRunSchema }), body)).toEqual([]);
    expect(body).toMatchObject({ total: count, next: null });
    expect(body.run).toEqual({
      ...{ everySeconds: 3600, node: 'w1', own: true, doneAt: '2026-03-01T12:00:00.000Z', ageSeconds: 31 },
      ...{ tookSeconds: 2, problem: null, unforetold: null, leftOut: 0 },
      summary: { ok: 0, info: 0, warning: 1, critical: 0, skipped: 1, suppressed: 1 },
    });
  });

  it('of checks are those of the command line', async () => {
    const { body } = await ask('/api/v1/checks');
    expect(body.items).toEqual([
      {
        ...{ type: 'check', id: 'rwo-rollout', status: 'warning', ip: '192.168.1.50' },
        subjects: [{ kind: 'Deployment', namespace: 'traefik', name: 'traefik' }],
        message: 'The new Pod waits for the volume.',
        remedy: 'strategy: Recreate',
        docs: 'docs/checks.md#rwo-rollout',
      },
      expect.objectContaining({ id: 'pdb-blocks-drain', status: 'skipped' }),
    ]);
  });

  it.each([
    ['on an agent that does not look', sampleChecks({ node: 'w2', isOwn: false, done: null }), 'w2', 3600],
    ['where none looks', null, null, null],
  ])('of checks are empty %s, and say who does', async (_, checks, node, everySeconds) => {
    await started({ checks: () => checks });
    for (const url of ['/api/v1/checks', '/api/v1/forecast']) {
      const { body } = await ask(url);
      expect(body).toMatchObject({ items: [], run: { node, everySeconds, own: false, summary: null } });
    }
  });

  it('of checks say that they are old, and why', async () => {
    const trouble = { at: NOON + 1, reason: 'cannot ask the API server: no program listens there' };
    await started({ checks: () => sampleChecks({ trouble }) });
    const { body } = await ask('/api/v1/checks');
    expect([body.total, body.run.problem]).toEqual([2, trouble.reason]);
  });

  it.each([
    ['/metrics?name[]=vipwatch_vip_up', ['vipwatch_vip_up']],
    [
      '/metrics?name[]=vipwatch_dhcp_servers&name[]=vipwatch_vip_up',
      ['vipwatch_vip_up', 'vipwatch_dhcp_servers'],
    ],
    ['/metrics?name[]=vipwatch_takeover_gap_seconds', ['vipwatch_takeover_gap_seconds']],
    ['/metrics?name[]=vipwatch_probe_rtt_seconds', ['vipwatch_probe_rtt_seconds']],
  ])('GET %s gives %j alone', async (url, names) => {
    const { server } = await started();
    const { statusCode, headers, body } = await server.fastify.inject(url);
    expect({ statusCode, type: headers['content-type'] }).toEqual({
      statusCode: 200,
      type: 'text/plain; version=0.0.4; charset=utf-8',
    });
    expect(body.match(/(?<=^# TYPE )\S+/gm)).toEqual(names);
  });

  it('GET /metrics refuses a name that no metric has', async () => {
    const { status, body } = await ask('/metrics?name[]=vipwatch_vip_up&name[]=vipwatch_vips');
    expect({ status, detail: body.detail }).toEqual({
      status: 400,
      detail: 'name[]: no metric is called vipwatch_vips',
    });
  });

  it('show the latest finding and takeover first', async () => {
    const findings = await ask('/api/v1/findings');
    expect(findings.body.items.map((row: { kind: string }) => row.kind)).toEqual([
      'foreign-claim',
      'lease-on-vip',
    ]);
    const takeovers = await ask('/api/v1/takeovers');
    expect(takeovers.body.items.map((row: { class: string }) => row.class)).toEqual(['failback', 'failover']);
  });

  it('of 10,000 claims are answered a thousand at a time', async () => {
    const rows = Array.from({ length: 10_000 }, (_, i) =>
      sampleClaim({ ip: `10.0.${i >> 8}.${i & 255}` as IpAddress, mac: `02:00:00:00:${i}` as Mac }),
    );
    const { body } = await ask('/api/v1/claims', { view: sampleView({ claims: () => rows }) });
    expect(body.items).toHaveLength(1000);
    expect(body.total).toBe(10_000);
  });
});

describe('errors are problem documents', () => {
  it.each([
    ['GET', '/nothing', 404, 'there is no /nothing'],
    ['GET', '/api/v1/nothing?x=1', 404, 'there is no /api/v1/nothing'],
    ['GET', '/%2e%2e/etc/passwd', 404, undefined],
    // A router's wildcards, in a path that nobody has.
    ['GET', '/*x', 404, 'there is no /*x'],
    ['GET', '/api/v1/*/:id?x', 404, 'there is no /api/v1/*/:id'],
    ['POST', '/api/v1/findings', 405, '/api/v1/findings can only be read'],
    ['DELETE', '/metrics', 405, '/metrics can only be read'],
    ['OPTIONS', '/api/v1/claims', 405, '/api/v1/claims can only be read'],
    ['GET', '/api/v1/findings?state=old', 400, 'state: expected one of active, suppressed, resolved, all'],
    ['GET', '/api/v1/findings?stat=all', 400, 'stat: unknown parameter'],
    ['GET', '/api/v1/claims?limit=0', 400, 'limit: must be >= 1'],
    ['GET', '/api/v1/claims?limit=2001', 400, 'limit: must be <= 2000'],
    ['GET', '/api/v1/claims?limit=ten', 400, 'limit: must be integer'],
    ['GET', '/api/v1/claims?limit=1.5', 400, 'limit: must be integer'],
    ['GET', '/api/v1/claims?limit=true', 400, 'limit: must be integer'],
    ['GET', '/api/v1/claims?limit=0x10', 400, 'limit: must be integer'],
    ['GET', '/api/v1/claims?limit=', 400, 'limit: must be integer'],
    ['GET', '/api/v1/claims?limit=1&limit=2', 400, 'limit: is given more than once'],
    ['GET', '/healthz?x=1', 400, 'x: unknown parameter'],
    ['GET', '/%zz', 400, undefined],
  ] as const)('%s %s: %i', async (method, url, status, detail) => {
    const { server } = await started();
    const response = await server.fastify.inject({ method, url });
    expect(response.statusCode).toBe(status);
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(response.headers['cache-control']).toBe('no-store');
    const body = response.json();
    expect(Errors(ProblemSchema, body)).toEqual([]);
    expect(body.status).toBe(status);
    if (detail !== undefined) expect(body.detail).toBe(detail);
    if (status === 405) expect(response.headers.allow).toBe('GET, HEAD');
  });

  it('a body is not read', async () => {
    const { server } = await started();
    const payload = 'x'.repeat(1_000_000);
    const response = await server.fastify.inject({ method: 'POST', url: '/api/v1/findings', payload });
    expect(response.json().status).toBeGreaterThanOrEqual(400);
    expect(response.statusCode).toBeLessThan(500);
  });

  it('an error of our own is logged and not shown', async () => {
    const claims = () => {
      throw new Error('secret of the house');
    };
    const { errors } = await started({ view: sampleView({ claims }) });
    const { status, body, text } = await ask('/api/v1/claims');
    expect(status).toBe(500);
    expect(body).toEqual({ type: 'about:blank', title: 'Internal error', status: 500 });
    expect(text).not.toContain('secret');
    expect(errors).toEqual(['/api/v1/claims: secret of the house']);
  });
});

describe('health', () => {
  it('/healthz is well while the process answers, ready or not', async () => {
    const { status, body } = await ask('/healthz', { interfaces: () => [] });
    expect({ status, body }).toEqual({ status: 200, body: { status: 'ok' } });
  });

  it('/readyz tells what it sees', async () => {
    const { status, body } = await ask('/readyz');
    expect(status).toBe(200);
    expect(Errors(ReadinessSchema, body)).toEqual([]);
    expect(body).toMatchObject({ ready: true, journal: { durable: true } });
  });

  it.each([
    ['no interface that is up', { interfaces: () => [{ name: 'eth0', up: false, dropped: 0 }] }],
    ['no intent', { intent: () => intentHealth({ confirmedAt: null }) }],
  ])('/readyz is 503, a problem with details: %s', async (_what, over) => {
    const { status, headers, body } = await ask('/readyz', over);
    expect(status).toBe(503);
    expect(headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(Errors(ProblemSchema, body)).toEqual([]);
    expect(Errors(ReadinessSchema, body)).toEqual([]);
    expect(body.ready).toBe(false);
  });

  it('/readyz says what cannot be read from the cluster, and not in whose words', async () => {
    const problem = { kind: 'pools', listed: false, reason: 'forbidden' };
    const { status, body } = await ask('/readyz', {
      intent: () =>
        intentHealth({
          problems: [{ ...problem, detail: 'User "system:serviceaccount:vipwatch:vipwatch" cannot list' }],
          doubts: ['not-listed'],
          unjudged: ['No node is known.'],
          skipped: [{ kind: 'nodes', object: 'w1', reason: 'no-address' }],
        }),
    });
    expect(status).toBe(200);
    expect(body.intent).toMatchObject({
      ready: true,
      problems: [problem],
      doubts: ['not-listed', 'No node is known.'],
      skipped: 1,
    });
    expect(JSON.stringify(body)).not.toContain('serviceaccount');
  });

  it('/readyz says which table of a DHCP server is old, and stays ready', async () => {
    const { status, body } = await ask('/readyz', {
      imports: () => [
        {
          name: 'pihole',
          succeededAt: 1_772_366_400,
          problem: 'HTTP 500',
          doubts: ['its clock'],
          leases: 20,
        },
        { name: 'kea', succeededAt: null, problem: 'HTTP 401', doubts: [], leases: 0 },
      ],
      importDoubts: () => ['pihole and kea give 192.168.1.50 to different machines'],
    });
    expect(status).toBe(200);
    expect(body.intent.doubts).toEqual([
      'the DHCP import pihole cannot be read; its table of 2026-03-01T12:00:00.000000Z stays in use',
      'the DHCP import pihole: its clock',
      'the DHCP import kea cannot be read; it was never read',
      'the DHCP imports: pihole and kea give 192.168.1.50 to different machines',
    ]);
  });

  it('/readyz stays ready while the journal is in memory, and says so', async () => {
    const { status, body } = await ask('/readyz', {
      journal: () => ({ durable: false, wanted: true, problem: 'disk full' }),
    });
    expect(status).toBe(200);
    expect(body.journal).toEqual({ durable: false, problem: 'disk full' });
  });
});

describe('a VIP', () => {
  it.each([['192.168.1.50'], ['FD00:0::50']])('is shown by its address: %s', async (address) => {
    const { status, body } = await ask(`/api/v1/vips/${address}`);
    expect(status).toBe(200);
    expect(Errors(VipSchema, body)).toEqual([]);
    expect(body.ip).toBe(address.toLowerCase().replace(':0:', ':'));
  });

  it.each([
    ['192.168.1.51', 404, 'there is no VIP 192.168.1.51'],
    ['fd00:0::51', 404, 'there is no VIP fd00::51'],
    ['192.168.1.500', 400, 'ip: "192.168.1.500" is not an IP address'],
    ['192.168.1.0%2F24', 400, 'ip: "192.168.1.0/24" is not an IP address: leave out /24'],
  ])('that is none is refused: %s', async (address, status, detail) => {
    expect(await ask(`/api/v1/vips/${address}`)).toMatchObject({ status, body: { status, detail } });
  });
});

describe('/api/v1', () => {
  it('lists the routes and says the version', async () => {
    const { status, body } = await ask('/api/v1');
    expect({ status, version: body.version }).toEqual({ status: 200, version: '0.1.0' });
    expect(body.routes).toHaveLength(ROUTES.length);
    expect(body.routes).toContainEqual({
      method: 'DELETE',
      path: '/api/v1/failover-tests/{id}',
      summary: 'Cancels a failover test and undoes what it injected',
    });
  });
});

it('a finding that the operator does not want to hear of is shown where it is asked for, with the reason', async () => {
  const suppressed = { by: 'silence', comment: 'works' } as const;
  const findings = () => [sampleFinding({ state: 'suppressed', suppressed })];
  const over = { view: sampleView({ findings }) };
  expect((await ask('/api/v1/findings', over)).body.items).toEqual([]);
  for (const state of ['suppressed', 'all']) {
    const { body } = await ask(`/api/v1/findings?state=${state}`, over);
    expect(Errors(pageOf(FindingSchema), body)).toEqual([]);
    expect(body.items).toMatchObject([{ state: 'suppressed', suppressed }]);
  }
});

it('one finding is shown by its id, whatever its state, and an unknown one is none', async () => {
  const { body } = await ask('/api/v1/findings?state=all');
  expect(body.items.length).toBeGreaterThan(1);
  for (const item of body.items) {
    const one = await ask(`/api/v1/findings/${item.id}`);
    expect({ status: one.status, body: one.body }).toEqual({ status: 200, body: item });
  }
  for (const id of ['nothing', `${body.items[0].id}x`, '%20', 'a%2Fb']) {
    expect(await ask(`/api/v1/findings/${id}`)).toMatchObject({
      status: 404,
      body: { status: 404, detail: expect.stringContaining('there is no finding') },
    });
  }
  expect(await ask('/api/v1/findings/nothing?wrong=1')).toMatchObject({ status: 400 });
});

it('a finding is shown with all that it carries', async () => {
  const { body } = await ask('/api/v1/findings', { view: sampleView({ findings: () => [sampleFinding()] }) });
  expect(body.items).toEqual([
    {
      id: 'lease-on-vip_eth0_192.168.1.50_02:00:00:00:00:aa',
      confirmed: true,
      state: 'active',
      kind: 'lease-on-vip',
      severity: 'critical',
      ip: '192.168.1.50',
      macs: ['02:00:00:00:00:aa'],
      interface: 'eth0',
      vlan: null,
      vip: { service: 'traefik/traefik', pool: 'main-pool' },
      message: 'DHCP gave the VIP 192.168.1.50 to luca-phone.',
      remedy: 'Exclude the pool from the router.',
      raisedAt: '2026-03-01T12:00:00.000Z',
      refreshedAt: '2026-03-01T12:00:00.000Z',
      resolvedAt: null,
      suppressed: null,
      acknowledged: null,
      occurrences: 2,
      documentation: 'docs/findings.md#lease-on-vip',
      evidence: [{ at: '2026-03-01T12:00:00.000Z', interface: 'eth0', summary: 'DHCP REQUEST 192.168.1.50' }],
    },
  ]);
});

it('a finding is shown by its id, however long the name of its node is', async () => {
  const id = `wrong-announcer_192.168.1.0-24_fe80:1111:2222:3333:4444:5555:6666:7777_${'n'.repeat(253)}`;
  const finding = (asked: string) => (asked === id ? sampleFinding({ id }) : undefined);
  const over = { view: sampleView({ finding }) };
  const { status, body } = await ask(`/api/v1/findings/${id}`, over);
  expect(status).toBe(200);
  expect(Errors(FindingSchema, body)).toEqual([]);
  expect(body.id).toBe(id);
  expect(await ask('/api/v1/findings/none', over)).toMatchObject({
    status: 404,
    body: { detail: 'there is no finding none; another agent may have it' },
  });
});

describe('what an agent knows of its cluster', () => {
  it('GET /api/v1/summary tells it all at once', async () => {
    const { body } = await ask('/api/v1/summary');
    expect(Errors(SummarySchema, body)).toEqual([]);
    expect(body).toMatchObject({
      node: 'w1',
      ready: true,
      unreadyReason: null,
      vips: { total: 2, up: 1, down: 1, unknown: 0 },
      findings: { critical: 2, warning: 0, suppressed: 0, acknowledged: 0 },
      lastTakeover: { ip: '192.168.1.50', class: 'failback' },
      dhcp: 'overlapping',
      agents: null,
    });
  });

  it.each([
    ['no interface is captured that is up', { interfaces: () => [{ name: 'eth0', up: false, dropped: 0 }] }],
    ['intent is not known yet', { intent: () => intentHealth({ confirmedAt: null }) }],
  ])('says that it is not ready in the words of /readyz: %s', async (unreadyReason, over) => {
    const { server } = await sampleServer(over);
    const summary = (await server.fastify.inject('/api/v1/summary')).json();
    const readiness = await server.fastify.inject('/readyz');
    await server.close();
    expect(Errors(SummarySchema, summary)).toEqual([]);
    expect(summary).toMatchObject({ ready: false, unreadyReason });
    expect([readiness.statusCode, readiness.json().detail]).toEqual([503, unreadyReason]);
  });

  it('says apart only where DHCP ranges are known as a whole', async () => {
    const known = sampleView().dhcpRanges();
    const relation = async (ranges: typeof known) => {
      const view = sampleView({ dhcpRanges: () => ranges });
      const { server } = await sampleServer({ view });
      const { dhcp } = (await server.fastify.inject('/api/v1/summary')).json();
      await server.close();
      return dhcp;
    };
    const [whole, part] = known;
    const apartPart = { ...part!, first: whole!.first, last: whole!.last };
    expect(await relation([whole!])).toBe('apart');
    expect(await relation([apartPart])).toBe('unknown');
    expect(await relation([])).toBe('unknown');
    expect(await relation([part!])).toBe('overlapping');
  });

  it('counts the agents that are ready, where the cluster tells', async () => {
    const nodes = sampleView().nodes();
    const view = sampleView({ nodes: () => nodes.map((one) => ({ ...one, agentReady: one.isOwn })) });
    expect((await ask('/api/v1/summary', { view })).body.agents).toEqual({ ready: 1, nodes: 2 });
  });

  it('GET /api/v1/intent is a configuration, in JSON and in YAML', async () => {
    const { server } = await started();
    const json = await server.fastify.inject('/api/v1/intent');
    expect(Errors(IntentSchema, json.json())).toEqual([]);
    const yaml = await server.fastify.inject({
      url: '/api/v1/intent',
      headers: { accept: 'application/yaml' },
    });
    expect(yaml.headers['content-type']).toBe('application/yaml; charset=utf-8');
    expect(yaml.body.split('\n').slice(0, 5)).toEqual([
      'intent:',
      '  source: static',
      '  static:',
      '    pools:',
      '      - {"name":"main-pool","addresses":["192.168.1.50-192.168.1.59"]}',
    ]);
    const read = (text: string) => parseConfig(text, 'intent', { insideCluster: true }).intent;
    expect(read(yaml.body)).toEqual(read(json.body));
    expect(read(yaml.body)).toEqual(sampleView().intent());
  });

  it('tells a VIP’s last takeover, and the one with the longest gap', async () => {
    const [vip] = (await ask('/api/v1/vips')).body.items;
    expect(vip).toMatchObject({
      lastTakeover: { from: 'w1', to: 'w2', gapMs: 1400 },
      worstTakeover: { gapMs: 2000 },
    });
  });
});

describe('entity tags', () => {
  it('spare who has the answer already reading it again, and change with it', async () => {
    let vips = sampleView().vips(0);
    const view = sampleView({ eachVip: () => vips });
    const { server } = await started({ view });
    const get = (headers = {}) => server.fastify.inject({ url: '/api/v1/vips', headers });
    const first = await get();
    const tag = first.headers.etag as string;
    const second = await get({ 'if-none-match': `"other", W/${tag}` });
    expect([second.statusCode, second.body, second.headers.etag]).toEqual([304, '', tag]);
    vips = vips.slice(1);
    const third = await get({ 'if-none-match': tag });
    expect(third.statusCode).toBe(200);
    expect(third.headers.etag).not.toBe(tag);
  });

  it('are not given for what is wrong, nor outside of the API', async () => {
    const { server } = await started();
    for (const url of ['/api/v1/vips?nonsense=1', '/api/v1/findings/none', '/metrics', '/healthz'])
      expect((await server.fastify.inject(url)).headers.etag, url).toBeUndefined();
  });
});
