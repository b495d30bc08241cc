import { defineConfig } from 'vitest/config';
import { LEFT_OUT } from './test/left-out.ts';

/** vitest.cluster.config.ts and vitest.node.config.ts have them. */
const IN_A_CLUSTER = ['test/cluster/**', 'test/node/**'];
const leftOut = Object.keys(LEFT_OUT).map((path) => (path.endsWith('/') ? `${path}**/*.test.ts` : path));

// Two projects, so that each test runs once: `quick` needs npm packages alone, `machine` the rest.
export default defineConfig({
  test: {
    pool: 'forks',
    // Only what hangs takes so long, however busy the machine is.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'quick',
          include: ['test/**/*.test.ts'],
          exclude: [...IN_A_CLUSTER, ...leftOut],
          // They leave no trace in a process, so that many files share one.
          isolate: false,
          // More than cores: some wait for most of their time.
          maxWorkers: 4,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'machine',
          include: leftOut,
          exclude: IN_A_CLUSTER,
          // Busy while a LAN is built, and waiting for most of the time afterwards.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
