// Runs the rules over a cluster, and puts together what they say.
import type { Cluster } from './model/cluster.ts';
import type { CheckedObject } from './model/object.ts';
import { STATUSES, type Status } from './results.ts';
import { type Level, RULE_IDS, RULES, type RuleId } from './rules/catalogue.ts';
import { JUDGES } from './rules/judges.ts';
import type { Verdict } from './rules/verdict.ts';
import { type IgnoredCheck, type Suppressed, suppressionOf } from './suppression.ts';

export interface CheckResult {
  readonly id: RuleId;
  readonly status: Status;
  readonly subjects: readonly CheckedObject[];
  readonly ip: string | null;
  /** Of one that is fine: what was looked at; of one that was skipped: why. */
  readonly message: string;
  /** Empty where there is nothing to do. */
  readonly remedy: string;
}

export interface CheckReport {
  /** In the order of the rules. */
  readonly results: readonly CheckResult[];
  readonly suppressed: readonly Suppressed[];
  readonly counts: Readonly<Record<Status, number>>;
}

export interface CheckOptions {
  /** Null: all. */
  readonly only: readonly RuleId[] | null;
  readonly ignored: readonly IgnoredCheck[];
  /** Called before each turn of a rule. */
  readonly onRule?: (id: RuleId) => void;
}

export function runChecks(cluster: Cluster, { onRule, ...options }: CheckOptions): CheckReport {
  const steps = checkSteps(cluster, options);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    onRule?.(step.value);
  }
}

/**
 * The same rule by rule, for whoever has something else to do in between: gives the id of each before it is judged, and again
 * where that takes several turns.
 */
export function* checkSteps(
  cluster: Cluster,
  { only, ignored }: Omit<CheckOptions, 'onRule'>,
): Generator<RuleId, CheckReport, void> {
  const suppressed: Suppressed[] = [];
  const results: CheckResult[] = [];
  for (const id of only ?? RULE_IDS) {
    yield id;
    const verdict = yield* verdictOf(id, cluster);
    const told = verdict.problems.filter(({ subjects }) => {
      const suppression = suppressionOf(id, subjects, ignored);
      if (suppression !== null) suppressed.push({ ...suppression, comment: shown(suppression.comment) });
      return suppression === null;
    });
    for (const result of resultsOf(id, { ...verdict, problems: told }, verdict.problems.length - told.length))
      results.push(result);
  }
  const counts = Object.fromEntries(
    STATUSES.map((status) => [status, results.filter((result) => result.status === status).length]),
  ) as Record<Status, number>;
  return { results, suppressed, counts };
}

function* verdictOf(id: RuleId, cluster: Cluster): Generator<RuleId, Verdict, void> {
  for (const key of RULES[id].needs) {
    const untold = cluster.inventory.whyUnknown(key);
    if (untold !== null) return { problems: [], looked: '', untold };
  }
  const judged = JUDGES[id](cluster);
  if (!('next' in judged)) return judged;
  for (;;) {
    const step = judged.next();
    if (step.done) return step.value;
    yield id;
  }
}

function resultsOf(id: RuleId, { problems, looked, untold }: Verdict, hidden: number): CheckResult[] {
  const bare = { id, subjects: [], ip: null, remedy: '' };
  const level: Level = RULES[id].level;
  const found = problems.map((problem): CheckResult => {
    const { subjects, ip, message, remedy } = problem;
    return {
      id,
      status: problem.level ?? level,
      subjects,
      ip,
      message: shown(message),
      remedy: shown(remedy),
    };
  });
  if (untold !== undefined) return [...found, { ...bare, status: 'skipped', message: shown(untold) }];
  if (found.length > 0) return found;
  const aside = hidden === 0 ? '' : `, but for ${hidden} suppressed`;
  return [{ ...bare, status: 'ok', message: `${RULES[id].fine} (${looked})${aside}` }];
}

/** What objects hold is a stranger's choice: nothing of it may steer a terminal. */
function shown(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '?');
}

/** Whether something at least this bad was found. */
export function isMet({ counts }: CheckReport, failOn: 'critical' | 'warning' | 'never'): boolean {
  if (failOn === 'never') return false;
  return counts.critical > 0 || (failOn === 'warning' && counts.warning > 0);
}

/** Every rule was skipped. */
export function isNothingChecked({ results }: CheckReport): boolean {
  return results.every(({ status }) => status === 'skipped');
}
