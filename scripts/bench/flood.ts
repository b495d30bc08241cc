// Floods of the bundled daemon on a link of its own: `node scripts/bench/flood.ts [FRAMES_PER_SECOND] [SECONDS]`. Needs root and
// trafgen (netsniff-ng). What a frame costs the whole agent, by what is in it; and what a mixed flood leaves of it: which frames
// are lost, how soon it answers, what it logs, and whether a real lease is told and what was found before is remembered.
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { type Ipv4, parseIp, parseMac } from '../../src/net/address.ts';
import { createNamespace } from '../../test/host/namespace.ts';
import { encodeDhcpMessage } from '../../test/watch/dhcp-message.ts';
import { residentOf } from './cost.ts';
import { FLOODS, PLAIN, trafgenConfig } from './flood-frames.ts';
import { printTable, type Row } from './table.ts';

const rate = Number(process.argv[2] ?? 10_000);
const seconds = Number(process.argv[3] ?? 150);

const RATE_OF_KIND = 2000;
const SECONDS_OF_KIND = 4;
const READ_WITHIN_MS = 5000;
const MOST = 3;
/** Frames that differ, of each kind. */
const FRAMES = 1000;
const TOLD_WITHIN_MS = 2000;
const DAEMON = join(import.meta.dirname, '../../dist/vipwatch.js');
/** The kernel's USER_HZ. */
const CLOCK_TICKS_A_SECOND = 100;

const folder = mkdtempSync(join(tmpdir(), 'vipwatch-bench-'));
const file = (name: string) => join(folder, name);
const CONFIG = `
interfaces: [lan0]
intent:
  source: static
  static:
    pools: [{ name: main-pool, addresses: [192.168.1.50-192.168.1.69] }]
    vips: [{ address: 192.168.1.50, service: traefik/traefik }, { address: 192.168.1.60, service: web/shop }]
    nodes: [{ name: cp, addresses: [192.168.1.10], macs: ["02:00:00:00:00:10"] }]
dhcp: { servers: [192.168.1.1] }
http: { address: 127.0.0.1, port: 9797 }
journal: { path: ${file('journal.db')} }
`;

const ip = (address: string) => parseIp(address) as Ipv4;
const namespace = await createNamespace();

interface Seen {
  readonly cpuSeconds: number;
  readonly frames: number;
  readonly dropped: number;
}

async function startDaemon(log: string) {
  const descriptor = openSync(file(log), 'w');
  const daemon = namespace.spawn(process.execPath, [DAEMON, 'run', '--config', file('vipwatch.yaml')], {
    stdio: ['ignore', descriptor, 'inherit'],
  });
  closeSync(descriptor);
  for (const until = Date.now() + 20_000; ; await pause(100)) {
    try {
      namespace.run('curl', '-sf', 'http://127.0.0.1:9797/healthz');
      return daemon;
    } catch (error) {
      if (Date.now() > until) throw error;
    }
  }
}

function seen(pid: number): Seen {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  const metrics = namespace.run('curl', '-sf', 'http://127.0.0.1:9797/metrics');
  const sum = (name: string) =>
    [...metrics.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'gm'))].reduce(
      (total, [, value]) => total + Number(value),
      0,
    );
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_A_SECOND,
    frames: sum('vipwatch_frames_total'),
    dropped: sum('vipwatch_frames_dropped_total'),
  };
}

/** Once all that was sent is read, or lost: what still waits in the ring would be another kind's cost. */
async function seenAll(pid: number, { frames, dropped }: Seen, sent: number): Promise<Seen> {
  for (const until = Date.now() + READ_WITHIN_MS; ; await pause(200)) {
    const after = seen(pid);
    if (after.frames + after.dropped >= frames + dropped + sent || Date.now() > until) return after;
  }
}

/** Resolves once all are sent. */
async function send(
  name: string,
  frames: readonly Uint8Array[],
  perSecond: number,
  count: number,
): Promise<void> {
  writeFileSync(file(`${name}.cfg`), trafgenConfig(frames));
  const words = ['--dev', 'flood0', '--conf', file(`${name}.cfg`), '--cpus', '1'];
  const generator = namespace.spawn(
    'trafgen',
    [...words, '--rate', `${perSecond}pps`, '--num', String(count)],
    { stdio: 'ignore' },
  );
  const [status] = await once(generator, 'exit');
  if (status !== 0) throw new Error(`trafgen exited with ${status}`);
}

function findings(): {
  readonly id: string;
  readonly kind: string;
  readonly ip: string;
  readonly state: string;
}[] {
  const answer = namespace.run(
    'curl',
    '-sf',
    'http://127.0.0.1:9797/api/v1/findings?state=all&ip=192.168.1.60',
  );
  return JSON.parse(answer).items;
}

function phone(type: 'request' | 'release', mac: string): Uint8Array {
  const address = ip('192.168.1.60');
  const fields = type === 'request' ? { requested: address } : { clientIp: address };
  return encodeDhcpMessage({ type, client: parseMac(mac)!, server: ip('192.168.1.1'), ...fields });
}

function percentile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

