// What `vipwatch check` of a large cluster costs: CPU time, for others share the machine, and memory at its peak. The API server is a
// process of its own, and so is the command, as it is shipped, which says by itself how much it took.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { printTable } from './table.ts';

/** Seconds, and bytes. */
const MOST_TIME = 15;
const MOST_MEMORY = 250 * 1024 * 1024;
const RULES = 35;

const folder = mkdtempSync(join(tmpdir(), 'vipwatch-bench-check-'));
const server = spawn(process.execPath, [join(import.meta.dirname, 'check-server.ts')], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  const [port] = await new Promise<string[]>((resolve) =>
    createInterface({ input: server.stdout }).once('line', (line: string) => resolve(line.split(' '))),
  );
  const kubeconfig = join(folder, 'config');
  const cluster = { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true };
  const config = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'c' },
    clusters: [{ name: 'c', cluster }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    users: [{ name: 'u', user: { token: 't' } }],
  };
  writeFileSync(kubeconfig, JSON.stringify(config));
  const began = performance.now();
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [
      '--import',
      join(import.meta.dirname, 'peak-memory.ts'),
      join(import.meta.dirname, '../../dist/vipwatch.js'),
      'check',
      '--kubeconfig',
      kubeconfig,
      '--dhcp-range',
      '10.0.0.1-10.0.63.255',
      '--output',
      'json',
      '--fail-on',
      'never',
    ],
    { encoding: 'utf8', maxBuffer: 1024 ** 3 },
  );
  const seconds = (performance.now() - began) / 1000;
  const [, peak = Number.NaN, cpu = Number.NaN] = (/peak (\d+) cpu (\d+)/.exec(stderr) ?? []).map(Number);
  if (status !== 0) throw new Error(stderr);
  const told = new Set(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).id),
  );
  if (told.size !== RULES + 1) throw new Error(`${told.size - 1} checks spoke`);
  printTable('Checking a cluster: 1,000 nodes, 10,000 Services, 20,000 Pods, 5,000 volumes', [
    {
      what: `${stdout.split('\n').length - 1} results`,
      measured: `${(cpu / 1e6).toFixed(1)} s of CPU in ${seconds.toFixed(1)} s, ${(peak / 1024 ** 2).toFixed(0)} MB at its peak`,
      limit: { text: 'below 15 s of CPU and 250 MB', holds: cpu / 1e6 < MOST_TIME && peak < MOST_MEMORY },
    },
  ]);
} finally {
  server.kill();
  rmSync(folder, { recursive: true });
}
