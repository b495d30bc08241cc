import { defineConfig } from 'vitest/config';

// Real nodes: containers, kubelets and a whole control plane in each file, one file after the other.
export default defineConfig({
  test: {
    include: ['test/node/**/*.test.ts'],
    globalSetup: ['test/node/setup.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 300_000,
    hookTimeout: 600_000,
    // The first one that fails explains those after it, which build upon it.
    bail: 1,
  },
});
