import type { TSchema } from 'typebox/type';
import { Errors } from 'typebox/value';
import { afterEach, describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../../src/base/time.ts';
import {
  type FailoverTest,
  type FailoverTestSpec,
  type FailoverTests,
  TestsUnavailable,
} from '../../../src/failover/failover-test.ts';
import type { Authorization, ChangeVerb } from '../../../src/serve/http/authorization.ts';
import { pageOf } from '../../../src/serve/http/listing.ts';
import { ProblemSchema } from '../../../src/serve/http/problem.ts';
import { FailoverTestSchema } from '../../../src/serve/render/schemas.ts';
import { leg, sampleTest, seenFrom } from '../../failover/measured.ts';
import { NOON } from '../sample.ts';
import { type SampleServer, sampleServer } from '../server.ts';
import { Porter } from './porter.ts';

const PATH = '/api/v1/failover-tests';
const TOKEN = 'correct-horse-battery';
const BEARER = { authorization: `Bearer ${TOKEN}` };

/** A store as a value: what it was asked, and what it answers. */
class Store implements FailoverTests {
  readonly created: { spec: FailoverTestSpec; requestedBy: string | null }[] = [];
  readonly cancelled: string[] = [];
  tests: FailoverTest[] = [sampleTest({ vantagePoints: [seenFrom('node-3', leg({}))] })];
  answer: (test: FailoverTest) => FailoverTest = (test) => test;

  list = () => this.tests;
  get = (id: string) => this.tests.find((test) => test.id === id);
  async create(spec: FailoverTestSpec, requestedBy: string | null): Promise<FailoverTest> {
    this.created.push({ spec, requestedBy });
    return this.answer(sampleTest({ id: 'new', spec, requestedBy }));
  }
  async cancel(id: string): Promise<FailoverTest | undefined> {
    this.cancelled.push(id);
    const test = this.get(id);
    return test && this.answer({ ...test, phase: 'Cancelled' });
  }
}

let running: SampleServer | undefined;
afterEach(async () => {
  await running?.server.close();
  running = undefined;
});

async function start(store: Store | null = new Store(), porter: Porter | null = new Porter(), off = false) {
  running = await sampleServer({ now: () => NOON }, {}, { tests: store, authorizer: porter, off });
  const { server } = running;
  return async (
    method: 'GET' | 'POST' | 'DELETE',
    url: string,
    body?: unknown,
    headers: object = BEARER,
    remoteAddress = '127.0.0.1',
  ) => {
    const payload = body === undefined ? {} : { payload: body as object };
    const request = { method, url, headers: { ...headers }, remoteAddress, ...payload };
    const response = await server.fastify.inject(request);
    return { status: response.statusCode, headers: response.headers, body: response.json() };
  };
}

function asDocumented(schema: TSchema, body: unknown): void {
  expect(Errors(schema, body)).toEqual([]);
}

describe('reading', () => {
  it('is open to everyone, the latest test first', async () => {
    const store = new Store();
    store.tests = [
      sampleTest({ id: 'old' }),
      sampleTest({ id: 'young', createdAt: '2026-03-01T12:00:00.005000Z' }),
      sampleTest({ id: 'younger', createdAt: '2026-03-02T12:00:00.000000Z' }),
    ];
    const ask = await start(store);
    const { status, body } = await ask('GET', PATH, undefined, {});
    expect(status).toBe(200);
    asDocumented(pageOf(FailoverTestSchema), body);
    expect(body.items.map(({ id }: { id: string }) => id)).toEqual(['younger', 'young', 'old']);
    const page = await ask('GET', `${PATH}?limit=2`, undefined, {});
    const next = await ask('GET', `${PATH}?limit=2&cursor=${page.body.next}`, undefined, {});
    expect(next.body.items.map(({ id }: { id: string }) => id)).toEqual(['old']);
  });

  it('shows one test, with durations as they are written, and not who asked for it', async () => {
    const ask = await start();
    const { status, body } = await ask('GET', `${PATH}/first`, undefined, {});
    expect(status).toBe(200);
    asDocumented(FailoverTestSchema, body);
    expect(body).toMatchObject({ id: 'first', vip: '192.168.1.240', maxGap: '10s', timeLimit: '2m' });
    expect(body.vantagePoints[0].legs[0]).toMatchObject({ leg: 'failover', gapMs: 1_400 });
    expect(JSON.stringify(body)).not.toContain('secret-robot');
  });

  it.each([['none'], ['../..'], ['%00'], ['first%2Fx']])('of the test %s is 404', async (id) => {
    const { status, body } = await (await start())('GET', `${PATH}/${id}`, undefined, {});
    expect(status).toBe(404);
    asDocumented(ProblemSchema, body);
  });

  it('where none can be run shows none', async () => {
    const ask = await start(null);
    expect((await ask('GET', PATH)).body).toEqual({ items: [], total: 0, next: null });
    expect((await ask('GET', `${PATH}/first`)).status).toBe(404);
  });
});

describe('POST', () => {
  it('creates a test with the defaults, for whom the token is', async () => {
    const [store, porter] = [new Store(), new Porter()];
    const ask = await start(store, porter);
    const { status, headers, body } = await ask('POST', PATH, { vip: '192.168.1.240' });
    expect(status).toBe(201);
    expect(headers.location).toBe(`${PATH}/new`);
    asDocumented(FailoverTestSchema, body);
    const spec = { vip: '192.168.1.240', mode: 'observe', maxGap: 10 * SECOND, timeLimit: 2 * MINUTE };
    expect(store.created).toEqual([{ spec, requestedBy: 'carol' }]);
    expect(porter.asked).toEqual([[TOKEN, 'create']]);
  });

  it('takes everything that can be said', async () => {
    const store = new Store();
    const ask = await start(store);
    const said = { vip: 'FD00::0050', mode: 'freeze', maxGap: '1500ms', timeLimit: '5m' };
    expect((await ask('POST', PATH, said)).body).toMatchObject({ ...said, vip: 'fd00::50' });
    const spec = { vip: 'fd00::50', mode: 'freeze', maxGap: 1_500_000, timeLimit: 5 * MINUTE };
    expect(store.created[0]?.spec).toEqual(spec);
  });

  it('answers 409 with the reason where the test is refused, and where it can be read again', async () => {
    const store = new Store();
    store.answer = (test) => ({ ...test, phase: 'Refused', message: 'It already has a problem.' });
    const { status, headers, body } = await (await start(store))('POST', PATH, { vip: '192.168.1.240' });
    expect(status).toBe(409);
    expect(headers['content-type']).toMatch(/^application\/problem\+json/);
    asDocumented(ProblemSchema, body);
    expect(body).toEqual({
      type: 'about:blank',
      title: 'Refused',
      status: 409,
      detail: 'It already has a problem.',
      instance: `${PATH}/new`,
    });
  });

  it.each([
    [{}, 'vip: is missing'],
    [[], 'expected a JSON object'],
    ['null', 'expected a JSON object'],
    [{ vip: '192.168.1.300' }, 'vip: "192.168.1.300" is not the address of a VIP'],
    [{ vip: 7 }, 'vip: must be string'],
    [{ vip: '10.0.0.1', mode: 'unplug' }, 'mode: expected one of observe, drain, delete-pod, freeze'],
    [{ vip: '10.0.0.1', maxGap: '10' }, /^maxGap: "10" is not a duration/],
    [{ vip: '10.0.0.1', timeLimit: '2d' }, 'timeLimit: "2d" is out of bounds: from 5s to 1h'],
    [{ vip: '10.0.0.1', force: true }, 'force: unknown key'],
    ['{', undefined],
  ])('of %j is 400', async (body, detail) => {
    const store = new Store();
    const ask = await start(store);
    const headers = { ...BEARER, 'content-type': 'application/json' };
    const answer = await ask('POST', PATH, body, headers);
    expect(answer.status).toBe(400);
    if (typeof detail === 'string') expect(answer.body.detail).toBe(detail);
    else if (detail) expect(answer.body.detail).toMatch(detail);
    expect(store.created).toEqual([]);
  });

  it.each([
    ['text/plain', 415],
    ['application/x-www-form-urlencoded', 415],
  ])('of %s is %i', async (type, expected) => {
    const ask = await start();
    const { status } = await ask('POST', PATH, '{"vip":"10.0.0.1"}', { ...BEARER, 'content-type': type });
    expect(status).toBe(expected);
  });

  it('of too much is 413', async () => {
    const { status } = await (await start())('POST', PATH, { vip: '1'.repeat(5_000) });
    expect(status).toBe(413);
  });

  it('where none can be run is 503', async () => {
    expect((await (await start(null))('POST', PATH, { vip: '10.0.0.1' })).status).toBe(503);
  });

  it('where tests cannot be kept is 503, and says why', async () => {
    const store = new Store();
    store.answer = () => {
      throw new TestsUnavailable('the API server cannot be reached');
    };
    const { status, body } = await (await start(store))('POST', PATH, { vip: '10.0.0.1' });
    expect({ status, detail: body.detail }).toEqual({
      status: 503,
      detail: 'the API server cannot be reached',
    });
  });
});

describe('DELETE', () => {
  it('cancels, for who may', async () => {
    const [store, porter] = [new Store(), new Porter()];
    const { status, body } = await (await start(store, porter))('DELETE', `${PATH}/first`);
    expect(status).toBe(200);
    asDocumented(FailoverTestSchema, body);
    expect(body.phase).toBe('Cancelled');
    expect(store.cancelled).toEqual(['first']);
    expect(porter.asked).toEqual([[TOKEN, 'delete']]);
  });

  it('of a test that is not there is 404', async () => {
    expect((await (await start())('DELETE', `${PATH}/none`)).status).toBe(404);
  });

  it('knows no list to delete', async () => {
    const { status, headers } = await (await start())('DELETE', PATH);
    expect({ status, allow: headers.allow }).toEqual({ status: 405, allow: 'GET, HEAD, POST' });
  });

  it('tells what a test can be asked', async () => {
    const { status, headers } = await (await start())('POST', `${PATH}/first`, {});
    expect({ status, allow: headers.allow }).toEqual({ status: 405, allow: 'GET, HEAD, DELETE' });
  });
});

describe('whoever asks for a change', () => {
  const CHANGES = [
    ['POST', PATH],
    ['DELETE', `${PATH}/first`],
  ] as const;

  function untouched(store: Store): void {
    expect(store.created).toEqual([]);
    expect(store.cancelled).toEqual([]);
  }

  describe.each(CHANGES)('by %s', (method, url) => {
    it.each([
      ['no header', {}],
      ['another scheme', { authorization: 'Basic Y2Fyb2w6c2VjcmV0' }],
      ['no token', { authorization: 'Bearer ' }],
      ['two tokens', { authorization: 'Bearer a b' }],
      ['what is no token', { authorization: 'Bearer "quoted"' }],
    ])('with %s gets 401, and nobody is asked', async (_what, headers) => {
      const [store, porter] = [new Store(), new Porter()];
      const answer = await (await start(store, porter))(method, url, undefined, headers);
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="vipwatch"');
      asDocumented(ProblemSchema, answer.body);
      expect(porter.asked).toEqual([]);
      untouched(store);
    });

    it('with a wrong token gets 401', async () => {
      const [store, porter] = [new Store(), new Porter()];
      porter.answer = { kind: 'unknown' };
      const answer = await (await start(store, porter))(method, url);
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="vipwatch", error="invalid_token"');
      expect(JSON.stringify([answer.headers, answer.body])).not.toContain(TOKEN);
      untouched(store);
    });

    it('without the right gets 403, and is told which right', async () => {
      const [store, porter] = [new Store(), new Porter()];
      porter.answer = { kind: 'forbidden', reason: 'carol may not' };
      const { status, body } = await (await start(store, porter))(method, url);
      expect({ status, detail: body.detail }).toEqual({ status: 403, detail: 'carol may not' });
      untouched(store);
    });

    it('while nobody can tell gets 503, never through', async () => {
      const [store, porter] = [new Store(), new Porter()];
      porter.answer = { kind: 'unavailable', reason: 'the API server cannot be reached' };
      const { status, body, headers } = await (await start(store, porter))(method, url);
      expect(status).toBe(503);
      expect(body.detail).toContain('the API server cannot be reached');
      expect(headers['retry-after']).toBe('10');
      untouched(store);
    });

    it('where the one to ask breaks gets 500, never through', async () => {
      const store = new Store();
      const porter = new Porter();
      porter.authorize = async () => {
        throw new Error('broken');
      };
      expect((await (await start(store, porter))(method, url)).status).toBe(500);
      untouched(store);
    });

    it('where nobody may gets 403 and the reason, token or not', async () => {
      const store = new Store();
      const ask = await start(store, null);
      for (const headers of [BEARER, {}]) {
        const { status, body } = await ask(method, url, undefined, headers);
        expect(status).toBe(403);
        expect(body.detail).toContain('http.tokenFile');
      }
      untouched(store);
    });

    it('too often gets 429 and is told when to come back, and reads on', async () => {
      const [store, porter] = [new Store(), new Porter()];
      porter.answer = { kind: 'unknown' };
      const ask = await start(store, porter);
      const statuses: number[] = [];
      for (let i = 0; i < 12; i += 1) statuses.push((await ask(method, url)).status);
      expect(statuses).toEqual([...new Array(10).fill(401), 429, 429]);
      const last = await ask(method, url);
      expect(last.status).toBe(429);
      expect(last.headers['retry-after']).toBe('3');
      expect((await ask('GET', PATH)).status).toBe(200);
      expect(porter.asked).toHaveLength(10);
    });
  });

  describe('and is known here', () => {
    /** Knows one token only. */
    class Knowing extends Porter {
      override async authorize(token: string, verb: ChangeVerb): Promise<Authorization> {
        this.asked.push([token, verb]);
        return token === TOKEN ? this.answer : { kind: 'unknown' };
      }
    }
    const stranger = { authorization: 'Bearer made-up' };

    it('is not kept from cancelling by strangers, with a token or without', async () => {
      const ask = await start(new Store(), new Knowing());
      expect((await ask('POST', PATH, { vip: '192.168.1.240' })).status).toBe(201);
      for (const headers of [stranger, {}])
        for (let i = 0; i < 200; i += 1)
          await ask('DELETE', `${PATH}/first`, undefined, headers, `10.0.0.${i}`);
      expect((await ask('DELETE', `${PATH}/first`, undefined, stranger, '10.9.9.9')).status).toBe(429);
      for (const address of ['127.0.0.1', '10.0.0.1', '10.9.9.9'])
        expect((await ask('DELETE', `${PATH}/first`, undefined, BEARER, address)).status).toBe(200);
    });

    it('is not kept from cancelling by what it asked for itself', async () => {
      const ask = await start(new Store(), new Knowing());
      const statuses: number[] = [];
      for (let i = 0; i < 13; i += 1)
        statuses.push((await ask('POST', PATH, { vip: '192.168.1.240' })).status);
      expect(statuses).toEqual([...new Array(11).fill(201), 429, 429]);
      expect((await ask('DELETE', `${PATH}/first`)).status).toBe(200);
    });

    it('is a stranger again once its token is worth nothing', async () => {
      const porter = new Knowing();
      const ask = await start(new Store(), porter);
      expect((await ask('DELETE', `${PATH}/first`)).status).toBe(200);
      porter.answer = { kind: 'unknown' };
      const statuses: number[] = [];
      for (let i = 0; i < 12; i += 1) statuses.push((await ask('DELETE', `${PATH}/first`)).status);
      expect(statuses).toEqual([...new Array(11).fill(401), 429]);
    });

    it('costs whoever has no token but their own turns', async () => {
      const porter = new Knowing();
      const ask = await start(new Store(), porter);
      for (let i = 0; i < 12; i += 1) await ask('POST', PATH, undefined, {});
      expect((await ask('POST', PATH, undefined, {})).status).toBe(429);
      expect((await ask('POST', PATH, undefined, {}, '10.0.0.2')).status).toBe(401);
      // The same machine, for the first time with a token.
      expect((await ask('POST', PATH, { vip: '192.168.1.240' })).status).toBe(201);
      expect(porter.asked).toHaveLength(1);
    });

    it('asks about no more tokens than a few, however many machines try some', async () => {
      const porter = new Knowing();
      const ask = await start(new Store(), porter);
      for (let i = 0; i < 100; i += 1) await ask('POST', PATH, undefined, stranger, `10.0.0.${i}`);
      expect(porter.asked).toHaveLength(30);
    });
  });

  it.each(CHANGES)('by %s where tests are turned off is told which option that is', async (method, url) => {
    const porter = new Porter();
    const { status, body } = await (await start(null, porter, true))(method, url);
    expect({ status, detail: body.detail }).toEqual({
      status: 403,
      detail: 'failover tests are turned off: failoverTest.modes lists none',
    });
    expect(porter.asked).toEqual([]);
  });

  it('is told by what scheme, in the document for machines', async () => {
    const { body } = await (await start())('GET', '/openapi.json');
    expect(body.components.securitySchemes.bearer).toEqual({
      type: 'http',
      scheme: 'bearer',
      description: expect.stringContaining('`http.tokenFile`'),
    });
    expect(body.paths[PATH].post.security).toEqual([{ bearer: [] }]);
    expect(body.paths[`${PATH}/{id}`].delete.security).toEqual([{ bearer: [] }]);
    expect(body.paths[PATH].get.security).toEqual([]);
    const { schema } = body.paths[PATH].post.requestBody.content['application/json'];
    expect(schema).toEqual({ $ref: '#/components/schemas/FailoverTestRequest' });
    expect(Object.keys(body.components.schemas.FailoverTestRequest.properties)).toEqual([
      'vip',
      'mode',
      'maxGap',
      'timeLimit',
    ]);
  });
});
