// Readers must not keep the agent from its frames, nor from who asks whether it lives: sixteen machines that read every route again
// and again, while frames come.
import { Crowd, type CrowdReport } from '../../lab/crowd.ts';
import { Lab } from '../../lab/lab.ts';
import { AGENT_HTTP, startCrowdedAgent, startStrangers } from './crowded-agent.ts';
import { printTable } from './table.ts';

const LEASES = 16_000;
const CLAIMS = 60_000;
const FRAMES_A_SECOND = 1_000;
const SECONDS = 20;
const READERS = 16;
const MEBIBYTE = 1024 * 1024;
const MAX_P99_MS = 100;

const PATHS = [
  '/api/v1',
  '/healthz',
  '/readyz',
  '/metrics',
  '/openapi.json',
  '/docs/findings',
  '/api/v1/vips',
  '/api/v1/vips/10.99.0.240',
  '/api/v1/claims?limit=2000',
  '/api/v1/claims?limit=1&ip=10.102.3.4',
  '/api/v1/leases?limit=2000',
  '/api/v1/dhcp-servers',
  '/api/v1/findings?state=all&limit=2000',
  '/api/v1/takeovers',
  '/api/v1/failover-tests',
];

await using lab = await Lab.create();
const agent = await startCrowdedAgent(lab, LEASES, CLAIMS);
const strangers = await startStrangers(lab, 'strangers', READERS, 100);
await using fromNode = await Crowd.start(agent.node, 'probe', 1, '127.0.0.1:9797', ['/healthz']);
await using fromLan = await Crowd.start(strangers.host, 'probe', 1, AGENT_HTTP, ['/healthz']);

/** What the frames meet, and who asks whether it lives. */
async function measured() {
  const before = await agent.dropped();
  await Promise.all([fromNode.report(), fromLan.report()]);
  const sent = await agent.send(FRAMES_A_SECOND, SECONDS);
  const probes = await Promise.all([fromNode.report(), fromLan.report()]);
  return { sent, dropped: (await agent.dropped()) - before, probes, memory: await agent.residentMiB() };
}

const alone = await measured();
await using readers = await Crowd.start(
  strangers.host,
  'read',
  READERS,
  AGENT_HTTP,
  PATHS,
  strangers.addresses,
);
const read = await measured();
const { answers, bytes, errors } = await readers.report();
const text = ({ p50, p99 }: CrowdReport) => `${p50?.toFixed(1)} / ${p99?.toFixed(1)} ms`;
printTable(
  `${READERS} readers of every route, ${FRAMES_A_SECOND} frames a second for ${SECONDS} s (${agent.tables})`,
  [
    {
      what: 'frames dropped: without readers, with them',
      measured: `${alone.dropped}, ${read.dropped} of ${read.sent}`,
      limit: { text: 'none', holds: read.dropped === 0 },
    },
    ...['the node', 'the LAN'].map((whence, i) => ({
      what: `/healthz from ${whence}, p50 / p99: without readers, with them`,
      measured: `${text(alone.probes[i]!)}, ${text(read.probes[i]!)}`,
      limit: {
        text: `p99 below ${MAX_P99_MS} ms`,
        holds: (read.probes[i]!.p99 ?? Number.POSITIVE_INFINITY) < MAX_P99_MS,
      },
    })),
    {
      what: 'answers read',
      measured: `${answers}, ${(bytes / MEBIBYTE / SECONDS).toFixed(1)} MiB a second`,
      limit: null,
    },
    { what: 'what the readers were refused', measured: JSON.stringify(errors), limit: null },
    {
      what: 'resident memory: without readers, with them',
      measured: `${alone.memory.toFixed(0)}, ${read.memory.toFixed(0)} MiB`,
      limit: null,
    },
  ],
);
