// The port faces the LAN: what may a hostile client pile up?
import { connect, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { type SampleServer, sampleServer } from '../server.ts';

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

it('one machine cannot take every connection: others are still answered', async () => {
  const port = await listening();
  const greedy = Array.from({ length: 600 }, () => open(port, '127.0.0.2'));
  await Promise.all(greedy.slice(48).map(({ closed }) => closed));
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
});

it('many machines cannot hold more than so many connections', async () => {
  const port = await listening();
  const many = Array.from({ length: 700 }, (_, i) => open(port, `127.0.${1 + (i % 40)}.1`));
  let closed = 0;
  for (const one of many) one.closed.then(() => (closed += 1));
  await expect.poll(() => closed, { timeout: 5_000 }).toBeGreaterThanOrEqual(188);
});

it('a request that trickles in is cut off with 408', async () => {
  const port = await listening();
  const { closed } = open(port, '127.0.0.1', 'GET /healthz HTTP/1.1\r\nHost: x\r\n');
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
  ['headers without end', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
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
