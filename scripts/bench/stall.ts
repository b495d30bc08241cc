// Thin traffic while the agent does not read, as while an SD card writes: `node scripts/bench/stall.ts [SECONDS]`. Needs root and
// trafgen (netsniff-ng). Stops a reader (SIGSTOP) in a namespace of its own and prints what the kernel had no room for.
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createCapturedLink } from './captured-link.ts';
import { printTable, type Row } from './table.ts';

const RATES = [20, 100, 1000];
const seconds = Number(process.argv[2] ?? 2);
/** After the generator has begun to send, and before it ends. */
const MARGIN_MS = 500;

const ARP_REQUEST = `{
  eth(da=ff:ff:ff:ff:ff:ff, sa=02:00:00:00:00:99, type=0x0806),
  c16(1), c16(0x0800), 6, 4, c16(1),
  0x02, 0, 0, 0, 0, 0x99, 10, 99, 0, 5, 0, 0, 0, 0, 0, 0, 10, 99, 1, 1, fill(0, 18)
}`;

const folder = mkdtempSync(join(tmpdir(), 'vipwatch-bench-'));
const configuration = join(folder, 'arp.cfg');
writeFileSync(configuration, ARP_REQUEST);

async function droppedAt(rate: number): Promise<{ readonly sent: number; readonly dropped: number }> {
  const { namespace, reader, counted } = await createCapturedLink();
  try {
    const sent = rate * (seconds + (2 * MARGIN_MS) / 1000);
    const words = ['--dev', 'flood0', '--conf', configuration, '--cpus', '1', '--gap', `${1000 / rate}ms`];
    const generator = namespace.spawn('trafgen', [...words, '--num', String(sent)], { stdio: 'ignore' });
    const ended = once(generator, 'exit');
    await pause(MARGIN_MS);
    reader.kill('SIGSTOP');
    await pause(seconds * 1000);
    reader.kill('SIGCONT');
    await ended;
    await pause(MARGIN_MS);
    return { sent, dropped: sent - (await counted()).received };
  } finally {
    await namespace.end();
  }
}

try {
  const rows: Row[] = [];
  for (const rate of RATES) {
    const { sent, dropped } = await droppedAt(rate);
    rows.push({
      what: `${rate} frames a second`,
      measured: `${dropped} of ${sent} dropped`,
      limit: { text: 'none', holds: dropped === 0 },
    });
  }
  printTable(`Live capture, stopped for ${seconds} s`, rows);
} finally {
  rmSync(folder, { recursive: true });
}
