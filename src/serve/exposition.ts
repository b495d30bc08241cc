// Metrics that are read from elsewhere at each scrape, as text: prom-client would make an object of labels for each series,
// only to write it down.

/** Gives the series of one metric. A counter given twice adds up; of a gauge the latest value stands. */
export type Read = (set: (labels: Readonly<Record<string, string>>, value: number) => void) => void;

export interface MetricDescription {
  readonly name: string;
  readonly type: string;
  readonly labelNames: readonly string[];
}

interface ReadMetric extends MetricDescription {
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  readonly read: Read;
}

/** In the order in which they were added. */
export class ReadMetrics {
  readonly #metrics: ReadMetric[] = [];

  add(metric: ReadMetric): void {
    this.#metrics.push(metric);
  }

  describe(): readonly MetricDescription[] {
    return this.#metrics;
  }

  /** In the text format 0.0.4. */
  render(): string {
    return this.#metrics.map(rendered).join('\n');
  }
}

/** The series of a histogram that has counted nothing yet: written, not kept, for of most VIPs it never will. */
export function histogramAtZero(
  name: string,
  edges: readonly number[],
  labels: Readonly<Record<string, string>>,
): string {
  const own = labelsText(labels);
  const more = own === '' ? '}' : `,${own.slice(1)}`;
  let text = '';
  for (const edge of [...edges, '+Inf']) text += `${name}_bucket{le="${edge}"${more} 0\n`;
  return `${text}${name}_sum${own} 0\n${name}_count${own} 0\n`;
}

function rendered({ name, type, help, read }: ReadMetric): string {
  const series = new Map<string, number>();
  read((labels, value) => {
    const key = name + labelsText(labels);
    series.set(key, type === 'counter' ? (series.get(key) ?? 0) + value : value);
  });
  let text = `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
  for (const [key, value] of series) text += `${key} ${numberText(value)}\n`;
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
