// The OpenAPI document: that a client would be generated from it, and that what the agent answers and sends is as it says.
import type { TSchema, TSchemaOptions } from 'typebox/type';
import { Errors } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { EventStream } from '../../../src/serve/http/event-stream.ts';
import { openApiDocument } from '../../../src/serve/http/openapi-document.ts';
import { EXAMPLES } from '../../../src/serve/http/openapi-examples.ts';
import { ProblemSchema } from '../../../src/serve/http/problem.ts';
import { ROUTES } from '../../../src/serve/http/routes.ts';
import {
  EVENT_TYPES,
  EventSchema,
  FailoverTestEventSchema,
} from '../../../src/serve/render/event-schemas.ts';
import type { WatchEvent } from '../../../src/watch/view.ts';
import { leg, sampleTest, seenFrom } from '../../failover/measured.ts';
import { ETH0, findingEvent, NOON, sampleFinding, sampleLease, sampleTakeover, VLAN10 } from '../sample.ts';

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly security: readonly unknown[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly description: string;
  }[];
  readonly responses: Readonly<Record<string, { readonly $ref?: string; readonly description?: string }>>;
}

interface Document {
  readonly openapi: string;
  readonly servers: readonly unknown[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Record<string, unknown>>>;
    readonly responses: Readonly<Record<string, unknown>>;
  };
}

