// Who asks by HTTP must not keep the agent from its frames, nor fill its memory, nor keep others out: the bundled daemon with
// full tables on a LAN of the lab, and a crowd that reads everything, one that reads nothing, one that only holds connections.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Api } from '../../lab/api.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import type { LabProcess } from '../../lab/process.ts';
import { PROJECT_FOLDER } from '../../lab/tools.ts';
import { printTable } from './table.ts';

const LEASES = 16_000;
const CLAIMS = 60_000;
const FILL_RATE = 3_000;
const FRAMES_A_SECOND = 1_000;
const SECONDS = 20;
const READERS = 16;
const NON_READERS = 512;
const MEBIBYTE = 1024 * 1024;

const AGENT = '10.99.0.1';
/** Of the machine with the crowd. */
const ADDRESSES = Array.from({ length: 16 }, (_, i) => `10.99.0.${100 + i}`);
const SLEEPERS = Array.from({ length: 11 }, (_, i) => `10.99.0.${200 + i}`);
const CONFIG = {
  interfaces: ['eth0'],
  intent: {
    source: 'static',
    static: {
      vips: [{ address: '10.99.0.240', service: 'edge/proxy' }],
      nodes: [{ name: 'cp', addresses: ['10.99.0.10'], macs: ['02:00:00:00:00:10'] }],
    },
  },
  journal: { path: ':memory:' },
  log: { format: 'json', level: 'error' },
};
const PATHS = [
  '/api/v1',
  '/healthz',
  '/readyz',
  '/metrics',
  '/openapi.json',
  '/docs/findings',
  '/api/v1/vips',
  '/api/v1/vips/10.99.0.240',
  '/api/v1/claims?limit=5000',
  '/api/v1/claims?limit=1&ip=10.102.3.4',
  '/api/v1/leases?limit=5000',
  '/api/v1/dhcp-servers',
  '/api/v1/findings?state=all&limit=5000',
  '/api/v1/takeovers',
  '/api/v1/failover-tests',
];

async function startCrowd(
  on: Host,
  kind: string,
  count: number,
  paths: readonly string[],
  from: readonly string[] = [],
): Promise<LabProcess> {
  const words = [
    kind,
    String(count),
    `${on === node ? '127.0.0.1' : AGENT}:9797`,
    paths.join(','),
    from.join(','),
  ];
  const crowd = on.spawnScript('lab/http-crowd.ts', words);
  await crowd.waitForLine(/^begun$/);
  return crowd;
}

interface Report {
  readonly answers: number;
  readonly bytes: number;
  readonly asked: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly probes: number;
  readonly p50: number | null;
  readonly p99: number | null;
}

async function reportOf(crowd: LabProcess): Promise<Report> {
  const from = crowd.output.length;
  crowd.stdin.write('report\n');
  const [line] = await crowd.waitForLine(/^\{.*/, { from, timeoutMs: 30_000 });
  return JSON.parse(line);
}

await using lab = await Lab.create();
const node = await lab.host('node', { mac: '02:00:00:00:00:01', address: `${AGENT}/16` });
const stranger = await lab.host('stranger', { mac: '02:00:00:00:00:02', address: '10.99.0.2/16' });
const sender = await lab.host('sender', { mac: '02:00:00:00:00:03' });
for (const address of ADDRESSES) await stranger.run(['ip', 'address', 'add', `${address}/16`, 'dev', 'eth0']);
const sleepers = await lab.host('sleepers', { mac: '02:00:00:00:00:04', address: '10.99.0.3/16' });
for (const address of SLEEPERS) await sleepers.run(['ip', 'address', 'add', `${address}/16`, 'dev', 'eth0']);
// They take next to nothing.
await sleepers.run(['sh', '-c', 'echo 4096 4096 6291456 > /proc/sys/net/ipv4/tcp_rmem']);

await node.writeFile('/run/lab/vipwatch.yaml', JSON.stringify(CONFIG));
const daemon = node.spawn([
  process.execPath as `/${string}`,
  process.env.VIPWATCH_BUNDLE ?? join(PROJECT_FOLDER, 'dist/vipwatch.js'),
  'run',
  '--config',
  '/run/lab/vipwatch.yaml',
]);
const tunnel = node.spawnScript('lab/tunnel.ts', ['/run/lab/api.sock', '9797']);
await tunnel.waitForLine(/^listening/);
const api = new Api(node.path('/run/lab/api.sock'));
while ((await api.get('/readyz').catch(() => undefined))?.status !== 200) await pause(100);
const lan = sender.spawnScript('lab/full-lan.ts', [LEASES, CLAIMS, FILL_RATE].map(String));
await lan.waitForLine(/^filled$/, { timeoutMs: 120_000 });
await pause(61_000);

const dropped = async () => {
  const lines = await api.metrics('vipwatch_frames_dropped_total');
  return lines.reduce((sum, line) => sum + Number(line.split(' ')[1]), 0);
};
const residentMiB = async () => {
  const status = readFileSync(`/proc/${await daemon.pid}/status`, 'utf8');
  return (Number(/^VmRSS:\s+(\d+)/m.exec(status)![1]) * 1024) / MEBIBYTE;
};
const entries = (await api.metrics('vipwatch_table_entries')).map((line) =>
  line.replace(/.*table="(.*)"\} /, '$1 '),
);

