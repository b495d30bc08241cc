import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiConnection } from '../../../src/host/kubernetes/connection.ts';
import { ApiObjects } from '../../../src/host/kubernetes/objects.ts';
import { ApiServer, answer } from './api-server.ts';

const PATH = '/api/v1/nodes/node-1';
const NODE = { metadata: { name: 'node-1' } };

let server: ApiServer;
let end: AbortController;
let results: string[];
let objects: ApiObjects;

beforeEach(async () => {
  server = await ApiServer.start();
  end = new AbortController();
  results = [];
  const connection = new ApiConnection(server.access(), () => {});
  end.signal.addEventListener('abort', () => connection.close());
  const onResult = (verb: string, result: string) => results.push(`${verb} ${result}`);
  objects = new ApiObjects({ connection, onResult, signal: end.signal });
});

afterEach(async () => {
  end.abort();
  await server[Symbol.asyncDispose]();
});

describe('objects of the API', () => {
  it.each([
    { verb: 'get', method: 'GET', ask: () => objects.get(PATH), sent: '' },
    { verb: 'list', method: 'GET', ask: () => objects.list(PATH), sent: '' },
    { verb: 'create', method: 'POST', ask: () => objects.create(PATH, NODE), sent: JSON.stringify(NODE) },
    { verb: 'patch', method: 'PATCH', ask: () => objects.patch(PATH, NODE), sent: JSON.stringify(NODE) },
    { verb: 'delete', method: 'DELETE', ask: () => objects.delete(PATH), sent: '' },
  ])('$verb', async ({ verb, method, ask, sent }) => {
    const answered = ask();
    const asked = await server.next();
    expect(asked).toMatchObject({ method, path: PATH });
    expect(await text(asked.stream)).toBe(sent);
    answer(asked, 200, NODE);
    expect(await answered).toEqual({ ok: true, object: NODE });
    expect(results).toEqual([`${verb} ok`]);
  });

  it.each([
    { status: 403, problem: 'forbidden' },
    { status: 404, problem: 'not-served' },
    { status: 409, problem: 'conflict' },
    { status: 422, problem: 'server-error' },
    { status: 429, problem: 'overloaded' },
  ])('says why it was refused with $status, in the words of the API', async ({ status, problem }) => {
    const answered = objects.patch(PATH, NODE);
    answer(await server.next(), status, { kind: 'Status', message: 'nodes "node-1" is not to be touched' });
    expect(await answered).toEqual({ ok: false, problem, detail: 'nodes "node-1" is not to be touched' });
    expect(results).toEqual([`patch ${problem}`]);
  });

  it('says so where the answer is none of the API', async () => {
    const answered = objects.get(PATH);
    answer(await server.next(), 502, 'Bad Gateway');
    expect(await answered).toEqual({
      ok: false,
      problem: 'server-error',
      detail: 'the API server answered 502',
    });
    const half = objects.get(PATH);
    answer(await server.next(), 200, '{"metadata":');
    expect(await half).toMatchObject({ ok: false, problem: 'malformed' });
  });

  it('says so where the server is gone', async () => {
    const answered = objects.get(PATH);
    await server.next();
    server.hangUp();
    expect(await answered).toMatchObject({ ok: false, problem: 'unreachable' });
  });

  it('gives up in time where that is limited, and asks nothing then', async () => {
    const limited = objects.within(20);
    expect(await limited.get(PATH)).toMatchObject({ ok: false, problem: 'timed-out' });
    expect(await limited.patch(PATH, NODE)).toMatchObject({ ok: false, problem: 'timed-out' });
    // On a busy machine the first one's time is over before the server hears of it.
    expect(server.count).toBeLessThanOrEqual(1);
  });

  it('asks nothing more once all has ended', async () => {
    end.abort();
    expect(await objects.delete(PATH)).toMatchObject({ ok: false });
    expect(server.count).toBe(0);
  });
});
