// Series as promtool reads them: what each agent of a cluster of three says, with the labels that the operator gives it. And what an
// alert is to make of them.

export type Labels = Readonly<Record<string, string>>;

/** By name and labels; the values in promtool's own notation, a sample a minute. */
export type Series = Readonly<Record<string, string>>;

export interface Expected {
  /** Beside alertname, and beside the severity where that is the rule's own. */
  readonly labels: Labels;
  readonly summary: string;
  /** What the description holds of the series, where it is more than their labels. */
  readonly nodes?: string;
}

export interface AlertCase {
  readonly alert: string;
  readonly what: string;
  readonly series: Series;
  readonly at: string;
  /** Empty: it must not fire. */
  readonly fires: readonly Expected[];
}

export const JOB = 'vipwatch/vipwatch';
export const VIP = '192.168.1.50';
export const SERVICE = 'traefik/traefik';
const NODES = ['cp', 'w1', 'w2'];

/** The same of each agent, with the labels that the operator gives it. */
export function onEach(metric: string, labels: string, values: string): Series {
  const target = (node: string) =>
    `job="${JOB}",namespace="vipwatch",pod="vipwatch-${node}",container="vipwatch",endpoint="http",instance="${node}"`;
  return Object.fromEntries(
    NODES.map((node) => [`${metric}{${target(node)}${labels && ','}${labels}}`, values]),
  );
}

/** Of one agent. */
export function on(node: string, metric: string, labels: string, values: string): Series {
  const found = Object.entries(onEach(metric, labels, values)).filter(([name]) =>
    name.includes(`instance="${node}"`),
  );
  return Object.fromEntries(found);
}