async function send(): Promise<number> {
  const from = lan.output.length;
  lan.stdin.write(`frames ${FRAMES_A_SECOND} ${SECONDS}\n`);
  const [, sent] = await lan.waitForLine(/^sent (\d+)$/, { from, timeoutMs: SECONDS * 3_000 });
  await pause(1_000);
  return Number(sent);
}

async function endOf(...crowds: LabProcess[]): Promise<void> {
  for (const crowd of crowds) await crowd.stop('SIGKILL');
}

const before = { memory: await residentMiB(), dropped: await dropped() };
const probes = [
  await startCrowd(node, 'probe', 1, ['/healthz']),
  await startCrowd(stranger, 'probe', 1, ['/healthz']),
];
const alone = {
  sent: await send(),
  dropped: (await dropped()) - before.dropped,
  probes: await Promise.all(probes.map(reportOf)),
};

const readers = await startCrowd(stranger, 'read', READERS, PATHS, ADDRESSES);
const droppedBefore = await dropped();
await Promise.all(probes.map(reportOf));
const sent = await send();
const read = {
  dropped: (await dropped()) - droppedBefore,
  probes: await Promise.all(probes.map(reportOf)),
  readers: await reportOf(readers),
  memory: await residentMiB(),
};
await endOf(readers);
const text = ({ p50, p99 }: Report) => `${p50?.toFixed(1)} / ${p99?.toFixed(1)} ms`;
printTable(
  `${READERS} readers of every route, ${FRAMES_A_SECOND} frames a second for ${SECONDS} s (${entries.join(', ')})`,
  [
    { what: 'dropped without readers', measured: `${alone.dropped} of ${alone.sent}`, limit: null },
    {
      what: 'dropped',
      measured: `${read.dropped} of ${sent}`,
      limit: { text: 'none', holds: read.dropped === 0 },
    },
    {
      what: '/healthz without readers, from the node: p50 / p99',
      measured: text(alone.probes[0]!),
      limit: null,
    },
    ...['the node', 'the LAN'].map((whence, i) => ({
      what: `/healthz from ${whence}: p50 / p99`,
      measured: text(read.probes[i]!),
      limit: { text: 'p99 below 100 ms', holds: (read.probes[i]!.p99 ?? Number.POSITIVE_INFINITY) < 100 },
    })),
    {
      what: 'answers read',
      measured: `${read.readers.answers} (${(read.readers.bytes / MEBIBYTE / SECONDS).toFixed(1)} MiB a second), errors ${JSON.stringify(read.readers.errors)}`,
      limit: null,
    },
    {
      what: 'resident memory before / after',
      measured: `${before.memory.toFixed(0)} / ${read.memory.toFixed(0)} MiB`,
      limit: null,
    },
  ],
);

// What is not needed any more is given back every minute.
await pause(61_000);
const rested = await residentMiB();
const crowd = await startCrowd(
  sleepers,
  'unread',
  NON_READERS,
  ['/api/v1/leases?limit=5000', '/api/v1/claims?limit=5000'],
  SLEEPERS,
);
const friend = await startCrowd(stranger, 'probe', 1, ['/api/v1/vips']);
let peak = 0;
for (let i = 0; i < SECONDS * 5; i += 1) {
  peak = Math.max(peak, await residentMiB());
  await pause(200);
}
const unread = {
  crowd: await reportOf(crowd),
  established:
    (await node.run(['sh', '-c', 'ss -Htn state established dst 10.99.0.192/26'])).stdout.split('\n').length -
    1,
  friend: await reportOf(friend),
  probes: await Promise.all(probes.map(reportOf)),
};
await endOf(crowd, friend);
printTable(`${NON_READERS} connections that read nothing, for ${SECONDS} s`, [
  {
    what: 'resident memory: before / highest',
    measured: `${rested.toFixed(0)} / ${peak.toFixed(0)} MiB`,
    limit: { text: 'below 150 MB', holds: peak * MEBIBYTE < 150e6 },
  },
  {
    what: 'asked, of which the agent still has',
    measured: `${unread.crowd.asked}, ${unread.established}`,
    limit: null,
  },
  { what: '/healthz from the node: p50 / p99', measured: text(unread.probes[0]!), limit: null },
  { what: '/api/v1/vips from another machine: p50 / p99', measured: text(unread.friend), limit: null },
  {
    what: 'what that machine was refused',
    measured: JSON.stringify(unread.friend.errors),
    limit: { text: 'nothing', holds: Object.keys(unread.friend.errors).length === 0 },
  },
]);
await daemon.stop();
