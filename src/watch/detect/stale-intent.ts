// What the cluster intends is only as good as the API's last word. While the API is away, a Service may be deleted or a node may
// come, and nobody can tell: see decision 9.
import { HOUR, MINUTE, type Micros } from '../../base/time.ts';
import type { Report } from '../finding/finding.ts';
import type { DetectContext } from './context.ts';

/** How old the intent is; null while it was confirmed of late, or never needs to be. */
export function staleness({ intentConfirmedAt, settings }: DetectContext, now: Micros): Micros | null {
  const age = now - intentConfirmedAt;
  return age >= settings.intentGrace ? age : null;
}

/** The same finding, which may be none if the Service was deleted since the API was heard last. */
export function underStaleIntent(report: Report, age: Micros): Report {
  return {
    ...report,
    message: `${report.message} The intent is ${ageText(age)} old; the Kubernetes API has not confirmed it since.`,
    remedy: `First check whether the Service still exists. If it was deleted since, this is normal, and ends once the API is back. If not: ${report.remedy}`,
  };
}

/** In words, for people: rounded down. */
function ageText(age: Micros): string {
  if (age < 2 * HOUR) return plural(Math.floor(age / MINUTE), 'minute');
  if (age < 48 * HOUR) return plural(Math.floor(age / HOUR), 'hour');
  return plural(Math.floor(age / (24 * HOUR)), 'day');
}

function plural(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
