import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import { ApiConnection, type ConnectionTimes } from '../../../src/host/kubernetes/connection.ts';
import { Reflector } from '../../../src/host/kubernetes/reflector.ts';
import { ApiServer, accept, answer, answerCompressed, event, list } from './api-server.ts';

let server: ApiServer;
let connection: ApiConnection;
let end: AbortController;
let told: string[];
let results: string[];
let heard: number;
let changed: () => void;

beforeEach(async () => {
  server = await ApiServer.start();
  end = new AbortController();
  told = [];
  results = [];
  heard = 0;
  changed = () => {};
});

afterEach(async () => {
  vi.restoreAllMocks();
  end.abort();
  await server[Symbol.asyncDispose]();
});

function reflect(times: Partial<ConnectionTimes> = {}, token: () => string | null = () => null): Reflector {
  const onHeard = () => {
    heard += 1;
    changed();
  };
  connection = new ApiConnection(server.access(token), onHeard, times);
  end.signal.addEventListener('abort', () => connection.close());
  const nameOf = (object: unknown) => (object as { metadata: { name: string } }).metadata.name;
  const tell = (line: string) => {
    told.push(line);
    changed();
  };
  const reflector = new Reflector({
    connection,
    path: '/api/v1/services',
    selectors: { fieldSelector: 'spec.type=LoadBalancer' },
    copy: {
      update: (object) => tell(`upsert ${nameOf(object)}`),
      delete: (namespace, name) => tell(`remove ${namespace}/${name}`),
      startReplace: () => ({
        add: (objects) => tell(`list ${objects.map(nameOf)}`),
        finish: () => tell('listed'),
      }),
      clear: () => tell('forget'),
    },
    onChange: () => changed(),
    onResult: (verb, result) => results.push(`${verb} ${result}`),
  });
  void reflector.run(end.signal);
  return reflector;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise<void>((resolve) => (changed = resolve));
}