const DOCUMENT = openApiDocument('0.1.0', ROUTES) as unknown as Document;
const OPERATIONS = Object.entries(DOCUMENT.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(
    ([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const,
  ),
);

describe('the document', () => {
  it('is OpenAPI 3.1 and has every route', () => {
    expect(DOCUMENT).toMatchObject({ openapi: '3.1.0', servers: [{ url: '/' }] });
    expect(OPERATIONS.map(([name]) => name)).toEqual(
      expect.arrayContaining([
        'GET /',
        'GET /assets/{name}',
        'GET /api/v1',
        'GET /api/v1/checks',
        'GET /api/v1/availability',
        'GET /api/v1/intent',
        'GET /api/v1/nodes',
        'GET /api/v1/pools',
        'GET /api/v1/segments',
        'GET /api/v1/summary',
        'GET /api/v1/claims',
        'GET /api/v1/dhcp-ranges',
        'GET /api/v1/dhcp-servers',
        'GET /api/v1/events',
        'GET /api/v1/failover-tests',
        'POST /api/v1/failover-tests',
        'GET /api/v1/failover-tests/{id}',
        'DELETE /api/v1/failover-tests/{id}',
        'GET /api/v1/findings',
        'GET /api/v1/findings/{id}',
        'GET /api/v1/forecast',
        'GET /api/v1/leases',
        'GET /api/v1/takeovers',
        'GET /api/v1/vips',
        'GET /api/v1/vips/{ip}',
        'GET /healthz',
        'GET /metrics',
        'GET /openapi.json',
        'GET /readyz',
      ]),
    );
    expect(OPERATIONS).toHaveLength(ROUTES.length);
  });

  it('names every type that a client handles', () => {
    const pages = [
      'Finding',
      'Vip',
      'Takeover',
      'Lease',
      'Claim',
      'DhcpServer',
      'DhcpRange',
      'FailoverTest',
      'Check',
      'Forecast',
    ];
    const events = ['Finding', 'Takeover', 'ServiceGap', 'Lease', 'FailoverTest', 'Reset', 'Stream'];
    expect(Object.keys(DOCUMENT.components.schemas)).toEqual(
      expect.arrayContaining([
        ...pages.flatMap((name) => [name, `${name}Page`]),
        ...events.map((name) => `${name}Event`),
        ...['FindingKind', 'Severity', 'LeaseState', 'TakeoverClass', 'Announcer'],
        ...['CheckRun', 'FailoverTestRequest', 'Problem', 'Readiness', 'Health', 'ApiIndex'],
      ]),
    );
    const inline = OPERATIONS.map(
      ([name, { responses }]) => [name, JSON.stringify(responses).length] as const,
    );
    expect(inline.filter(([, length]) => length > 900)).toEqual([]);
  });

  it('gives each operation a name of its own, one tag, and says who may', () => {
    const names = OPERATIONS.map(([, { operationId }]) => operationId);
    expect(new Set(names).size).toBe(names.length);
    for (const [name, { tags, security }] of OPERATIONS) {
      expect(tags, name).toHaveLength(1);
      expect(security, name).toEqual(/^(POST|DELETE) /.test(name) ? [{ bearer: [] }] : []);
    }
  });

  it('says what each answer means, and what each parameter is for', () => {
    expect(JSON.stringify(DOCUMENT)).not.toContain('Default Response');
    for (const [name, { responses, parameters = [] }] of OPERATIONS) {
      expect(responses[400], name).toEqual({ $ref: '#/components/responses/BadRequest' });
      for (const answer of Object.values(responses)) expect(answer.$ref ?? answer.description).toMatch(/\w/);
      for (const parameter of parameters)
        expect(parameter.description, `${name} ${parameter.name}`).toMatch(/\w/);
    }
  });

  it('says of every enumeration that it is text', () => {
    const untyped: unknown[] = [];
    let enums = 0;
    const look = (node: unknown): void => {
      if (typeof node !== 'object' || node === null) return;
      const { enum: words, type } = node as { enum?: unknown; type?: unknown };
      if (Array.isArray(words)) enums += 1;
      if (Array.isArray(words) && type !== 'string') untyped.push(node);
      Object.values(node).forEach(look);
    };
    look(DOCUMENT);
    expect(untyped).toEqual([]);
    expect(enums).toBeGreaterThan(10);
  });

  it('has parameters in the order in which the page lists them', () => {
    const parameters = DOCUMENT.paths['/api/v1/findings']!.get!.parameters!;
    expect(parameters.map(({ name }) => name)).toEqual([
      'state',
      'kind',
      'severity',
      'ip',
      'service',
      'namespace',
      'since',
      'limit',
      'cursor',
    ]);
  });

  it('keeps what only a schema inside this program knows to itself', () => {
    expect(JSON.stringify(DOCUMENT)).not.toMatch(/"(\$id|~[a-z]+)":/);
  });
});

describe('the examples', () => {
  const schemas = new Map<string, TSchema>();
  const collect = (schema: unknown): void => {
    if (typeof schema !== 'object' || schema === null) return;
    const { $id } = schema as TSchemaOptions;
    if ($id !== undefined) schemas.set($id, schema as TSchema);
    Object.values(schema).forEach(collect);
  };
  for (const { body, answer } of ROUTES) [body, answer.schema, ProblemSchema].forEach(collect);

  it.each(Object.keys(EXAMPLES))('of %s is one', (name) => {
    expect(schemas.has(name)).toBe(true);
    expect(Errors(schemas.get(name)!, EXAMPLES[name])).toEqual([]);
    expect(DOCUMENT.components.schemas[name]!.examples).toEqual([EXAMPLES[name]]);
  });

  it('are there for all that a list, an event or a request has', () => {
    const wanted = [...schemas.keys()].filter((name) => /(Page|Event|Request)$/.test(name));
    const without = wanted.filter((name) => DOCUMENT.components.schemas[name]!.examples === undefined);
    expect(without).toEqual(['StreamEvent']);
    expect(DOCUMENT.components.schemas.VipPage!.examples).toEqual([
      { items: [EXAMPLES.Vip], total: 1, next: null },
    ]);
  });
});

describe('every event is as documented', () => {
  const sources = { iso: (at: number) => new Date(at / 1000).toISOString(), now: () => NOON };
  const takeover = sampleTakeover({
    serviceGap: { gapMs: 12, open: false, uncertaintyMs: 1, servedMs: 3, note: null },
  });
  const { segment: _, ...step } = sampleLease();
  const events: WatchEvent[] = [
    findingEvent(),
    findingEvent({ kind: 'dhcp-range-overlaps-pool', segment: null, vip: null }),
    { type: 'finding', action: 'changed', changed: ['severity'], at: NOON, finding: sampleFinding() },
    { type: 'finding', action: 'changed', changed: ['acknowledged'], at: NOON, finding: sampleFinding() },
    findingEvent({
      acknowledged: { by: null, comment: 'known', at: '2026-03-01T12:00:00Z', until: '2026-03-01T20:00:00Z' },
    }),
    { type: 'takeover', at: NOON, takeover: sampleTakeover() },
    { type: 'service-gap', at: NOON, takeover },
    { type: 'lease', at: NOON, segment: ETH0, step: { ...step, unconfirmed: false } },
    { type: 'lease', at: NOON, segment: VLAN10, step: { ...step, unconfirmed: false, seconds: null } },
    { type: 'lease', at: NOON, segment: ETH0, step: { ...step, unconfirmed: false, prefixLength: 56 } },
  ];

  /** What the stream sends for it. */
  function sent(tell: (stream: EventStream) => void, lastEventId?: string): Record<string, unknown> {
    const chunks: string[] = [];
    const stream = new EventStream('7', sources);
    const write = (chunk: string) => chunks.push(chunk) > 0;
    stream.attach({ write, writableLength: 0, end: () => {}, destroy: () => {} }, { lastEventId });
    tell(stream);
    return JSON.parse(chunks.at(-1)!.split('\ndata: ')[1]!);
  }

  it.each(events)('$type', (event) => {
    const data = sent((stream) => stream.publish([event]));
    expect(Errors(EventSchema, data)).toEqual([]);
    expect(EVENT_TYPES).toContain(data.type);
    if (event.type === 'lease') expect(data.prefixLength).toBe(event.step.prefixLength);
  });

  it('failover-test', () => {
    const test = sampleTest({ vantagePoints: [seenFrom('node-3', leg({}))] });
    const data = sent((stream) => stream.publishTest(test, NOON));
    expect(Errors(FailoverTestEventSchema, data)).toEqual([]);
    expect(EVENT_TYPES).toContain(data.type);
  });

  it('reset', () => {
    const data = sent(() => {}, 'nonsense');
    expect(data).toEqual({ type: 'reset', at: '2026-03-01T12:00:00.000Z', reason: 'unknown-id' });
    expect(Errors(EventSchema, data)).toEqual([]);
  });
});
