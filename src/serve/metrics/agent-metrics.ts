// Metrics of the agent itself: its tables, its journal, and its version.
import { counter, gauge, type Metric } from './metric.ts';

export const AGENT_METRICS: readonly Metric[] = [
  gauge({
    name: 'vipwatch_table_entries',
    help: 'Rows in a bounded table.',
    labelNames: ['table'],
    read: (set, { counters }) => {
      for (const { table, entries } of counters.tables) set({ table }, entries);
    },
  }),
  counter({
    name: 'vipwatch_table_evictions_total',
    help: 'Rows that newer ones replaced.',
    labelNames: ['table'],
    read: (set, { counters }) => {
      for (const { table, evictions } of counters.tables) set({ table }, evictions);
    },
  }),
  gauge({
    name: 'vipwatch_journal_durable',
    help: '1 while what is learned survives a restart.',
    labelNames: [],
    read: (set, { sources }) => set({}, sources.journal().durable ? 1 : 0),
  }),
  gauge({
    name: 'vipwatch_journal_failed',
    help: '1 while the agent cannot write the journal to the configured path.',
    labelNames: [],
    read: (set, { sources }) => {
      const { durable, wanted } = sources.journal();
      set({}, wanted && !durable ? 1 : 0);
    },
  }),
  gauge({
    name: 'vipwatch_config_last_reload_successful',
    help: '1 while the configuration file, as it was last read, is in force.',
    labelNames: [],
    read: (set, { sources }) => set({}, sources.configuration().problem === null ? 1 : 0),
  }),
  gauge({
    name: 'vipwatch_config_last_reload_success_timestamp_seconds',
    help: 'When the configuration in force was read from the file, at the start or later.',
    labelNames: [],
    read: (set, { sources }) => set({}, sources.configuration().takenInAt),
  }),
  gauge({
    name: 'vipwatch_build_info',
    help: 'Always 1; the version is in the labels.',
    labelNames: ['version', 'node_version'],
    read: (set, { sources }) => set({ version: sources.version, node_version: sources.nodeVersion }, 1),
  }),
  gauge({
    name: 'vipwatch_agent_info',
    help: 'Always 1; the label holds the URL of the pages of this agent.',
    labelNames: ['url'],
    read: (set, { sources }) => set({ url: sources.url() ?? '' }, 1),
  }),
];
