// Series as promtool reads them: what each agent of a cluster of three says, with the labels that the operator gives it. And what an
// alert is to make of them.

export type Labels = Readonly<Record<string, string>>;

/** By name and labels; the values in promtool's own notation, a sample a minute. */
export type Series = Readonly<Record<string, string>>;

export interface Expected {
  /** Beside alertname. */
  readonly labels: Labels;
  readonly summary: string;
  readonly description: string;
  readonly runbook_url: string;
}

export interface AlertCase {
  readonly alert: string;
  readonly what: string;
  readonly series: Series;
  /** Less often where it is about a whole day. @default '1m' */
  readonly evaluatedEach?: string;
  /** When it is asked; at each of these times. */
  readonly at: string | readonly string[];
  /** Empty: it must not fire. */
  readonly fires: readonly Expected[];
}

export const JOB = 'vipwatch/vipwatch';
export const VIP = '192.168.1.50';
const NODES = ['cp', 'w1', 'w2'];
/** Where an agent's own namespace is not that of a Service. */
const OWN_NAMESPACE = 'namespace="vipwatch"';

/** The same of each of these agents, with the labels that the operator gives it. */
function ofEach(nodes: readonly string[], metric: string, labels: string, values: string): Series {
  const target = (node: string) =>
    `job="${JOB}",pod="vipwatch-${node}",container="vipwatch",endpoint="http",instance="${node}"`;
  // As with honor_labels: what the agent says of a namespace wins over its own.
  const all = /\bnamespace=/.test(labels) ? labels : [OWN_NAMESPACE, labels].filter(Boolean).join(',');
  return Object.fromEntries(nodes.map((node) => [`${metric}{${target(node)},${all}}`, values]));
}

/** Where the pages of each are. */
export const PAGES: Series = Object.assign(
  {},
  ...NODES.map((node, i) => ofEach([node], 'vipwatch_agent_info', `url="${urlOf(i)}"`, '1x1500')),
);

function urlOf(index: number): string {
  return `http://192.168.1.1${index}:9797`;
}

export const onEach = (metric: string, labels: string, values: string) =>
  ofEach(NODES, metric, labels, values);

/** Of one agent. */
export const on = (node: string, metric: string, labels: string, values: string) =>
  ofEach([node], metric, labels, values);

export function inCluster(cluster: string, series: Series): Series {
  return Object.fromEntries(
    Object.entries(series).map(([name, values]) => [name.replace('{', `{cluster="${cluster}",`), values]),
  );
}

/** Of twenty agents, n0 to n19: from the fifth minute on, another one each minute has other values. */
export function inTurn(metric: string, labels: string, valuesFrom: (minute: number) => string): Series {
  const series = Array.from({ length: 20 }, (_, i) => on(`n${i}`, metric, labels, valuesFrom(5 + i)));
  return Object.assign({}, ...series);
}

/** A sample that differs: `value` at one minute of forty, else `otherwise`. */
export const once = (value: string, otherwise: string) => (minute: number) =>
  `${otherwise}x${minute - 1} ${value} ${otherwise}x${39 - minute}`;

export function minutes(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, i) => `${from + i}m`);
}
