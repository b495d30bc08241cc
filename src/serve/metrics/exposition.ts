// Metrics that are read from elsewhere at each scrape, as text: prom-client would make an object of labels for each series,
// only to write it down.

export interface MetricDescription {
  readonly name: string;
  readonly type: string;
  readonly labelNames: readonly string[];
}

/** One metric, and how its series are read. `Scrape`: what was gathered for one scrape. */
export interface ReadMetric<Scrape, Label extends string = string> extends MetricDescription {
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  readonly labelNames: readonly Label[];
  /** Gives the series. A counter given twice adds up; of a gauge the latest value stands. */
  readonly read: (
    set: (labels: Readonly<Record<Label, string>>, value: number) => void,
    scrape: Scrape,
  ) => void;
}

/** In the text format 0.0.4, metric by metric. */
export function* renderMetrics<Scrape>(
  metrics: readonly ReadMetric<Scrape>[],
  scrape: Scrape,
  isWanted: (name: string) => boolean,
): Generator<string> {
  for (const metric of metrics) if (isWanted(metric.name)) yield `${rendered(metric, scrape)}\n`;
}

/** Stands for a label's value. */
const ANY_VALUE = '\0';

/**
 * The series of a histogram that has counted nothing yet: written, not kept, for of most VIPs it never will.
 * @param own the label whose value each call gives; the others are fixed.
 */
export function histogramAtZero(
  name: string,
  edges: readonly number[],
  own: string,
  others: Readonly<Record<string, string>>,
): (value: string) => string {
  const labels = labelsText({ [own]: ANY_VALUE, ...others });
  let text = '';
  for (const edge of [...edges, '+Inf']) text += `${name}_bucket{le="${edge}",${labels.slice(1)} 0\n`;
  text += `${name}_sum${labels} 0\n${name}_count${labels} 0\n`;
  const parts = text.split(ANY_VALUE);
  return (value) => parts.join(escaped(value));
}

function rendered<Scrape>({ name, type, help, read }: ReadMetric<Scrape>, scrape: Scrape): string {
  const series = new Map<string, number>();
  read((labels, value) => {
    const key = labelsText(labels);
    series.set(key, type === 'counter' ? (series.get(key) ?? 0) + value : value);
  }, scrape);
  let text = `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
  for (const [key, value] of series) text += `${name}${key} ${numberText(value)}\n`;
  return text;
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  let text = '';
  for (const name in labels) text += `${text === '' ? '{' : ','}${name}="${escaped(labels[name]!)}"`;
  return text === '' ? '' : `${text}}`;
}

function escaped(value: string): string {
  if (!/[\\"\n]/.test(value)) return value;
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}
