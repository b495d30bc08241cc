import { defineConfig } from 'vitest/config';

// A whole cluster for each file: busy while it starts, and waiting for most of the time afterwards. Two cores carry two of them.
export default defineConfig({
  test: {
    include: ['test/cluster/**/*.test.ts'],
    globalSetup: ['test/cluster/setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