describe('Reflector', () => {
  it('lists page by page, then watches from there', async () => {
    const reflector = reflect();
    const first = await server.next();
    expect(Object.fromEntries(first.query)).toEqual({
      fieldSelector: 'spec.type=LoadBalancer',
      limit: '100',
      resourceVersion: '0',
    });
    answer(first, 200, list(['a', 'b'], '5', 'page-2'));
    const second = await server.next();
    // The API server refuses a page that names a resourceVersion as well.
    expect(Object.fromEntries(second.query)).toEqual({
      fieldSelector: 'spec.type=LoadBalancer',
      limit: '100',
      continue: 'page-2',
    });
    answer(second, 200, list(['c'], '5'));
    const watch = await server.next();
    expect(Object.fromEntries(watch.query)).toMatchObject({
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: '5',
      fieldSelector: 'spec.type=LoadBalancer',
    });
    accept(watch, event('ADDED', 'd', '6') + event('MODIFIED', 'a', '7') + event('DELETED', 'b', '8'));
    await until(() => told.length >= 6);
    expect(told).toEqual(['list a,b', 'list c', 'listed', 'upsert d', 'upsert a', 'remove default/b']);
    expect(reflector.state).toEqual({ watching: true, settled: true, problem: null, detail: null });
  });

  describe('with minutes to wait after a request that was lost', () => {
    let random: MockInstance<() => number>;
    beforeEach(async () => {
      random = vi.spyOn(Math, 'random').mockReturnValue(1_000);
      reflect();
      await lose();
      random.mockReturnValue(0);
    });

    async function lose(): Promise<void> {
      const before = results.length;
      (await server.next()).stream.destroy();
      await vi.waitUntil(() => results.length > before, { timeout: 60_000, interval: 5 });
      expect(results.at(-1)).toBe('list unreachable');
    }

    async function askForAnother(status: number): Promise<void> {
      const signal = AbortSignal.timeout(5_000);
      const asked = connection.request({ method: 'GET', path: '/another', signal });
      const another = await server.next();
      expect(another.path).toBe('/another');
      answer(another, status, {});
      for await (const _ of (await asked).body);
    }

    it('asks again once the server has answered somebody else', async () => {
      await askForAnother(404);
      answer(await server.next(), 200, list(['a'], '5'));
      expect((await server.next()).query.get('watch')).toBe('true');
      expect(told).toEqual(['list a', 'listed']);
    });

    it('waits on while the server says that it is in trouble', async () => {
      // Did it come, one of the next requests would not be another's.
      for (let i = 0; i < 20; i += 1) await askForAnother(500);
    });

    it('comes early but once, until all is well', async () => {
      await askForAnother(200);
      random.mockReturnValue(1_000);
      await lose();
      random.mockReturnValue(0);
      for (let i = 0; i < 20; i += 1) await askForAnother(200);
    });
  });

  it('takes a list compressed, and a watch as it comes', async () => {
    reflect();
    const listing = await server.next();
    expect(listing.encoding).toBe('gzip');
    answerCompressed(listing, JSON.stringify(list(['a', 'b'], '5')));
    const watch = await server.next();
    expect(watch.query.get('resourceVersion')).toBe('5');
    expect(watch.encoding).toBeUndefined();
    expect(told.join(' ')).toBe('list a,b listed');
  });

  it.each([
    ['is not', Buffer.from('{"metadata":{}}')],
    ['ends too soon', gzipSync(JSON.stringify(list(['a'], '5'))).subarray(0, -9)],
  ])('says so where a list is told to be compressed and %s', async (_what, bytes) => {
    const reflector = reflect();
    answerCompressed(await server.next(), bytes);
    await until(() => reflector.state.problem !== null);
    expect(reflector.state).toMatchObject({ problem: 'malformed', settled: false });
    expect(told).not.toContain('listed');
  });

  it('tries a compressed list again that broke off with its connection', async () => {
    const reflector = reflect();
    const { stream } = await server.next();
    stream.respond({ ':status': 200, 'content-encoding': 'gzip' });
    stream.write(gzipSync(JSON.stringify(list(['a'], '5'))).subarray(0, 12));
    // A ping is answered after what was sent before it.
    await new Promise((resolve) => stream.session!.ping(resolve));
    server.hangUp();
    await until(() => reflector.state.problem !== null);
    expect(reflector.state.settled).toBe(false);
    expect(told).toEqual([]);
    const again = await server.next();
    expect(again.query.get('resourceVersion')).toBe('0');
    answerCompressed(again, JSON.stringify(list(['a'], '5')));
    await until(() => told.includes('listed'));
  });

  it('goes on from the last bookmark when a watch ends', async () => {
    reflect();
    answer(await server.next(), 200, list(['a'], '5'));
    const watch = await server.next();
    accept(watch, event('BOOKMARK', '', '42'));
    watch.stream.end();
    expect((await server.next()).query.get('resourceVersion')).toBe('42');
  });

  it('takes an event that comes in pieces, and drops one that was cut off', async () => {
    reflect();
    answer(await server.next(), 200, list([], '5'));
    const watch = await server.next();
    const line = event('ADDED', 'zürich', '6');
    const bytes = Buffer.from(line);
    accept(watch);
    watch.stream.write(bytes.subarray(0, line.indexOf('ü') + 1));
    watch.stream.write(bytes.subarray(line.indexOf('ü') + 1));
    await until(() => told.includes('upsert zürich'));
    watch.stream.end(event('ADDED', 'lost', '7').slice(0, -5));
    expect((await server.next()).query.get('resourceVersion')).toBe('6');
    expect(told).not.toContain('upsert lost');
  });

  it.each([
    ['410 as a status', (watch: Parameters<typeof answer>[0]) => answer(watch, 410, { code: 410 })],
    [
      '410 as an event',
      (watch: Parameters<typeof answer>[0]) =>
        accept(watch, `${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410 } })}\n`),
    ],
    ['a line that is no JSON', (watch: Parameters<typeof answer>[0]) => accept(watch, '{"type":"ADD\n')],
    ['an event of no known type', (watch: Parameters<typeof answer>[0]) => accept(watch, '{"type":"X"}\n')],
    ['a line that is no event', (watch: Parameters<typeof answer>[0]) => accept(watch, '7\n')],
  ])('lists anew after %s', async (_what, spoil) => {
    reflect();
    answer(await server.next(), 200, list(['a'], '5'));
    spoil(await server.next());
    const again = await server.next();
    // With a limit it would be a list of this very version, and read from etcd.
    expect(Object.fromEntries(again.query)).toEqual({
      fieldSelector: 'spec.type=LoadBalancer',
      resourceVersion: '5',
    });
    answer(again, 200, list(['b'], '9'));
    expect((await server.next()).query.get('resourceVersion')).toBe('9');
    expect(told).toEqual(['list a', 'listed', 'list b', 'listed']);
  });

  it.each([
    ['is gone (410)', 410, { code: 410, reason: 'Expired' }],
    [
      'is ahead of the server',
      504,
      { code: 504, reason: 'Timeout', details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } },
    ],
  ])(
    'lists what etcd holds where the version that a watch had reached %s',
    async (_what, status, refusal) => {
      reflect();
      answer(await server.next(), 200, list(['a'], '5'));
      answer(await server.next(), 410, { code: 410 });
      answer(await server.next(), status, refusal);
      const latest = await server.next();
      expect(Object.fromEntries(latest.query)).toEqual({
        fieldSelector: 'spec.type=LoadBalancer',
        limit: '100',
      });
      answer(latest, 200, list(['b'], '3'));
      expect((await server.next()).query.get('resourceVersion')).toBe('3');
      expect(told).toEqual(['list a', 'listed', 'list b', 'listed']);
    },
  );

  it('goes without a field selector that the API server does not know, as before Kubernetes 1.31', async () => {
    const reflector = reflect();
    answer(await server.next(), 400, { message: 'field label not supported: spec.type' });
    const whole = await server.next();
    expect(Object.fromEntries(whole.query)).toEqual({ limit: '100', resourceVersion: '0' });
    answer(whole, 200, list(['a'], '5'));
    const watch = await server.next();
    expect(watch.query.get('watch')).toBe('true');
    expect(watch.query.has('fieldSelector')).toBe(false);
    answer(watch, 410, { code: 410 });
    const again = await server.next();
    expect(again.query.has('fieldSelector')).toBe(false);
    answer(again, 200, list(['a'], '6'));
    accept(await server.next());
    await until(() => reflector.state.watching);
    expect(reflector.state).toEqual({ watching: true, settled: true, problem: null, detail: null });
    expect(results.slice(0, 2)).toEqual(['list unknown-field', 'list ok']);
  });

  it('does so as well where only the watch is refused it, by a replica that is older', async () => {
    reflect();
    answer(await server.next(), 200, list(['a'], '5'));
    answer(await server.next(), 400, { message: 'field label not supported: spec.type' });
    const whole = await server.next();
    expect(Object.fromEntries(whole.query)).toEqual({ resourceVersion: '5' });
  });

  it('says that a request is refused that asks for no field', async () => {
    const reflector = reflect();
    answer(await server.next(), 400, { message: 'field label not supported: spec.type' });
    answer(await server.next(), 400, { message: 'unable to decode' });
    await until(() => reflector.state.problem !== null);
    expect(reflector.state).toMatchObject({ problem: 'server-error', detail: 'unable to decode' });
  });

  it('refuses an object without end', async () => {
    const reflector = reflect();
    answer(await server.next(), 200, list(['a'], '5'));
    const watch = await server.next();
    accept(watch);
    watch.stream.write(Buffer.alloc(17 * 1024 * 1024, 'x'));
    await until(() => reflector.state.problem === 'malformed');
    expect(reflector.state.watching).toBe(false);
    expect(told).toEqual(['list a', 'listed']);
  });

  it('forgets a kind that is not served, and counts it as settled', async () => {
    const reflector = reflect();
    answer(await server.next(), 404, '404 page not found\n');
    await until(() => reflector.state.problem !== null);
    expect(reflector.state).toMatchObject({ settled: true, watching: false, problem: 'not-served' });
    expect(told).toEqual(['forget']);
  });

  it.each([
    [403, 'forbidden', true],
    [401, 'unauthorized', false],
    [500, 'server-error', false],
    [429, 'overloaded', false],
  ] as const)('says that a list was answered %i, and tries again', async (status, problem, settled) => {
    const reflector = reflect();
    answer(await server.next(), status, { message: 'services is forbidden: no' });
    await until(() => reflector.state.problem !== null);
    expect(reflector.state).toEqual({
      settled,
      watching: false,
      problem,
      detail: 'services is forbidden: no',
    });
    answer(await server.next(), 200, list(['a'], '5'));
    accept(await server.next());
    await until(() => reflector.state.watching);
    expect(reflector.state.problem).toBeNull();
    expect(results).toEqual([`list ${problem}`, 'list ok', 'watch ok']);
  });

  it('keeps what it knows while the server is gone, and watches on', async () => {
    const reflector = reflect();
    answer(await server.next(), 200, list(['a'], '5'));
    accept(await server.next());
    await until(() => reflector.state.watching);
    server.hangUp();
    await until(() => !reflector.state.watching);
    const again = await server.next();
    expect(again.query.get('resourceVersion')).toBe('5');
    accept(again);
    await until(() => reflector.state.watching);
    expect(told).toEqual(['list a', 'listed']);
  });

  it('asks elsewhere when the server says that it goes', async () => {
    const reflector = reflect();
    answer(await server.next(), 200, list(['a'], '5'));
    accept(await server.next());
    await until(() => reflector.state.watching);
    server.goAway();
    expect((await server.next()).query.get('resourceVersion')).toBe('5');
  });

  it('reads a refusal that is the last word on its connection, as the API server gives it to strangers', async () => {
    const reflector = reflect();
    const asked = await server.next();
    server.goAway();
    answer(asked, 401, { message: 'Unauthorized' });
    await until(() => reflector.state.problem !== null);
    expect(reflector.state).toMatchObject({ problem: 'unauthorized', detail: 'Unauthorized' });
  });

  it('asks whether a silent connection lives', async () => {
    const reflector = reflect({ pingEvery: 20 });
    answer(await server.next(), 200, list(['a'], '5'));
    accept(await server.next());
    await until(() => reflector.state.watching);
    const before = heard;
    await until(() => heard >= before + 2);
    expect(reflector.state.watching).toBe(true);
    expect(server.count).toBe(2);
  });

  it('gives up an answer that does not come', async () => {
    const reflector = reflect({ answerWithin: 50 });
    await server.next();
    await until(() => reflector.state.problem !== null);
    expect(reflector.state.problem).toBe('timed-out');
  });

  it('signs each request with the token of the moment', async () => {
    let token = 'first';
    reflect({}, () => token);
    const first = await server.next();
    expect(first.token).toBe('first');
    token = 'second';
    answer(first, 200, list([], '5'));
    expect((await server.next()).token).toBe('second');
  });

  it('does not stumble over a token file that is missing for a moment', async () => {
    let times = 0;
    const reflector = reflect({}, () => {
      times += 1;
      if (times === 1)
        throw Object.assign(new Error("ENOENT: no such file, open '/token'"), { code: 'ENOENT' });
      return 'here';
    });
    expect((await server.next()).token).toBe('here');
    expect(reflector.state).toMatchObject({
      problem: 'unreachable',
      detail: "ENOENT: no such file, open '/token'",
    });
  });
});
