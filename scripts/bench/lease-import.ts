// What the import of a large table of leases costs: CPU time until it is judged, for others share the machine, and memory at its
// peak. Each in a process of its own.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { printTable, type Row } from './table.ts';

const FORMATS = ['dnsmasq', 'isc', 'kea', 'kea-http', 'pihole', 'opnsense'];
/** Milliseconds, and bytes. */
const MOST_TIME = 1_000;
const MOST_MEMORY = 20 * 1024 * 1024;

const rows = FORMATS.map((format): Row => {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, 'import-once.ts'), format],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
  const { time, cpu, memory, leases, findings } = JSON.parse(stdout);
  return {
    what: `${format}: ${leases} leases, ${findings} findings`,
    measured: `${Math.round(cpu)} ms of CPU in ${Math.round(time)} ms, ${(memory / 1024 ** 2).toFixed(1)} MB`,
    limit: { text: 'below 1 s of CPU and 20 MB', holds: cpu < MOST_TIME && memory < MOST_MEMORY },
  };
});
printTable("Importing a DHCP server's table", rows);
