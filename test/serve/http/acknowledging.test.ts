// Acknowledging over HTTP: who may, what is said of each mistake, and that nothing but the one finding is concerned.
import type { TSchema } from 'typebox/type';
import { Errors } from 'typebox/value';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type AcknowledgementStore,
  AcknowledgingRefused,
  AcknowledgingUnavailable,
} from '../../../src/acknowledge/acknowledging.ts';
import type { Authorizer } from '../../../src/serve/http/authorization.ts';
import { ProblemSchema } from '../../../src/serve/http/problem.ts';
import { AcknowledgedSchema } from '../../../src/serve/render/schemas.ts';
import type { Acknowledgement } from '../../../src/watch/finding/acknowledgement.ts';
import { NOON, sampleFinding, sampleView } from '../sample.ts';
import { type SampleServer, sampleServer } from '../server.ts';
import { Porter } from './porter.ts';

const TOKEN = 'correct-horse-battery';
const BEARER = { authorization: `Bearer ${TOKEN}` };
const ACTIVE = sampleFinding();
const WARNING = sampleFinding({ id: 'w', severity: 'warning' });
const ASKED = { comment: 'the router is replaced at six', until: '8h' };
const pathOf = (id: string) => `/api/v1/findings/${encodeURIComponent(id)}/acknowledge`;
const PATH = pathOf(ACTIVE.id);

class Store implements AcknowledgementStore {
  readonly kept: Acknowledgement[] = [];
  readonly removed: string[] = [];
  error: Error | null = null;

  async put(one: Acknowledgement): Promise<void> {
    if (this.error) throw this.error;
    this.kept.push(one);
  }

  async remove(finding: string): Promise<boolean> {
    if (this.error) throw this.error;
    this.removed.push(finding);
    return finding === ACTIVE.id;
  }
}

let running: SampleServer | undefined;
afterEach(async () => {
  await running?.server.close();
  running = undefined;
});

async function start(store = new Store(), authorizer: Authorizer | null = new Porter(), off = false) {
  const findings = [
    ACTIVE,
    WARNING,
    sampleFinding({ id: 'resolved', state: 'resolved', resolvedAt: NOON + 3 }),
    sampleFinding({ id: 'refused', kind: 'findings-refused' }),
    sampleFinding({ id: 'suppressed', state: 'suppressed', suppressed: { by: 'off', comment: null } }),
  ];
  const view = { ...sampleView(), finding: (id: string) => findings.find((one) => one.id === id) };
  const failover = { tests: null, authorizer, off };
  running = await sampleServer({ view, now: () => NOON }, {}, failover, { acknowledgements: store });
  const { server } = running;
  return async (method: 'POST' | 'DELETE', url: string, body?: unknown, headers: object = BEARER) => {
    const payload = body === undefined ? {} : { payload: body as object };
    const response = await server.fastify.inject({ method, url, headers: { ...headers }, ...payload });
    return { status: response.statusCode, headers: response.headers, body: response.json() };
  };
}

function asDocumented(schema: TSchema, body: unknown): void {
  expect(Errors(schema, body)).toEqual([]);
}

