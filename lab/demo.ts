// `make demo`: the story live, told as it happens, and an exit code that says whether vipwatch saw it. With KEEP=1 it
// stays up afterwards, the API of the agent on w2 at http://127.0.0.1:9797.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { Lab } from './lab.ts';
import { Narrator } from './narrator.ts';
import { passOn } from './pass-on.ts';
import { EXPECTED, playStory, type StoryEnd, VIP } from './story.ts';

const STORY_TIMEOUT_MS = 50_000;
const API_PORT = 9797;

const narrator = new Narrator(process.stdout);
const stopped = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort());

process.exitCode = await demo();

async function demo(): Promise<number> {
  const timeout = AbortSignal.timeout(STORY_TIMEOUT_MS);
  try {
    await using lab = await Lab.create();
    const ended = AbortSignal.any([stopped.signal, timeout]);
    const end = await Promise.race([
      playStory(lab, {
        tell: (who, what) => narrator.tell(who, what),
        onEvent: (event) => narrator.event('w2', event),
        signal: stopped.signal,
      }),
      once(ended, 'abort').then(() => undefined),
    ]);
    if (stopped.signal.aborted) return 130;
    if (!end) return failed([`the story was not over within ${STORY_TIMEOUT_MS / 1000} s`]);
    const missing = await conclude(end);
    if (process.env.KEEP === '1') await keep(end);
    return missing.length === 0 ? 0 : failed(missing);
  } catch (error) {
    return failed([(error as Error).message]);
  }
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

async function keep({ witness }: StoryEnd): Promise<void> {
  const server = createServer((client) => passOn(client, { path: witness.api.socketPath }));
  server.listen(API_PORT, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${API_PORT}`;
  narrator.section(`The LAN stays up until Ctrl-C; vipwatch on w2 is at ${url}`, [
    `curl ${url}/api/v1/findings`,
    `curl ${url}/metrics`,
    `curl -N ${url}/api/v1/events`,
  ]);
  if (!stopped.signal.aborted) await once(stopped.signal, 'abort');
  server.close();
}

function failed(reasons: readonly string[]): number {
  for (const reason of reasons) process.stderr.write(`demo: ${reason}\n`);
  return 1;
}
