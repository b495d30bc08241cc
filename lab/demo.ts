// `make demo`: the story live, in two acts, told as it happens, and an exit code that says whether vipwatch saw it. With KEEP=1 it
// stays up afterwards, the page of the agent on w2 at http://127.0.0.1:9797/ from the beginning on.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { lengthText } from '../src/base/length-text.ts';
import { lengthOf } from '../src/watch/takeover/takeover.ts';
import { Lab } from './lab.ts';
import { Narrator } from './narrator.ts';
import { passOn } from './pass-on.ts';
import type { Agent } from './roles/agent.ts';
import { EXPECTED, type FailoverEnd, playStory, type StoryEnd, VIP } from './story.ts';

const ACT_TIMEOUT_MS = 50_000;
const API_PORT = 9797;
const URL_OF_PAGE = `http://127.0.0.1:${API_PORT}/`;
const STAYS = process.env.KEEP === '1';

const narrator = new Narrator(process.stdout);
const stopped = new AbortController();
const server = createServer();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort());

process.exitCode = await demo();

async function demo(): Promise<number> {
  try {
    await using lab = await Lab.create();
    const first = await inTime(
      playStory(lab, {
        tell: (who, what) => narrator.tell(who, what),
        ...(STAYS && { onWitness: open }),
        onEvent: (event) => narrator.event('w2', event),
        signal: stopped.signal,
      }),
    );
    if (stopped.signal.aborted) return 130;
    if (!first) return failed([`the story was not over within ${ACT_TIMEOUT_MS / 1000} s`]);
    const missing = await conclude(first);
    narrator.line('');
    const second = await inTime(first.failOver());
    if (stopped.signal.aborted) return 130;
    missing.push(...concludeFailover(second));
    if (STAYS) await keep();
    return missing.length === 0 ? 0 : failed(missing);
  } catch (error) {
    return failed([(error as Error).message]);
  } finally {
    server.close();
  }
}

/** Undefined where the act was not over in time, or the demo was stopped. */
async function inTime<Result>(act: Promise<Result>): Promise<Result | undefined> {
  const ended = AbortSignal.any([stopped.signal, AbortSignal.timeout(ACT_TIMEOUT_MS)]);
  return await Promise.race([act, once(ended, 'abort').then(() => undefined)]);
}

/** Shows what the agent's own interfaces say now. Returns what is missing. */
async function conclude({ witness, findings, phoneHoldsVip }: StoryEnd): Promise<string[]> {
  const metrics = await witness.api.metrics('vipwatch_finding_active{');
  const rows = findings.filter(({ ip }) => ip === VIP);
  narrator.section(
    'GET /metrics',
    metrics.filter((line) => line.includes(`ip="${VIP}"`)),
  );
  narrator.section(
    `GET /api/v1/findings`,
    rows.map(({ kind, severity, ip, macs, raisedAt }) =>
      JSON.stringify({ kind, severity, ip, macs, raisedAt }),
    ),
  );
  const found = EXPECTED.filter((kind) => rows.some((row) => row.kind === kind));
  const missing = EXPECTED.filter((kind) => !found.includes(kind)).map(
    (kind) => `no finding ${kind} on ${VIP}`,
  );
  if (!phoneHoldsVip) missing.push('the phone no longer held its lease');
  if (missing.length === 0) {
    const what = `vipwatch reported ${found.join(' and ')} while the phone still held its lease`;
    narrator.section(narrator.style('green', what), []);
  }
  return missing;
}

/** Returns what is missing. */
function concludeFailover(end: FailoverEnd | undefined): string[] {
  const takeover = end?.takeover;
  if (!takeover) return [`no takeover of ${VIP} was reported`];
  narrator.section('GET /api/v1/takeovers', [JSON.stringify(takeover)]);
  const what = `vipwatch measured ${lengthOf(takeover)}; the power was cut ${lengthText(end.outageMs)} before the next node announced`;
  narrator.section(narrator.style('green', what), []);
  return [];
}

/** The agent on w2 for everybody on this machine: the page shows the story while it happens. */
async function open({ api }: Agent): Promise<void> {
  server.on('connection', (client) => passOn(client, { path: api.socketPath }));
  server.listen(API_PORT, '127.0.0.1');
  await once(server, 'listening');
  narrator.line(`          Watch it: ${URL_OF_PAGE}`);
}

async function keep(): Promise<void> {
  narrator.section(`The LAN stays up until Ctrl-C; the page of vipwatch on w2 is at ${URL_OF_PAGE}`, [
    `curl ${URL_OF_PAGE}api/v1/findings`,
    `curl ${URL_OF_PAGE}metrics`,
    `curl -N ${URL_OF_PAGE}api/v1/events`,
  ]);
  if (!stopped.signal.aborted) await once(stopped.signal, 'abort');
}

function failed(reasons: readonly string[]): number {
  for (const reason of reasons) process.stderr.write(`demo: ${reason}\n`);
  return 1;
}
