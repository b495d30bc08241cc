// `Expect: 100-continue` (RFC 9110, section 10.1.1): what a client would send is asked for only where it may send it.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { type SampleServer, sampleServer } from '../server.ts';

const TOKEN = '7f3a9c51e2d84b60';
const BODY = '{"vip":"nothing"}';

let running: SampleServer | undefined;
let socket: Socket | undefined;
afterEach(async () => {
  socket?.destroy();
  await running?.server.close();
});

/** Asks, and resolves to the first that is said. */
async function asked(headers: string): Promise<string> {
  running = await sampleServer({}, {}, { tests: null, authorizer: onlyWith(TOKEN) });
  const port = await running.server.listen('127.0.0.1', 0);
  socket = connect(port, '127.0.0.1').setEncoding('utf8');
  socket.write(
    `POST /api/v1/failover-tests HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${headers}Expect: 100-continue\r\nContent-Length: ${BODY.length}\r\n\r\n`,
  );
  return String((await once(socket, 'data'))[0]);
}

function onlyWith(right: string) {
  return {
    authorize: async (token: string) =>
      token === right ? ({ kind: 'allowed', user: null } as const) : ({ kind: 'unknown' } as const),
  };
}

it.each([
  ['no token', ''],
  ['a wrong one', 'Authorization: Bearer 0123456789abcdef\r\n'],
])('with %s it is refused at once, and the connection ended', async (_what, headers) => {
  const answer = await asked(headers);
  expect(answer).toMatch(/^HTTP\/1.1 401 /);
  expect(answer.toLowerCase()).toContain('\r\nconnection: close\r\n');
  if (!socket!.closed) await once(socket!, 'close');
});

it('with the right token it is told to go on, and answered', async () => {
  expect(await asked(`Authorization: Bearer ${TOKEN}\r\n`)).toBe('HTTP/1.1 100 Continue\r\n\r\n');
  socket!.write(BODY);
  const answer = String((await once(socket!, 'data'))[0]);
  expect(answer).toMatch(/^HTTP\/1.1 400 /);
  expect(answer.toLowerCase()).not.toContain('connection: close');
});
