// `make bench`: every figure that the project promises, measured here and now, side by side.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

for (const part of ['replay.ts', 'live.ts', 'daemon.ts', 'alert.ts']) {
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, part)], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
