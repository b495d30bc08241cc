// The port faces the LAN: what may a hostile client pile up?
import { once } from 'node:events';
import { IncomingMessage, ServerResponse } from 'node:http';
import { connect, Socket } from 'node:net';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Connections } from '../../../src/serve/http/connections.ts';
import type { HttpOptions } from '../../../src/serve/http/options.ts';
import { Pieces } from '../../../src/serve/http/pieces.ts';
import { sampleClaim, sampleView } from '../sample.ts';
import { type SampleServer, sampleServer } from '../server.ts';

/** However busy the machine is. */
const PATIENTLY = { timeout: 60_000 };

let running: SampleServer | undefined;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await running?.server.close();
  running = undefined;
});

async function listening(): Promise<number> {
  running = await sampleServer();
  return running.server.listen('127.0.0.1', 0);
}

/** Resolves to all that was answered once the server closes the connection. */
function open(port: number, from = '127.0.0.1', request = ''): { socket: Socket; closed: Promise<string> } {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from });
  sockets.push(socket);
  let received = '';
  const closed = new Promise<string>((resolve) => {
    socket.on('data', (chunk) => {
      received += chunk;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(received));
  });
  if (request !== '') socket.write(request);
  return { socket, closed };
}

/** By the address that it connects from: 127.1.* are of the cluster, 127.0.0.1 is the node. */
const originOf: HttpOptions['originOf'] = (ip) =>
  ip === '127.0.0.1' ? 'node' : ip.startsWith('127.1.') ? 'cluster' : 'stranger';

async function listeningWith(
  limits: NonNullable<HttpOptions['limits']>,
  over: Parameters<typeof sampleServer>[0] = {},
): Promise<number> {
  running = await sampleServer(over, {}, undefined, { originOf, limits });
  return running.server.listen('127.0.0.1', 0);
}

const GET = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

/** Resolves to the status of an answer on a connection that stays open; to null where it is closed instead. */
function statusOf({ socket, closed }: ReturnType<typeof open>): Promise<string | null> {
  const answered = new Promise<string>((resolve) => {
    socket.once('data', (chunk) => resolve(String(chunk).split(' ')[1]!));
  });
  return Promise.race([answered, closed.then(() => null)]);
}

it('one machine cannot take every connection: others are still answered', async () => {
  const port = await listeningWith({});
  const greedy = Array.from({ length: 600 }, () => open(port, '127.0.0.2'));
  // Its own, the oldest first.
  await Promise.all(greedy.slice(0, 552).map(({ closed }) => closed));
  expect(await statusOf(open(port, '127.0.0.3', GET('/healthz')))).toBe('200');
});

it('many machines cannot hold more than so many connections', async () => {
  const port = await listening();
  const many = Array.from({ length: 700 }, (_, i) => open(port, `127.0.${1 + (i % 40)}.1`));
  let closed = 0;
  for (const one of many) one.closed.then(() => (closed += 1));
  await expect.poll(() => closed, PATIENTLY).toBeGreaterThanOrEqual(252);
});

it('who has been idle longest gives way to who comes', async () => {
  const port = await listeningWith({ connections: 4, reserved: 1 });
  const asked = [2, 3, 4].map((n) => open(port, `127.0.0.${n}`, GET('/healthz')));
  for (const one of asked) expect(await statusOf(one)).toBe('200');
  // The first one asks again, and is the latest now.
  asked[0]!.socket.write(GET('/healthz'));
  expect(await statusOf(asked[0]!)).toBe('200');
  expect(await statusOf(open(port, '127.0.0.5', GET('/healthz')))).toBe('200');
  await asked[1]!.closed;
  for (const i of [0, 2]) {
    asked[i]!.socket.write(GET('/healthz'));
    expect(await statusOf(asked[i]!)).toBe('200');
  }
});

