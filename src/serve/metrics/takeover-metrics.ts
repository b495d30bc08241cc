// Metrics of takeovers: how many, how long, and what they did to the service. The counters stand at 0 for every VIP that this
// agent asks for, so that the first takeover is an increase; a histogram is nineteen times as many series, and begins with
// the first takeover of its class.
import { SECOND } from '../../base/time.ts';
import { TAKEOVER_CLASSES, type TakeoverClass } from '../../watch/takeover/takeover.ts';
import { counter, gauge, histogram, type Metric, type Scrape, type VipLabels } from './metric.ts';
import type { ClassCounts } from './takeover-counts.ts';

const labelNames = ['ip', 'namespace', 'service', 'class'] as const;

export const TAKEOVER_METRICS: readonly Metric[] = [
  counter({
    name: 'vipwatch_takeovers_total',
    help: 'Changes of the node that announces a VIP.',
    labelNames,
    read: (set, scrape) => {
      for (const [labels, { takeovers }] of countsOf(scrape)) set(labels, takeovers);
    },
  }),
  counter({
    name: 'vipwatch_takeovers_within_objective_total',
    help: 'Those whose gap was no longer than failover.maxGap.',
    labelNames,
    read: (set, scrape) => {
      for (const [labels, { withinObjective }] of countsOf(scrape)) set(labels, withinObjective);
    },
  }),
  gauge({
    name: 'vipwatch_failover_objective_seconds',
    help: 'The longest gap that a takeover may have: failover.maxGap of the configuration.',
    labelNames: [],
    read: (set, { sources }) => set({}, sources.maxGap() / SECOND),
  }),
  histogram({
    name: 'vipwatch_takeover_gap_seconds',
    help: 'From the last frame of the old announcer to the first of the new one.',
    labelNames,
    read: (set, scrape) => {
      for (const [labels, { gap }] of countsOf(scrape)) if (gap) set(labels, gap);
    },
  }),
  histogram({
    name: 'vipwatch_service_gap_seconds',
    help: "From the service's last SYN-ACK before a takeover to the first one by the new announcer.",
    labelNames,
    read: (set, scrape) => {
      for (const [labels, { serviceGap }] of countsOf(scrape)) if (serviceGap) set(labels, serviceGap);
    },
  }),
  counter({
    name: 'vipwatch_service_away_total',
    help: 'Takeovers after which the service did not come back while it was probed.',
    labelNames,
    read: (set, scrape) => {
      for (const [labels, { away }] of countsOf(scrape)) if (away > 0) set(labels, away);
    },
  }),
];

function* countsOf({
  vips,
  takeovers,
}: Scrape): Generator<readonly [VipLabels & { readonly class: TakeoverClass }, ClassCounts]> {
  for (const { labels, row } of vips) {
    const counts = takeovers.of(row.ip);
    if (!counts) continue;
    for (const name of TAKEOVER_CLASSES) yield [{ ...labels, class: name }, counts[name]];
  }
}
