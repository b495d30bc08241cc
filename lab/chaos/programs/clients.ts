// Clients of an agent's API, from all addresses of the host that they run on, by lines on standard input:
//   `read COUNT SECONDS`   ask every route again and again
//   `hold COUNT SECONDS`   ask for long answers, and read nothing of them
//   `idle COUNT SECONDS`   connect, and say nothing
//   `streams COUNT SECONDS`   open event streams
// `node clients.ts ADDRESS PORT`. Says `ready`, and once a turn is over `over KIND ANSWERS FAILED`.
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { ATTACKERS } from '../home.ts';

const ROUTES = [
  ...[
    '/healthz',
    '/readyz',
    '/metrics',
    '/openapi.json',
    '/docs/findings',
    '/api/v1/vips',
    '/api/v1/dhcp-servers',
  ],
  ...['claims', 'leases', 'findings', 'takeovers'].map((list) => `/api/v1/${list}?limit=1000`),
];
const LONG = 'GET /api/v1/claims?limit=1000 HTTP/1.1\r\nHost: agent\r\n\r\n';
const TIMEOUT_MS = 30_000;
const BETWEEN_MS = 20;

const [host = '', port = ''] = process.argv.slice(2);
const addressOf = (number: number) => ATTACKERS[number % ATTACKERS.length]!;

async function read(number: number, until: number): Promise<{ answers: number; failed: number }> {
  let answers = 0;
  let failed = 0;
  for (let i = number; performance.now() < until; i += 1) {
    const isAnswered = await new Promise<boolean>((done) => {
      const options = {
        host,
        port,
        path: ROUTES[i % ROUTES.length]!,
        localAddress: addressOf(number),
        timeout: TIMEOUT_MS,
      };
      const asked = request(options, (response) => {
        response.resume();
        response.once('close', () => done(response.complete));
      });
      asked.once('timeout', () => asked.destroy());
      asked.once('error', () => done(false));
      asked.end();
    });
    if (isAnswered) answers += 1;
    else failed += 1;
    await pause(BETWEEN_MS);
  }
  return { answers, failed };
}

/** A connection that is kept until then, and made anew where the agent ends it. */
async function hold(
  number: number,
  until: number,
  words: string | null,
): Promise<{ answers: number; failed: number }> {
  let failed = 0;
  while (performance.now() < until) {
    const socket: Socket = connect({ host, port: Number(port), localAddress: addressOf(number) });
    socket.pause();
    if (words !== null) socket.write(words);
    const gone = new Promise<void>((done) => socket.once('error', () => {}).once('close', () => done()));
    await Promise.race([gone, pause(until - performance.now())]);
    if (performance.now() < until) failed += 1;
    socket.destroy();
    await pause(BETWEEN_MS * 10);
  }
  return { answers: 0, failed };
}

const STREAM = 'GET /api/v1/events HTTP/1.1\r\nHost: agent\r\n\r\n';
const KINDS: Readonly<
  Record<string, (number: number, until: number) => Promise<{ answers: number; failed: number }>>
> = {
  read,
  hold: (number, until) => hold(number, until, LONG),
  idle: (number, until) => hold(number, until, null),
  streams: (number, until) => hold(number, until, STREAM),
};

console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  const [kind = '', count, seconds] = line.split(' ');
  const until = performance.now() + Number(seconds) * 1000;
  const all = Array.from({ length: Number(count) }, (_, number) => KINDS[kind]!(number, until));
  void Promise.all(all).then((results) => {
    const sum = (of: 'answers' | 'failed') => results.reduce((total, result) => total + result[of], 0);
    console.log(`over ${kind} ${sum('answers')} ${sum('failed')}`);
  });
}
