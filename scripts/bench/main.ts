// `make bench`: every figure that the project promises, measured here and now, side by side.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const PARTS = [
  'replay.ts',
  'judging.ts',
  'live.ts',
  'stall.ts',
  'daemon.ts',
  'alert.ts',
  'agent-memory.ts',
  'agent-speed.ts',
  'series.ts',
  'readers.ts',
  'non-readers.ts',
  'lease-import.ts',
  'check.ts',
  'agent-check.ts',
  'page.ts',
];

for (const part of PARTS) {
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, part)], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
