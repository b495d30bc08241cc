// The bundled daemon: how soon after its start it hears the first frame, and what it costs when nothing happens.
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createNamespace } from '../../test/host/namespace.ts';
import { peakOf } from './cost.ts';
import { printTable } from './table.ts';

const IDLE_MS = 10_000;
const START_WITHIN_MS = 10_000;
const DAEMON = join(import.meta.dirname, '../../dist/vipwatch.js');
/** Of /proc/PID/stat; the kernel's USER_HZ is 100 on every platform that this runs on. */
const CLOCK_TICKS_A_SECOND = 100;

const CONFIG = `
interfaces: [lan0]
intent:
  source: static
  static:
    pools: [{ name: main-pool, addresses: [10.99.0.240-10.99.0.245] }]
    vips: [{ address: 10.99.0.240, service: traefik/traefik }]
    nodes: [{ name: cp, addresses: [10.99.0.1], macs: ["02:00:00:00:01:00"] }]
http: { address: 127.0.0.1, port: 9797 }
`;

/** A foreign announcement of the VIP: the first one captured is the first evidence of a finding. */
const ANNOUNCEMENT = `{
  eth(da=ff:ff:ff:ff:ff:ff, sa=02:00:00:00:00:99, type=0x0806),
  c16(1), c16(0x0800), 6, 4, c16(1),
  0x02, 0, 0, 0, 0, 0x99, 10, 99, 0, 240,
  0, 0, 0, 0, 0, 0, 10, 99, 0, 240,
  fill(0, 18)
}`;

const folder = mkdtempSync(join(tmpdir(), 'vipwatch-bench-'));
const namespace = await createNamespace();

/** Milliseconds since the Unix epoch. */
async function firstFrameAt(): Promise<number> {
  for (const until = Date.now() + START_WITHIN_MS; Date.now() < until; await pause(100)) {
    try {
      const answer = namespace.run('curl', '-sf', 'http://127.0.0.1:9797/api/v1/findings?state=all');
      const at = JSON.parse(answer).items[0]?.evidence?.[0]?.at;
      if (at) return Date.parse(at);
    } catch {
      // It does not listen yet.
    }
  }
  throw new Error(`no finding within ${START_WITHIN_MS} ms of the start`);
}

/** How often any of its threads has waited for something so far. */
function wakeUpsOf(pid: number): number {
  const waits = readdirSync(`/proc/${pid}/task`).map((thread) => {
    const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8');
    return Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)![1]);
  });
  return waits.reduce((sum, count) => sum + count, 0);
}

function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_A_SECOND;
}

try {
  const config = join(folder, 'vipwatch.yaml');
  const announcement = join(folder, 'announcement.cfg');
  writeFileSync(config, `${CONFIG}journal: { path: ${join(folder, 'journal.db')} }\n`);
  writeFileSync(announcement, ANNOUNCEMENT);
  namespace.run('ip', 'link', 'set', 'lo', 'up');
  namespace.run('ip', 'link', 'add', 'lan0', 'type', 'veth', 'peer', 'name', 'peer0');
  for (const name of ['lan0', 'peer0']) namespace.run('ip', 'link', 'set', name, 'up');
  namespace.run('ip', 'address', 'add', '10.99.0.1/24', 'dev', 'lan0');
  const announcer = namespace.spawn(
    'trafgen',
    ['--dev', 'peer0', '--conf', announcement, '--cpus', '1', '--gap', '5ms', '--num', '600'],
    { stdio: 'ignore' },
  );
  const announced = once(announcer, 'exit');
  await pause(500);
  const startedAt = Date.now();
  const daemon = namespace.spawn(process.execPath, [DAEMON, 'run', '--config', config], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const firstFrameMs = (await firstFrameAt()) - startedAt;
  await announced;
  await pause(2000);
  const before = { cpu: cpuSecondsOf(daemon.pid!), wakeUps: wakeUpsOf(daemon.pid!) };
  await pause(IDLE_MS);
  const idle = (cpuSecondsOf(daemon.pid!) - before.cpu) / (IDLE_MS / 1000);
  const wakeUps = (wakeUpsOf(daemon.pid!) - before.wakeUps) / (IDLE_MS / 1000);
  const peakMiB = peakOf(daemon.pid!);
  daemon.kill('SIGTERM');
  await once(daemon, 'exit');
  printTable('The bundled daemon, probing one VIP each second', [
    {
      what: 'start to first frame',
      measured: `${firstFrameMs.toFixed(0)} ms`,
      limit: { text: 'within 500 ms', holds: firstFrameMs <= 500 },
    },
    { what: 'peak resident memory', measured: `${peakMiB.toFixed(0)} MiB`, limit: null },
    { what: 'CPU when idle', measured: `${(idle * 100).toFixed(1)} % of a core`, limit: null },
    { what: 'wake-ups when idle, all threads', measured: `${wakeUps.toFixed(1)} a second`, limit: null },
  ]);
} finally {
  await namespace.end();
  rmSync(folder, { recursive: true });
}