describe('acknowledging', () => {
  it('keeps who, why, when and until when, for the finding as it is', async () => {
    const store = new Store();
    const ask = await start(store);
    const { status, body } = await ask('POST', PATH, ASKED);
    expect(status).toBe(200);
    asDocumented(AcknowledgedSchema, body);
    const acknowledged = {
      by: 'carol',
      comment: ASKED.comment,
      at: '2026-03-01T12:00:00.000Z',
      until: '2026-03-01T20:00:00.000000Z',
    };
    expect(body).toEqual(acknowledged);
    expect((await ask('POST', pathOf('w'), ASKED)).status).toBe(200);
    const known = { confirmed: true, service: 'traefik/traefik', macs: null, ...acknowledged };
    expect(store.kept).toEqual([
      { finding: ACTIVE.id, severity: 'critical', ...known },
      { finding: 'w', severity: 'warning', ...known },
    ]);
  });

  it('takes one that is over, and may come again', async () => {
    const store = new Store();
    expect((await (await start(store))('POST', pathOf('resolved'), ASKED)).status).toBe(200);
    expect(store.kept).toMatchObject([{ finding: 'resolved', severity: 'critical' }]);
  });

  it('keeps a name as it can be shown', async () => {
    const [store, porter] = [new Store(), new Porter()];
    porter.answer = { kind: 'allowed', user: 'oidc:an\u00adna\t' };
    const { body } = await (await start(store, porter))('POST', PATH, ASKED);
    expect([body.by, store.kept[0]?.by]).toEqual(['oidc:an\ufffdna\ufffd', 'oidc:an\ufffdna\ufffd']);
  });

  it.each([
    ['unknown', 404, 'there is no finding unknown; another agent may have it'],
    [
      'refused',
      409,
      'this finding is about other findings, different ones each time: fix what fills the agent with findings, or silence this kind in the configuration',
    ],
    ['suppressed', 409, 'this finding is suppressed: it alerts nobody, so there is nothing to acknowledge'],
  ])('of one that is %s is %i', async (id, status, detail) => {
    const store = new Store();
    const answer = await (await start(store))('POST', pathOf(id), ASKED);
    expect(answer).toMatchObject({ status, body: { detail } });
    asDocumented(ProblemSchema, answer.body);
    expect(store.kept).toEqual([]);
  });

  it.each([
    [{}, 'comment: is missing; until: is missing'],
    [{ ...ASKED, untill: '8h' }, 'untill: unknown key'],
    [{ ...ASKED, until: 8 }, 'until: must be string'],
    [{ ...ASKED, comment: 'x'.repeat(300) }, 'comment: has 300 characters: shorten it to 200 at most'],
    [{ ...ASKED, until: '31d' }, /^until: "31d" is more than 30 days away: name an earlier end/],
    [
      { ...ASKED, until: '2026-03-01T11:59:59Z' },
      /^until: "2026-03-01T11:59:59Z" is not in the future, it is 2026-03-01T12:00/,
    ],
    [[], 'expected a JSON object'],
  ])('by %j is 400, with each mistake', async (body, detail) => {
    const store = new Store();
    const answer = await (await start(store))('POST', PATH, body);
    expect(answer).toMatchObject({ status: 400, body: { detail: expect.stringMatching(detail) } });
    expect(store.kept).toEqual([]);
  });

  it('by a comment of 10,000 characters is 413, and says how much is read', async () => {
    const store = new Store();
    const answer = await (await start(store))('POST', PATH, { ...ASKED, comment: 'x'.repeat(10_000) });
    const detail = 'the body is longer than 4096 bytes: shorten it';
    expect(answer).toMatchObject({ status: 413, body: { detail } });
    // The look-alike: the longest comment, as JSON may write it.
    const longest = JSON.stringify({ ...ASKED, comment: '😀'.repeat(200) }).replaceAll(
      /[^\x20-\x7e]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16)}`,
    );
    const json = { ...BEARER, 'content-type': 'application/json' };
    expect(
      (await running!.server.fastify.inject({ method: 'POST', url: PATH, headers: json, payload: longest }))
        .statusCode,
    ).toBe(200);
    expect(store.kept).toMatchObject([{ comment: '😀'.repeat(200) }]);
  });

  it.each([
    [new AcknowledgingRefused('no room'), 409],
    [new AcknowledgingUnavailable('the API server is away'), 503],
    [new Error('ours'), 500],
  ])('where %s is %i', async (error, status) => {
    const store = new Store();
    store.error = error;
    const ask = await start(store);
    for (const method of ['POST', 'DELETE'] as const) {
      const answer = await ask(method, PATH, method === 'POST' ? ASKED : undefined);
      expect(answer.status).toBe(status);
      asDocumented(ProblemSchema, answer.body);
      if (status !== 500) expect(answer.body.detail).toBe(error.message);
    }
  });
});

describe('taking it back', () => {
  it('is done for this one, also where its finding is not known here', async () => {
    const store = new Store();
    const ask = await start(store);
    expect(await ask('DELETE', PATH)).toMatchObject({ status: 200, body: { acknowledged: null } });
    expect(await ask('DELETE', pathOf('of another agent'))).toMatchObject({
      status: 404,
      body: { detail: 'no finding of another agent is acknowledged' },
    });
    expect(store.removed).toEqual([ACTIVE.id, 'of another agent']);
  });

  it('is told to the log, with who did it, like the acknowledging itself, and nothing that was refused', async () => {
    const store = new Store();
    const ask = await start(store);
    await ask('POST', PATH, ASKED);
    await ask('DELETE', PATH);
    await ask('DELETE', pathOf('of another agent'));
    await ask('POST', pathOf('unknown'), ASKED);
    await ask('DELETE', PATH, undefined, {});
    store.error = new AcknowledgingUnavailable('the API server is away');
    await ask('POST', PATH, ASKED);
    await ask('DELETE', PATH);
    const of = { finding: ACTIVE.id, by: 'carol' };
    expect(running!.acknowledging).toEqual([
      { action: 'acknowledged', ...of, comment: ASKED.comment, until: '2026-03-01T20:00:00.000000Z' },
      { action: 'taken-back', ...of },
    ]);
  });
});

describe('who may', () => {
  it.each([
    ['nobody said who', {}, undefined, 401],
    ['the token is wrong', BEARER, { kind: 'unknown' } as const, 401],
    ['they have no right', BEARER, { kind: 'forbidden', reason: 'carol may not' } as const, 403],
    ['nobody can tell', BEARER, { kind: 'unavailable', reason: 'the API server is away' } as const, 503],
  ])('is refused where %s', async (_why, headers, answer, status) => {
    const [store, porter] = [new Store(), new Porter()];
    if (answer) porter.answer = answer;
    const ask = await start(store, porter);
    expect((await ask('POST', PATH, ASKED, headers)).status).toBe(status);
    expect((await ask('DELETE', PATH, undefined, headers)).status).toBe(status);
    expect([store.kept, store.removed]).toEqual([[], []]);
  });

  it('is asked for the right that failover tests take', async () => {
    const porter = new Porter();
    const ask = await start(new Store(), porter);
    await ask('POST', PATH, ASKED);
    await ask('DELETE', PATH);
    expect(porter.asked).toEqual([
      [TOKEN, 'create'],
      [TOKEN, 'delete'],
    ]);
  });

  it('is told nothing of a finding before', async () => {
    const porter = new Porter();
    porter.answer = { kind: 'unknown' };
    expect((await (await start(new Store(), porter))('POST', pathOf('unknown'), {})).status).toBe(401);
  });

  it('is nobody where nobody vouches for anyone', async () => {
    const answer = await (await start(new Store(), null))('POST', PATH, ASKED);
    expect(answer).toMatchObject({
      status: 403,
      body: { detail: expect.stringMatching(/^changes are disabled here: /) },
    });
  });

  it('is the same where failover tests are turned off', async () => {
    const ask = await start(new Store(), new Porter(), true);
    expect((await ask('POST', PATH, ASKED)).status).toBe(200);
    const test = await ask('POST', '/api/v1/failover-tests', { vip: '192.168.1.50' });
    expect(test).toMatchObject({ status: 403, body: { detail: expect.stringMatching(/turned off/) } });
  });
});
