import { closeSync, openSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../src/base/time.ts';
import { ProcessUsage } from '../../src/host/process-usage.ts';

const NOW = 1_772_366_400 * SECOND;
const BUSY_MS = 100;

/** One turn of the event loop that keeps all else waiting. */
async function busyTurn(): Promise<void> {
  await turn();
  for (const until = performance.now() + BUSY_MS; performance.now() < until; );
  await turn();
  await turn();
}

describe('ProcessUsage', () => {
  it('tells what the process uses', () => {
    const usage = new ProcessUsage(NOW).read(NOW);
    expect(usage.residentBytes).toBeGreaterThan(usage.heapUsedBytes);
    expect(usage.heapBytes).toBeGreaterThanOrEqual(usage.heapUsedBytes);
    expect(usage.cpuSeconds).toBeGreaterThan(0);
    expect(usage.maxFiles).toBeGreaterThan(usage.openFiles);
    expect(usage.startedAt).toBeCloseTo(NOW / SECOND - process.uptime(), 1);
  });

  it('counts open files', () => {
    const usage = new ProcessUsage(NOW);
    const before = usage.read(NOW).openFiles;
    const file = openSync('/dev/null', 'r');
    expect(usage.read(NOW).openFiles).toBe(before + 1);
    closeSync(file);
    expect(usage.read(NOW).openFiles).toBe(before);
  });

  it('tells of a long turn for a minute at least, whoever reads meanwhile, and not for ever', async () => {
    const usage = new ProcessUsage(NOW);
    await busyTurn();
    const longest = (minutes: number) => usage.read(NOW + minutes * MINUTE).turns.max;
    expect(longest(0)).toBeGreaterThanOrEqual(BUSY_MS / 1000);
    expect(longest(0.9)).toBeGreaterThanOrEqual(BUSY_MS / 1000);
    expect(longest(1)).toBeGreaterThanOrEqual(BUSY_MS / 1000);
    expect(longest(1.9)).toBeGreaterThanOrEqual(BUSY_MS / 1000);
    expect(longest(2)).toBeLessThan(BUSY_MS / 1000);
  });
});
