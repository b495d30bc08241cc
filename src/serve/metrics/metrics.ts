// Prometheus metrics: the rows of all subjects, written at a scrape. Values are read from the watcher's plain counters then, so
// that frames cost nothing here; series exist per VIP or per fixed word, never per device of the LAN.

import { Buffer } from 'node:buffer';
import { Registry } from 'prom-client';
import type { Seconds } from '../../base/time.ts';
import type { VipRow } from '../../watch/takeover/vips.ts';
import type { WatchEvent } from '../../watch/view.ts';
import type { Snapshot } from '../tables/snapshot.ts';
import type { Sources } from '../tables/sources.ts';
import { AGENT_METRICS } from './agent-metrics.ts';
import { ALERT_METRICS } from './alert-metrics.ts';
import { CLUSTER_METRICS } from './cluster-metrics.ts';
import { DHCP_METRICS } from './dhcp-metrics.ts';
import { type MetricDescription, renderMetrics } from './exposition.ts';
import { FINDING_METRICS } from './finding-metrics.ts';
import { FRAME_METRICS } from './frame-metrics.ts';
import type { Metric, Scrape } from './metric.ts';
import { PROBE_METRICS, roundTripHistogram } from './probe-metrics.ts';
import { TAKEOVER_GAP, TakeoverMetrics } from './takeover-metrics.ts';
import { VIP_METRICS } from './vip-metrics.ts';

/** In the order in which they are written; the histograms follow. */
const METRICS: readonly Metric[] = [
  ...FINDING_METRICS,
  ...VIP_METRICS,
  ...PROBE_METRICS,
  ...DHCP_METRICS,
  ...FRAME_METRICS,
  ...CLUSTER_METRICS,
  ...ALERT_METRICS,
  ...AGENT_METRICS,
];

/** Bytes that are written at once: a millisecond's work, after which frames have their turn. */
const PIECE_LENGTH = 64 * 1024;

export interface Metrics {
  readonly contentType: string;
  /**
   * The text of one scrape, in pieces: whoever reads on slowly holds up nobody.
   * @param names the metrics that are wanted; none: all of them.
   */
  readonly render: (names?: readonly string[]) => AsyncGenerator<Uint8Array>;
  readonly describe: () => readonly MetricDescription[];
  readonly observeEvents: (events: readonly WatchEvent[]) => void;
  /** @param seconds from a probe to its answer. */
  readonly observeProbe: (seconds: Seconds) => void;
}

export function createMetrics(sources: Sources, snapshot: Snapshot): Metrics {
  const registry = new Registry();
  const takeovers = new TakeoverMetrics(registry);
  const roundTrip = roundTripHistogram(registry);

  function beginScrape(): Scrape {
    const { view } = sources;
    const lastTakeovers = new Map(view.takeovers().map(({ ip, at }) => [ip, at]));
    const withdrawn = new Set(takeovers.begun);
    const vips: VipRow[] = [];
    for (const row of view.eachVip(sources.now())) {
      withdrawn.delete(row.ip);
      if (row.up !== null) takeovers.begin(row.ip);
      if (row.up !== null || lastTakeovers.has(row.ip)) vips.push(row);
    }
    for (const ip of withdrawn) takeovers.forget(ip);
    return {
      sources,
      leases: snapshot.leases,
      vips,
      takeoversBegun: takeovers.begun,
      lastTakeovers,
      counters: view.counters(),
    };
  }

  async function* lines(isWanted: (name: string) => boolean): AsyncGenerator<string> {
    yield* renderMetrics(METRICS, beginScrape(), isWanted);
    for (const metric of registry.getMetricsAsArray())
      if (isWanted(metric.name)) yield `${await registry.getSingleMetricAsString(metric.name)}\n`;
    if (isWanted(TAKEOVER_GAP)) yield* takeovers.render();
  }

  return {
    contentType: registry.contentType,
    render: (names = []) => {
      const wanted = new Set(names);
      return inPieces(lines((name) => wanted.size === 0 || wanted.has(name)));
    },
    describe: () => [
      ...METRICS,
      // The library's type leaves out the label names.
      ...([registry, takeovers.registry].flatMap((all) =>
        all.getMetricsAsArray(),
      ) as unknown as MetricDescription[]),
    ],
    observeEvents(events) {
      for (const event of events) takeovers.observe(event);
    },
    observeProbe: (seconds) => roundTrip.observe(seconds),
  };
}

/** Written down at once: texts that are kept until a piece is full cost the garbage collector more than all the rest. */
async function* inPieces(texts: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  let piece = Buffer.allocUnsafe(PIECE_LENGTH);
  let used = 0;
  for await (const text of texts) {
    const length = Buffer.byteLength(text);
    if (used + length > PIECE_LENGTH) {
      if (used > 0) yield piece.subarray(0, used);
      piece = Buffer.allocUnsafe(Math.max(PIECE_LENGTH, length));
      used = 0;
    }
    used += piece.write(text, used);
  }
  yield piece.subarray(0, used);
}
