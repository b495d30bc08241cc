// Many clients of one agent: `node lab/http-crowd.ts KIND COUNT HOST:PORT PATH[,PATH...] [FROM[,FROM...]]`, from each of these
// addresses in turn. What they do is their KIND:
// - `read`: each asks for one path after the other and reads the answers, without a pause
// - `unread`: each asks for a path and reads nothing of the answer, and asks anew after 12 s
// - `idle`: each asks for a path every 20 s on a connection that it keeps
// - `probe`: each asks for a path every 50 ms and times the answer
// `report` on standard input is answered with a line of JSON: what came of it so far.
import { Agent, get } from 'node:http';
import { connect } from 'node:net';
import { setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

const [kind = '', countText = '', server = '', pathsText = '', fromText = ''] = process.argv.slice(2);
const [host = '', port = ''] = server.split(':');
const paths = pathsText.split(',');
const from = fromText === '' ? [undefined] : fromText.split(',');
const KINDS = { read, unread, idle, probe };
const COME_AGAIN_MS = 100;
const IDLE_MS = 20_000;
const UNREAD_MS = 12_000;
const PROBE_MS = 50;
const GIVE_UP_MS = 30_000;

// They stand for other machines, which take nothing of the agent's processor.
if (kind !== 'probe') setPriority(19);

const seen = { answers: 0, bytes: 0, asked: 0, errors: new Map<string, number>() };
let times: number[] = [];

for (let i = 0; i < Number(countText); i += 1)
  void KINDS[kind as keyof typeof KINDS](from[i % from.length], i).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
console.log('begun');

for await (const _ of createInterface({ input: process.stdin })) {
  const sorted = times.toSorted((a, b) => a - b);
  times = [];
  const [p50, p99, max] = [0.5, 0.99, 1].map((share) => sorted[Math.ceil(sorted.length * share) - 1] ?? null);
  console.log(
    JSON.stringify({
      ...seen,
      errors: Object.fromEntries(seen.errors),
      probes: sorted.length,
      p50,
      p99,
      max,
    }),
  );
}
process.exit();

async function read(localAddress: string | undefined, first: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (let i = first; ; i += 1) {
    const status = await answerTo(paths[i % paths.length]!, localAddress, agent).catch(problemOf);
    if (status !== '200') count(status);
    if (!/^\d/.test(status)) await pause(COME_AGAIN_MS);
  }
}

async function unread(localAddress: string | undefined, i: number): Promise<void> {
  for (;;) {
    const socket = connect({ host, port: Number(port), ...(localAddress && { localAddress }) });
    socket.pause();
    socket.write(`GET ${paths[i % paths.length]} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    // Who reads nothing does not learn that it was cut off.
    socket.on('error', () => {});
    seen.asked += 1;
    await pause(UNREAD_MS);
    socket.destroy();
  }
}

async function idle(localAddress: string | undefined, i: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (;;) {
    count(await answerTo(paths[i % paths.length]!, localAddress, agent).catch(problemOf));
    await pause(IDLE_MS);
  }
}

/** Each on a connection of its own, as the kubelet does. */
async function probe(localAddress: string | undefined, i: number): Promise<void> {
  for (;;) {
    const startedAt = performance.now();
    const status = await answerTo(paths[i % paths.length]!, localAddress, false).catch(problemOf);
    if (status !== '200') count(status);
    times.push(status === '200' ? performance.now() - startedAt : GIVE_UP_MS);
    await pause(PROBE_MS);
  }
}

function answerTo(path: string, localAddress: string | undefined, agent: Agent | false): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { host, port, path, agent, timeout: GIVE_UP_MS, ...(localAddress && { localAddress }) };
    const request = get(options, (response) => {
      response.on('data', (chunk: Uint8Array) => {
        seen.bytes += chunk.length;
      });
      response.on('end', () => {
        seen.answers += 1;
        resolve(String(response.statusCode));
      });
      response.on('error', reject);
    });
    request.on('timeout', () => request.destroy(new Error('timeout')));
    request.on('error', reject);
  });
}

function problemOf(error: NodeJS.ErrnoException): string {
  return error.code ?? error.message;
}

function count(what: string): void {
  seen.errors.set(what, (seen.errors.get(what) ?? 0) + 1);
}