it('a place is kept for the node and its cluster, and they take others where it is taken', async () => {
  const port = await listeningWith({ connections: 4, reserved: 2 });
  const strangers = [2, 3].map((n) => open(port, `127.0.0.${n}`, GET('/healthz')));
  for (const one of strangers) expect(await statusOf(one)).toBe('200');
  for (const n of [1, 2]) expect(await statusOf(open(port, `127.1.0.${n}`, GET('/healthz')))).toBe('200');
  expect(strangers.map(({ socket }) => socket.closed)).toEqual([false, false]);
  expect(await statusOf(open(port, '127.0.0.1', GET('/healthz')))).toBe('200');
  await strangers[0]!.closed;
});

it('who is busy does not give way: strangers find no place, the node does', async () => {
  const port = await listeningWith({ connections: 4, reserved: 2 });
  // They follow the events: their answer does not end.
  const followers = [2, 3].map((n) => open(port, `127.0.0.${n}`, GET('/api/v1/events')));
  for (const one of followers) expect(await statusOf(one)).toBe('200');
  expect(await statusOf(open(port, '127.0.0.4', GET('/healthz')))).toBeNull();
  expect(await statusOf(open(port, '127.0.0.1', GET('/healthz')))).toBe('200');
});

it('a connection that has asked too much at once is ended', async () => {
  const port = await listening();
  const { closed } = open(port, '127.0.0.1', GET('/api/v1/claims').repeat(1_000));
  expect((await closed).length).toBeLessThan(20_000);
});

describe('an answer that nobody reads', () => {
  /** One row, for a page ends early: far more than the kernel takes in on both sides of a connection, which is 10 MB at most. */
  const BYTES = 40_000_000;
  const LARGE = '/api/v1/claims';
  const view = sampleView({ claims: () => [sampleClaim({ node: 'x'.repeat(BYTES) })] });

  /** Who does not read is not told of the end: the server is asked. */
  const held = () =>
    promisify((done: (error: Error | null, count: number) => void) =>
      running!.server.fastify.server.getConnections(done),
    )();

  /** Takes the first bytes of its answer, and no more. */
  function deaf(port: number, from: string) {
    const { socket } = open(port, from);
    const answering = once(socket, 'data').then(() => socket.pause());
    socket.write(GET(LARGE));
    return { socket, answering };
  }

  it('ends the connection', async () => {
    const port = await listeningWith({ noProgress: 500 }, { view });
    await deaf(port, '127.0.0.2').answering;
    await expect.poll(held, PATIENTLY).toBe(0);
  });

  it('gives way to who asks and reads, once there are many', async () => {
    const port = await listeningWith({ unread: 1_000_000, mayWait: 100, noProgress: 60_000 }, { view });
    await Promise.all(['127.0.0.2', '127.0.0.3'].map((from) => deaf(port, from).answering));
    const reader = open(port, '127.0.0.4', GET('/api/v1/vips'));
    expect(await statusOf(reader)).toBe('200');
    await expect.poll(held, PATIENTLY).toBe(1);
  });

  it('is not waited for by those who owe none, and by its own client is', async () => {
    const limits = { unread: 0.6 * BYTES, mayWait: 600_000, noProgress: 600_000 };
    const port = await listeningWith(limits, { view });
    const { socket, answering } = deaf(port, '127.0.0.2');
    await answering;
    const again = open(port, '127.0.0.2', GET('/api/v1/vips'));
    const answered = vi.fn();
    void statusOf(again).then(answered);
    expect(await statusOf(open(port, '127.0.0.3', GET('/api/v1/vips')))).toBe('200');
    expect(answered).not.toHaveBeenCalled();
    socket.destroy();
    expect(await statusOf(again)).toBe('200');
  });
});

