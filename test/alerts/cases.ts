// For every rule: series that make it fire, and series that resemble them and must not.
import { FINDING_CASES } from './finding-cases.ts';
import { HEALTH_CASES } from './health-cases.ts';
import { OBJECTIVE_CASES } from './objective-cases.ts';
import { ALERTS } from './rules.ts';
import { type AlertCase, inCluster } from './series.ts';

const OF_ONE_CLUSTER = [...FINDING_CASES, ...HEALTH_CASES, ...OBJECTIVE_CASES];

/** The same in each of two clusters that one Prometheus knows, with nodes of the same names: one alert for each cluster. */
function inTwoClusters(one: AlertCase): AlertCase {
  return {
    ...one,
    what: `${one.what}, in each of two clusters`,
    series: { ...inCluster('home', one.series), ...inCluster('work', one.series) },
    fires: ['home', 'work'].flatMap((cluster) =>
      one.fires.map((expected) => ({ ...expected, labels: { cluster, ...expected.labels } })),
    ),
  };
}

export const ALERT_CASES: readonly AlertCase[] = [
  ...OF_ONE_CLUSTER,
  // Whether clusters are told apart when they fall silent is a case of its own.
  ...OF_ONE_CLUSTER.filter(({ alert }) => alert !== 'VipwatchAbsent')
    .filter(({ fires }) => fires.length > 0 && fires.every(({ labels }) => !('cluster' in labels)))
    .map(inTwoClusters),
];

/** Alerts that lack a case of one of the two sorts. Of one that has a rule for each severity, either counts. */
export function alertsWithout(firing: boolean): string[] {
  const covered = new Set(
    ALERT_CASES.filter(({ fires }) => fires.length > 0 === firing).map(({ alert }) => alert),
  );
  return ALERTS.map(({ alert }) => alert).filter((alert) => !covered.has(alert));
}