async function costs(pid: number): Promise<Row[]> {
  const measured: { readonly what: string; readonly micros: number; readonly dropped: number }[] = [];
  for (const [number, [what, frameAt]] of Object.entries(FLOODS).entries()) {
    const frames = Array.from({ length: FRAMES }, (_, i) => frameAt(number * FRAMES + i));
    const before = seen(pid);
    await send(`kind-${number}`, frames, RATE_OF_KIND, RATE_OF_KIND * SECONDS_OF_KIND);
    const after = await seenAll(pid, before, RATE_OF_KIND * SECONDS_OF_KIND);
    const micros = ((after.cpuSeconds - before.cpuSeconds) * 1e6) / (after.frames - before.frames);
    measured.push({ what, micros, dropped: after.dropped - before.dropped });
  }
  const { micros: unit } = measured.find(({ what }) => what === PLAIN)!;
  return measured.map(({ what, micros, dropped }) => ({
    what,
    measured: `${micros.toFixed(0)} µs, ${(micros / unit).toFixed(1)}x${dropped > 0 ? `; ${dropped} dropped` : ''}`,
    limit: { text: `at most ${MOST}x an ${PLAIN}`, holds: micros <= MOST * unit },
  }));
}

/** Milliseconds from the lease of another VIP until it is told; null: not within a minute. */
async function toldAfter(): Promise<number | null> {
  await send('real', [phone('request', '02:00:00:00:00:aa')], 100, 3);
  const sentAt = performance.now();
  for (; performance.now() - sentAt < 60_000; await pause(100)) {
    if (
      findings().some(
        ({ kind, id, state }) => kind === 'lease-on-vip' && id.endsWith('aa') && state === 'active',
      )
    )
      return performance.now() - sentAt;
  }
  return null;
}

async function mixed(pid: number): Promise<Row[]> {
  await send(
    'before',
    [phone('request', '02:00:00:00:00:bb'), phone('release', '02:00:00:00:00:bb')],
    100,
    2,
  );
  await pause(1000);
  if (!findings().some(({ kind, state }) => kind === 'lease-on-vip' && state === 'resolved'))
    throw new Error('nothing was found before the flood');
  const frames = Array.from({ length: FRAMES }, (_, i) =>
    Object.values(FLOODS).map((at) => at(50_000 + i)),
  ).flat();
  const linesBefore = readFileSync(file('first.log'), 'utf8').split('\n').length;
  const before = seen(pid);
  const poller = namespace.spawn(process.execPath, [join(import.meta.dirname, 'health-poller.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const flooded = send('mixed', frames, rate, rate * seconds);
  await pause((seconds * 1000) / 2);
  const told = await toldAfter();
  await flooded;
  poller.stdin!.end();
  const times: number[] = JSON.parse(await text(poller.stdout!));
  const after = seen(pid);
  const lines = readFileSync(file('first.log'), 'utf8').split('\n').length - linesBefore;
  const dropped = after.dropped - before.dropped;
  const share = dropped / (after.frames - before.frames + dropped);
  const p99 = percentile(times, 0.99);
  return [
    { what: 'frames seen', measured: String(after.frames - before.frames), limit: null },
    {
      what: 'dropped',
      measured: `${dropped}, ${(share * 100).toFixed(2)} %`,
      limit: { text: 'below 1 %', holds: share < 0.01 },
    },
    {
      what: '/healthz p50, p99, worst',
      measured: `${percentile(times, 0.5).toFixed(0)}, ${p99.toFixed(0)}, ${Math.max(...times).toFixed(0)} ms`,
      limit: { text: 'p99 below 250 ms', holds: p99 < 250 },
    },
    {
      what: 'a real lease of another VIP is told',
      measured: told === null ? 'not within a minute' : `after ${told.toFixed(0)} ms`,
      limit: { text: `within ${TOLD_WITHIN_MS} ms`, holds: told !== null && told <= TOLD_WITHIN_MS },
    },
    { what: 'log lines', measured: String(lines), limit: { text: 'at most 200', holds: lines <= 200 } },
    { what: 'CPU', measured: `${(after.cpuSeconds - before.cpuSeconds).toFixed(1)} s`, limit: null },
    { what: 'resident memory', measured: `${residentOf(pid).toFixed(0)} MiB`, limit: null },
  ];
}

try {
  writeFileSync(file('vipwatch.yaml'), CONFIG);
  namespace.run('ip', 'link', 'set', 'lo', 'up');
  namespace.run('ip', 'link', 'add', 'flood0', 'type', 'veth', 'peer', 'name', 'lan0');
  for (const name of ['flood0', 'lan0']) namespace.run('ip', 'link', 'set', name, 'up');
  namespace.run('ip', 'address', 'add', '192.168.1.11/24', 'dev', 'lan0');
  const first = await startDaemon('first.log');
  printTable(`A frame's cost to the whole agent, at ${RATE_OF_KIND} a second`, await costs(first.pid!));
  const rows = await mixed(first.pid!);
  first.kill('SIGTERM');
  await once(first, 'exit');
  const second = await startDaemon('second.log');
  const isKept = findings().some(({ id, state }) => id.endsWith('bb') && state === 'resolved');
  printTable(`A flood of ${rate} frames a second for ${seconds} s, of all these kinds`, [
    ...rows,
    {
      what: 'what was found before it, after a restart',
      measured: isKept ? 'known' : 'forgotten',
      limit: { text: 'known', holds: isKept },
    },
  ]);
  second.kill('SIGTERM');
  await once(second, 'exit');
} finally {
  await namespace.end();
  rmSync(folder, { recursive: true });
}