it('a request that trickles in is cut off with 408', async () => {
  const port = await listening();
  const { closed } = open(port, '127.0.0.1', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n');
  const answer = await closed;
  expect(answer).toMatch(/^HTTP\/1.1 408 /);
  expect(answer).toContain('application/problem+json');
});

it('a connection that says nothing is closed', async () => {
  const port = await listening();
  await open(port).closed;
});

it.each([
  ['nonsense', 'HELO lan\r\n\r\n', 400],
  ['headers without end', `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
])('%s is answered with a problem document', async (_what, request, status) => {
  const port = await listening();
  const answer = await open(port, '127.0.0.1', request).closed;
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  const [head, body] = answer.split('\r\n\r\n');
  expect(head).toContain('application/problem+json');
  expect(JSON.parse(body!)).toMatchObject({ type: 'about:blank', status });
});

it('the error of a port in use is the system’s own', async () => {
  const port = await listening();
  const other = await sampleServer();
  await expect(other.server.listen('127.0.0.1', port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await other.server.close();
});

describe('who waits to be read', () => {
  /** A connection of a client that has been answered so many bytes. */
  function answered(
    connections: Connections,
    from: string,
    bytes: number,
    answer = new Pieces([Buffer.alloc(bytes)]),
  ) {
    const socket = new Socket();
    Object.defineProperty(socket, 'remoteAddress', { value: from });
    connections.opened(socket);
    const response = new ServerResponse(new IncomingMessage(socket));
    connections.asked(response, socket);
    connections.answered(response, answer);
    return socket;
  }

  it('was cut off once its bytes were too many, and is remembered for it', () => {
    const connections = new Connections(() => 'stranger', { unread: 100, mayWait: 0 });
    const silent = answered(connections, '127.0.0.3', 0);
    const deaf = answered(connections, '127.0.0.2', 150);
    expect(connections.hasRoom('127.0.0.3', true)).toBe(true);
    expect(deaf.destroyed).toBe(false);
    expect(connections.hasRoom('127.0.0.2', true)).toBe(true);
    expect(deaf.destroyed).toBe(true);
    expect(silent.destroyed).toBe(false);
    expect(['127.0.0.2', '127.0.0.3'].map((client) => connections.owedBy(client))).toEqual([150, 0]);
    connections.close();
  });

  describe('and reads on', () => {
    beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] }));
    afterEach(() => void vi.useRealTimers());
    const SLICE = 64 * 1024;

    /** The rest that waits for a client that takes a slice at a time, while others ask all the while; null: it was cut off. */
    function leftOf(everyMs: number): number | null {
      const connections = new Connections(() => 'stranger', { unread: SLICE / 2 });
      const answer = new Pieces([Buffer.alloc(4 * SLICE), Buffer.alloc(8 * SLICE)]);
      const reader = answered(connections, '127.0.0.2', 0, answer);
      for (let ms = 1; ms <= 12 * everyMs; ms += 1) {
        vi.advanceTimersByTime(1);
        if (ms % everyMs === 0) answer.read();
        if (answer.left > 0) connections.hasRoom('127.0.0.3', true);
        if (reader.destroyed) break;
      }
      connections.close();
      return reader.destroyed ? null : answer.left;
    }

    it.each([
      { what: 'half a Mbit/s', everyMs: 1000, left: 0 },
      { what: '32 KiB a second', everyMs: 2000, left: 0 },
      { what: 'less than that', everyMs: 2500, left: null },
      { what: 'nothing for three seconds', everyMs: 3001, left: null },
    ])('gives way by its pace alone: $what', ({ everyMs, left }) => {
      expect(leftOf(everyMs)).toBe(left);
    });

    it('stays however slowly, while nobody wants its room, until nothing is read for ten seconds', () => {
      const connections = new Connections(() => 'stranger');
      const answer = new Pieces([Buffer.alloc(4 * SLICE)]);
      const reader = answered(connections, '127.0.0.2', 0, answer);
      for (let slice = 0; slice < 3; slice += 1) {
        vi.advanceTimersByTime(8_000);
        answer.read();
        expect(reader.destroyed).toBe(false);
      }
      vi.advanceTimersByTime(12_000);
      expect(reader.destroyed).toBe(true);
      connections.close();
    });
  });
});
