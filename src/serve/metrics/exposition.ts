// The text format 0.0.4 of Prometheus, written from what is read at each scrape: no series is kept for it
// (docs/decisions/0012-metrics-written-not-kept.md).
import type { Histogram } from './histogram.ts';

export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export interface MetricDescription {
  readonly name: string;
  readonly type: 'gauge' | 'counter' | 'histogram';
  readonly labelNames: readonly string[];
}

/** One metric, and how its series are read. `Scrape`: what was gathered for one scrape. */
export type ReadMetric<Scrape> =
  | (MetricRow<Scrape, string, number> & { readonly type: 'gauge' | 'counter' })
  | (MetricRow<Scrape, string, Histogram> & { readonly type: 'histogram' });

export interface MetricRow<Scrape, Label extends string, Value> {
  readonly name: string;
  /** One line. */
  readonly help: string;
  readonly labelNames: readonly Label[];
  /** Gives the series. A counter given twice adds up; of others the latest value stands. */
  readonly read: (
    set: (labels: Readonly<Record<Label, string>>, value: Value) => void,
    scrape: Scrape,
  ) => void;
}

/** Series that are written at once: enough that a piece is worth handing on, and few enough for a short turn. */
const SERIES_A_PIECE = 250;

/** Metric by metric, in pieces. */
export function* renderMetrics<Scrape>(
  metrics: readonly ReadMetric<Scrape>[],
  scrape: Scrape,
  isWanted: (name: string) => boolean,
): Generator<string> {
  for (const metric of metrics) if (isWanted(metric.name)) yield* rendered(metric, scrape);
}

function* rendered<Scrape>(metric: ReadMetric<Scrape>, scrape: Scrape): Generator<string> {
  const { name, type, help } = metric;
  yield `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
  let text = '';
  let pending = 0;
  for (const line of linesOf(metric, scrape)) {
    text += line;
    pending += 1;
    if (pending < SERIES_A_PIECE) continue;
    yield text;
    text = '';
    pending = 0;
  }
  if (text !== '') yield text;
}

function* linesOf<Scrape>(metric: ReadMetric<Scrape>, scrape: Scrape): Generator<string> {
  const { name } = metric;
  if (metric.type === 'histogram') {
    const series = new Map<string, Histogram>();
    metric.read((labels, value) => series.set(labelsText(labels), value), scrape);
    // Each is written whole: what it counts meanwhile must not stand in some of its lines alone.
    for (const [labels, value] of series) yield histogramText(name, labels, value);
    return;
  }
  const series = new Map<string, number>();
  const { type } = metric;
  metric.read((labels, value) => {
    const key = labelsText(labels);
    series.set(key, type === 'counter' ? (series.get(key) ?? 0) + value : value);
  }, scrape);
  for (const [labels, value] of series) yield `${name}${braced(labels)} ${numberText(value)}\n`;
}

function histogramText(name: string, labels: string, histogram: Histogram): string {
  const counts = histogram.cumulative();
  const others = labels === '' ? '' : `,${labels}`;
  const edges = [...histogram.edges.map(numberText), '+Inf'];
  const buckets = edges.map((edge, i) => `${name}_bucket{le="${edge}"${others}} ${counts[i]}\n`);
  const own = braced(labels);
  return `${buckets.join('')}${name}_sum${own} ${numberText(histogram.sum)}\n${name}_count${own} ${counts.at(-1)}\n`;
}

function braced(labels: string): string {
  return labels === '' ? '' : `{${labels}}`;
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  let text = '';
  for (const name in labels) text += `${text === '' ? '' : ','}${name}="${escaped(labels[name]!)}"`;
  return text;
}

function escaped(value: string): string {
  if (!/[\\"\n]/.test(value)) return value;
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}
