// Metrics of the process, under the names that the client libraries of Prometheus give them: dashboards for any program of
// Node know these.
import { counter, gauge, type Metric, type Scrape } from './metric.ts';

export const PROCESS_METRICS: readonly Metric[] = [
  counter({
    name: 'process_cpu_seconds_total',
    help: 'Processor time used, user and system.',
    labelNames: [],
    read: (set, { usage }) => set({}, usage.cpuSeconds),
  }),
  one('process_resident_memory_bytes', 'Resident memory.', ({ usage }) => usage.residentBytes),
  one('process_open_fds', 'Open file descriptors.', ({ usage }) => usage.openFiles),
  one('process_max_fds', 'Open file descriptors, at most.', ({ usage }) => usage.maxFiles),
  one('process_start_time_seconds', 'When the process started, Unix time.', ({ usage }) => usage.startedAt),
  one('nodejs_heap_size_total_bytes', 'The heap of V8.', ({ usage }) => usage.heapBytes),
  one('nodejs_heap_size_used_bytes', 'What is used of the heap of V8.', ({ usage }) => usage.heapUsedBytes),
  one(
    'nodejs_external_memory_bytes',
    'Memory outside the heap that objects in it hold.',
    ({ usage }) => usage.externalBytes,
  ),
  lag('mean'),
  lag('p50'),
  lag('p90'),
  lag('p99'),
  lag('max'),
  gauge({
    name: 'nodejs_version_info',
    help: 'Always 1; the version of Node is in the label.',
    labelNames: ['version'],
    read: (set, { sources }) => set({ version: sources.nodeVersion }, 1),
  }),
];

function one(name: string, help: string, valueIn: (scrape: Scrape) => number): Metric {
  return gauge({ name, help, labelNames: [], read: (set, scrape) => set({}, valueIn(scrape)) });
}

function lag(measure: 'mean' | 'p50' | 'p90' | 'p99' | 'max'): Metric {
  return one(
    `nodejs_eventloop_lag_${measure}_seconds`,
    'How long turns of the event loop took, in the last one or two minutes.',
    ({ usage }) => usage.turns[measure],
  );
}
