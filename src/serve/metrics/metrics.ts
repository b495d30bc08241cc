// Prometheus metrics: the rows of all subjects, written at a scrape. Values are read from the watcher's plain counters then, so
// that frames cost nothing here. Series exist per VIP or per fixed word, never per device of the LAN; but of a critical finding
// the machines behind it.

import type { Seconds } from '../../base/time.ts';
import { serviceLabels } from '../../intent/service-labels.ts';
import type { WatchEvent } from '../../watch/view.ts';
import type { Sources } from '../tables/sources.ts';
import { activeFindings } from './active-findings.ts';
import { AGENT_METRICS } from './agent-metrics.ts';
import { ALERT_METRICS } from './alert-metrics.ts';
import { CHECK_METRICS } from './check-metrics.ts';
import { CLUSTER_METRICS } from './cluster-metrics.ts';
import { DHCP_METRICS } from './dhcp-metrics.ts';
import { CONTENT_TYPE, type MetricDescription, renderMetrics } from './exposition.ts';
import { FINDING_METRICS } from './finding-metrics.ts';
import { FRAME_METRICS } from './frame-metrics.ts';
import { Histogram } from './histogram.ts';
import { HTTP_METRICS } from './http-metrics.ts';
import type { Metric, Scrape, ScrapedVip, StreamCounts } from './metric.ts';
import { PROBE_METRICS, ROUND_TRIP_EDGES } from './probe-metrics.ts';
import { PROCESS_METRICS } from './process-metrics.ts';
import { type RequestCounted, Requests } from './requests.ts';
import { TakeoverCounts } from './takeover-counts.ts';
import { TAKEOVER_METRICS } from './takeover-metrics.ts';
import { VIP_METRICS } from './vip-metrics.ts';

/** In the order in which they are written. */
const METRICS: readonly Metric[] = [
  ...FINDING_METRICS,
  ...VIP_METRICS,
  ...TAKEOVER_METRICS,
  ...PROBE_METRICS,
  ...DHCP_METRICS,
  ...FRAME_METRICS,
  ...CLUSTER_METRICS,
  ...CHECK_METRICS,
  ...ALERT_METRICS,
  ...HTTP_METRICS,
  ...AGENT_METRICS,
  ...PROCESS_METRICS,
];

export interface Metrics {
  readonly contentType: string;
  /**
   * The text of one scrape, in pieces: whoever reads on slowly holds up nobody.
   * @param names the metrics that are wanted; none: all of them.
   */
  readonly render: (names?: readonly string[]) => Generator<string>;
  readonly describe: () => readonly MetricDescription[];
  readonly observeEvents: (events: readonly WatchEvent[]) => void;
  /** @param seconds from a probe to its answer. */
  readonly observeProbe: (seconds: Seconds) => void;
  readonly observeRequest: (request: RequestCounted) => void;
}

export function createMetrics(sources: Sources, streams: () => StreamCounts): Metrics {
  const takeovers = new TakeoverCounts(() => sources.maxGap());
  const roundTrips = new Histogram(ROUND_TRIP_EDGES);
  const requests = new Requests();

  function readVips(): ScrapedVip[] {
    const { view } = sources;
    const lastTakeovers = new Map(view.takeovers().map(({ ip, at }) => [ip, at]));
    const withdrawn = new Set(takeovers.begun());
    const vips: ScrapedVip[] = [];
    for (const row of view.eachVip(sources.now())) {
      const { ip } = row;
      withdrawn.delete(ip);
      const isAskedFor = sources.asks(ip);
      if (isAskedFor) takeovers.begin(ip);
      else takeovers.leave(ip);
      const lastTakeover = lastTakeovers.get(ip);
      if (!isAskedFor && row.up === null && lastTakeover === undefined && !takeovers.of(ip)) continue;
      vips.push({ labels: { ip, ...serviceLabels(row) }, row, isAskedFor, lastTakeover });
    }
    for (const ip of withdrawn) takeovers.forget(ip);
    return vips;
  }

  function beginScrape(): Scrape {
    const { view } = sources;
    return {
      sources,
      streams,
      vips: readVips(),
      findings: activeFindings(view.findings()),
      takeovers,
      roundTrips,
      requests,
      counters: view.counters(),
      usage: sources.usage(),
    };
  }

  return {
    contentType: CONTENT_TYPE,
    render: (names = []) => {
      const wanted = new Set(names);
      const isWanted = (name: string) => wanted.size === 0 || wanted.has(name);
      return renderMetrics(METRICS, beginScrape(), isWanted);
    },
    describe: () => METRICS,
    observeEvents(events) {
      for (const event of events) takeovers.observe(event);
    },
    observeProbe: (seconds) => roundTrips.observe(seconds),
    observeRequest: (request) => requests.add(request),
  };
}
