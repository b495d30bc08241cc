// Live capture under an ARP flood: `node scripts/bench/live.ts [FRAMES_PER_SECOND] [SECONDS]`. Needs root and trafgen
// (netsniff-ng). Sends over a veth pair in a namespace of its own and prints sent, received, dropped and the CPU used.
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCapturedLink } from './captured-link.ts';
import { printTable } from './table.ts';

const rate = Number(process.argv[2] ?? 300_000);
const seconds = Number(process.argv[3] ?? 5);

/** An ARP request, padded to 60 bytes as a network card would. The last byte of the sender's address varies. */
const ARP_REQUEST = `{
  eth(da=ff:ff:ff:ff:ff:ff, sa=02:00:00:00:00:99, type=0x0806),
  c16(1), c16(0x0800), 6, 4, c16(1),
  0x02, 0, 0, 0, 0, 0x99, 10, 99, 0, drnd(1),
  0, 0, 0, 0, 0, 0, 10, 99, 1, 1,
  fill(0, 18)
}`;

const folder = mkdtempSync(join(tmpdir(), 'vipwatch-bench-'));
const configuration = join(folder, 'arp.cfg');
writeFileSync(configuration, ARP_REQUEST);
const { namespace, counted } = await createCapturedLink();
try {
  const generator = namespace.spawn(
    'trafgen',
    [
      '--dev',
      'flood0',
      '--conf',
      configuration,
      '--cpus',
      '1',
      '--rate',
      `${rate}pps`,
      '--num',
      String(rate * seconds),
    ],
    { stdio: 'ignore' },
  );
  const [status] = await once(generator, 'exit');
  if (status !== 0) throw new Error(`trafgen exited with ${status}`);
  const sent = JSON.parse(namespace.run('ip', '-j', '-s', 'link', 'show', 'flood0'))[0].stats64.tx.packets;
  // Long enough for the last block of the ring to be handed over.
  await new Promise((resolve) => setTimeout(resolve, 500));
  const result = await counted();
  const lost = sent - result.received;
  printTable(`Live capture, ${rate} ARP frames a second for ${seconds} s`, [
    { what: 'sent', measured: String(sent), limit: null },
    { what: 'lost', measured: String(lost), limit: { text: 'none', holds: lost === 0 } },
    {
      what: "dropped, by the kernel's count",
      measured: String(result.dropped),
      limit: { text: 'none', holds: result.dropped === 0 },
    },
    { what: 'CPU', measured: `${result.cpuSeconds.toFixed(2)} s`, limit: null },
    { what: 'resident memory', measured: `${result.rssMiB} MiB`, limit: null },
  ]);
} finally {
  await namespace.end();
  rmSync(folder, { recursive: true });
}
