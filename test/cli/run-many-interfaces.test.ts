// The daemon on a machine with very many interfaces, as one that runs hundreds of virtual machines.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createNamespace, type Namespace, namespacesUnavailable } from '../host/namespace.ts';
import { PROGRAM } from './program.ts';
import { Running } from './running.ts';

const INTERFACES = 200;
const MEBIBYTE_IN_KIB = 1024;

describe.skipIf(namespacesUnavailable() !== undefined)('vipwatch run on 200 interfaces', () => {
  let folder: string;
  let node: Namespace;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vipwatch-many-'));
    node = await createNamespace();
    const batch = join(folder, 'links');
    const lines = Array.from({ length: INTERFACES / 2 }, (_, i) => [
      `link add ens${2 * i} type veth peer name ens${2 * i + 1}`,
      `link set ens${2 * i} up`,
      `link set ens${2 * i + 1} up`,
    ]);
    writeFileSync(batch, ['link set lo up', ...lines.flat(), ''].join('\n'));
    node.run('ip', '-batch', batch);
  });
  afterEach(async () => {
    await node.end();
    rmSync(folder, { recursive: true });
  });

  it('captures on all of them in less than 150 MB, and says that each ring is small', {
    timeout: 60_000,
  }, async () => {
    const config = join(folder, 'vipwatch.yaml');
    writeFileSync(config, `{ intent: { source: static }, journal: { path: ":memory:" } }`);
    const child = node.spawn(PROGRAM, ['run', '--config', config], {
      cwd: '/',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const running = new Running(child);
    expect((await running.logged('Watching')).interfaces).toHaveLength(INTERFACES);
    expect(running.lines.filter(({ event }) => event === 'rings')).toMatchObject([
      { level: 'warn', interfaces: INTERFACES, ringKiB: 128 },
    ]);
    const residentKiB = Number.parseInt(running.status('VmRSS'), 10);
    expect(residentKiB).toBeLessThan(150 * MEBIBYTE_IN_KIB);
    console.log(`resident: ${Math.round(residentKiB / MEBIBYTE_IN_KIB)} MiB`);
    const stoppedAt = performance.now();
    running.kill('SIGTERM');
    expect(await running.exited).toBe(0);
    console.log(`ended after ${((performance.now() - stoppedAt) / 1000).toFixed(1)} s`);
  });
});
