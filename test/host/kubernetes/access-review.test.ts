import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SECOND } from '../../../src/base/time.ts';
import { AccessReview } from '../../../src/host/kubernetes/access-review.ts';
import { ApiConnection } from '../../../src/host/kubernetes/connection.ts';
import { ApiServer, type Asked, answer } from './api-server.ts';

const TOKEN = 'eyJhbGciOi.payload.signature';
const USER = {
  username: 'carol',
  uid: 'u-1',
  groups: ['ops', 'system:authenticated'],
  extra: { scopes: ['a'] },
};
const RESOURCE = { group: 'vipwatch.dev', resource: 'failovertests', namespace: 'vipwatch' };
const KNOWN = { status: { authenticated: true, user: USER } };
const ALLOWED = { status: { allowed: true } };

let server: ApiServer;
let connection: ApiConnection;
let review: AccessReview;
let now: number;
let results: string[];

beforeEach(async () => {
  server = await ApiServer.start();
  connection = new ApiConnection(
    server.access(() => 'own-token'),
    () => {},
  );
  now = 0;
  results = [];
  review = new AccessReview({
    connection,
    resource: RESOURCE,
    now: () => now,
    onResult: (verb, result) => results.push(`${verb} ${result}`),
  });
});

afterEach(async () => {
  connection.close();
  await server[Symbol.asyncDispose]();
});

/** The document that a request carries. */
async function document({ stream }: Asked): Promise<unknown> {
  return JSON.parse(await text(stream));
}

describe('AccessReview', () => {
  it('asks whose the token is, then whether they may, with all that the first answer says of them', async () => {
    const asked = review.authorize(TOKEN, 'create');
    const first = await server.next();
    expect(first).toMatchObject({
      method: 'POST',
      path: '/apis/authentication.k8s.io/v1/tokenreviews',
      token: 'own-token',
    });
    expect(await document(first)).toEqual({
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token: TOKEN },
    });
    answer(first, 201, KNOWN);
    const second = await server.next();
    expect(second).toMatchObject({
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    });
    expect(await document(second)).toEqual({
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: {
        user: 'carol',
        uid: 'u-1',
        groups: USER.groups,
        extra: USER.extra,
        resourceAttributes: { ...RESOURCE, verb: 'create' },
      },
    });
    answer(second, 201, ALLOWED);
    expect(await asked).toEqual({ kind: 'allowed', user: 'carol' });
    expect(results).toEqual(['review ok']);
  });

  it('does not know a token that the API server does not know', async () => {
    const asked = review.authorize(TOKEN, 'create');
    answer(await server.next(), 201, { status: { error: 'token has expired' } });
    expect(await asked).toEqual({ kind: 'unknown' });
  });

  it('names the right that is missing', async () => {
    const asked = review.authorize(TOKEN, 'delete');
    answer(await server.next(), 201, KNOWN);
    answer(await server.next(), 201, { status: { allowed: false, reason: 'RBAC: no' } });
    expect(await asked).toEqual({
      kind: 'forbidden',
      reason: 'carol may not delete failovertests.vipwatch.dev in the namespace vipwatch',
    });
  });

  it.each([
    ['403', 403, { message: 'no' }, /does not allow vipwatch to ask/],
    ['401', 401, 'Unauthorized', /does not accept the token of vipwatch/],
    ['429', 429, {}, /asks for fewer requests/],
    ['500', 500, '', /\(server-error\)/],
    ['what is no JSON', 201, '<html>', /\(malformed\)/],
    ['null', 201, 'null', /\(malformed\)/],
    ['a user without a name', 201, { status: { authenticated: true, user: {} } }, /\(malformed\)/],
  ])('cannot tell where the API server answers %s, and asks again', async (_what, status, body, reason) => {
    const asked = review.authorize(TOKEN, 'create');
    answer(await server.next(), status, body);
    expect(await asked).toEqual({ kind: 'unavailable', reason: expect.stringMatching(reason) });
    const again = review.authorize(TOKEN, 'create');
    answer(await server.next(), 201, KNOWN);
    answer(await server.next(), 201, ALLOWED);
    expect((await again).kind).toBe('allowed');
  });

  it.each([
    ['true as a text', { status: { allowed: 'true' } }],
    ['nothing', {}],
  ])('takes %s for no permission', async (_what, body) => {
    const asked = review.authorize(TOKEN, 'create');
    answer(await server.next(), 201, KNOWN);
    answer(await server.next(), 201, body);
    expect((await asked).kind).toBe('forbidden');
  });

  it('cannot tell while the API server is gone', async () => {
    await server[Symbol.asyncDispose]();
    expect(await review.authorize(TOKEN, 'create')).toEqual({
      kind: 'unavailable',
      reason: 'the API server cannot be reached',
    });
    expect(results).toEqual(['review unreachable']);
  });

  it('remembers an answer for ten seconds, for that token and that verb alone', async () => {
    const answerNext = async (known: object) => {
      answer(await server.next(), 201, known);
      if ('status' in known && known === KNOWN) answer(await server.next(), 201, ALLOWED);
    };
    let asked = review.authorize(TOKEN, 'create');
    await answerNext(KNOWN);
    expect((await asked).kind).toBe('allowed');
    now = 10 * SECOND - 1;
    expect((await review.authorize(TOKEN, 'create')).kind).toBe('allowed');
    expect(server.count).toBe(2);
    asked = review.authorize(`${TOKEN}x`, 'create');
    await answerNext({ status: {} });
    expect((await asked).kind).toBe('unknown');
    asked = review.authorize(TOKEN, 'delete');
    await answerNext(KNOWN);
    await asked;
    expect(server.count).toBe(5);
    now = 10 * SECOND;
    asked = review.authorize(TOKEN, 'create');
    await answerNext({ status: {} });
    expect((await asked).kind).toBe('unknown');
  });
});
