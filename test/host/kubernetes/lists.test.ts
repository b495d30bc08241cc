// Lists that an agent reads once, page by page.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ApiConnection } from '../../../src/host/kubernetes/connection.ts';
import { ApiLists } from '../../../src/host/kubernetes/lists.ts';
import { ApiServer, answer } from './api-server.ts';

const PATH = '/api/v1/events';

let server: ApiServer;
let end: AbortController;
let connection: ApiConnection;
let results: string[];
let given: unknown[];

beforeEach(async () => {
  server = await ApiServer.start();
  end = new AbortController();
  connection = new ApiConnection(server.access(), () => {});
  results = [];
  given = [];
});

afterEach(async () => {
  end.abort();
  connection.close();
  await server[Symbol.asyncDispose]();
});

function lists(answerWithinMs?: number): ApiLists {
  const onResult = (verb: string, result: string) => results.push(`${verb} ${result}`);
  const { signal } = end;
  return new ApiLists({
    connection,
    onResult,
    signal,
    ...(answerWithinMs !== undefined && { answerWithinMs }),
  });
}

const take = (raw: unknown) => {
  given.push(raw);
  return true;
};

it('gives all pages, keeps the selector, and asks for compressed answers', async () => {
  const listed = lists().list(`${PATH}?fieldSelector=reason%3DFailedAttachVolume`, take);
  const first = await server.next();
  expect([first.path, ...first.query.values()]).toEqual([PATH, 'reason=FailedAttachVolume', '100']);
  expect(first.encoding).toBe('gzip');
  answer(first, 200, { metadata: { continue: 'n 2' }, items: [{ a: 1 }, { a: 2 }] });
  const second = await server.next();
  expect(second.query.get('continue')).toBe('n 2');
  answer(second, 200, { metadata: {}, items: [{ a: 3 }] });
  expect(await listed).toEqual({ kind: 'listed' });
  expect(given).toEqual([{ a: 1 }, { a: 2 }, { a: 3 }]);
  expect(results).toEqual(['list ok', 'list ok']);
});

it('asks for no more than is wanted', async () => {
  const listed = lists().list(PATH, (raw) => take(raw) && given.length < 2);
  answer(await server.next(), 200, { metadata: { continue: 'x' }, items: [{ a: 1 }, { a: 2 }, { a: 3 }] });
  expect(await listed).toEqual({ kind: 'listed' });
  expect([given.length, server.count]).toEqual([2, 1]);
});

it.each([
  [404, { kind: 'not-served' }],
  [403, { kind: 'failed', reason: 'forbidden', isAway: false }],
  [410, { kind: 'failed', reason: 'HTTP 410: too old', isAway: false }],
  [500, { kind: 'failed', reason: 'HTTP 500: too old', isAway: false }],
])('says of %i what it means', async (status, outcome) => {
  const listed = lists().list(PATH, take);
  answer(await server.next(), status, { kind: 'Status', message: 'too old\nfor this' });
  expect(await listed).toEqual(outcome);
});

it('gives up on one that does not answer in time: nobody is there, or it is slow with this kind alone', async () => {
  const reader = lists(200);
  const reason = 'no answer within 0.2 s';
  expect(await reader.list(PATH, take)).toEqual({ kind: 'failed', reason, isAway: true });
  await server.next();
  const answered = reader.list(PATH, take);
  answer(await server.next(), 403, {});
  await answered;
  expect(await reader.list(PATH, take)).toEqual({ kind: 'failed', reason, isAway: false });
});

it('says that nobody listens', async () => {
  await server[Symbol.asyncDispose]();
  expect(await lists().list(PATH, take)).toEqual({
    kind: 'failed',
    reason: 'no program listens there',
    isAway: true,
  });
});
