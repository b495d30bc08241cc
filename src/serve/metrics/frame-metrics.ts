// Metrics of the capture: the frames, and the interfaces that they come from.
import { counter, gauge, type Metric, unixTime } from './metric.ts';

export const FRAME_METRICS: readonly Metric[] = [
  counter({
    name: 'vipwatch_frames_total',
    help: 'Frames read.',
    labelNames: ['protocol', 'interface'],
    read: (set, { counters }) => {
      for (const { protocol, interface: name, count } of counters.framesByProtocol)
        set({ protocol, interface: name }, count);
    },
  }),
  counter({
    name: 'vipwatch_frames_malformed_total',
    help: 'Frames refused as malformed.',
    labelNames: ['protocol', 'reason'],
    read: (set, { counters }) => {
      for (const { protocol, reason, count } of counters.malformed) set({ protocol, reason }, count);
    },
  }),
  counter({
    name: 'vipwatch_frames_ignored_total',
    help: 'Well-formed frames of no interest.',
    labelNames: ['reason'],
    read: (set, { counters }) => {
      for (const { reason, count } of counters.ignored) set({ reason }, count);
    },
  }),
  counter({
    name: 'vipwatch_frames_dropped_total',
    help: 'Frames that the kernel dropped because the agent was too slow.',
    labelNames: ['interface'],
    read: (set, { sources }) => {
      for (const { name, dropped } of sources.interfaces()) set({ interface: name }, dropped);
    },
  }),
  gauge({
    name: 'vipwatch_last_frame_timestamp_seconds',
    help: 'When the last frame of another machine came, Unix time; 0 before the first one.',
    labelNames: ['interface'],
    read: (set, scrape) => {
      for (const { name } of scrape.sources.interfaces()) set({ interface: name }, 0);
      for (const { interface: name, at } of scrape.counters.lastHeard)
        if (at !== null) set({ interface: name }, unixTime(scrape, at));
    },
  }),
  gauge({
    name: 'vipwatch_interface_up',
    help: '1 while frames are captured on the interface.',
    labelNames: ['interface'],
    read: (set, { sources }) => {
      for (const { name, up } of sources.interfaces()) set({ interface: name }, up ? 1 : 0);
    },
  }),
];
