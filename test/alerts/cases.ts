// For every rule: series that make it fire, and series that resemble them and must not.
import { FINDING_CASES } from './finding-cases.ts';
import { HEALTH_CASES } from './health-cases.ts';
import { ALERTS } from './rules.ts';
import type { AlertCase } from './series.ts';

export const ALERT_CASES: readonly AlertCase[] = [...FINDING_CASES, ...HEALTH_CASES];

/** Alerts that lack a case of one of the two sorts. */
export function alertsWithout(firing: boolean): string[] {
  const covered = new Set(
    ALERT_CASES.filter(({ fires }) => fires.length > 0 === firing).map(({ alert }) => alert),
  );
  return ALERTS.map(({ alert }) => alert).filter((alert) => !covered.has(alert));
}
