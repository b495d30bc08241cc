// The rules as they are shipped, and what their templates make of an alert's labels.
import { join } from 'node:path';
import type { AlertRule, RecordingRule } from '../../scripts/alerts/rule.ts';
import { RULE_GROUPS } from '../../scripts/alerts/rules.ts';
import { FINDING_KINDS, type FindingKind } from '../../src/watch/finding/kinds.ts';

export const RULES_FILE = join(import.meta.dirname, '../../deploy/alerts/vipwatch.rules.yaml');

const RULES = RULE_GROUPS.flatMap(({ rules }) => rules);
export const ALERTS = RULES.filter((rule): rule is AlertRule => 'alert' in rule);
export const RECORDS = RULES.filter((rule): rule is RecordingRule => 'record' in rule);

/** One of those with that name: of a kind of finding there are two, one for each severity. */
export function alertNamed(name: string): AlertRule {
  const rule = ALERTS.find(({ alert }) => alert === name);
  if (!rule) throw new Error(`There is no alert ${name}`);
  return rule;
}

/** What the rules ask for of the agents, in their expressions and in the queries of their annotations. */
export function metricsOfRules(): string[] {
  return JSON.stringify(RULES).match(/(?<![:\w])vipwatch_\w+/g) ?? [];
}

/** The kind of finding that it tells; null where it is about the agents or an objective. */
export function kindOf({ expr }: AlertRule): FindingKind | null {
  return FINDING_KINDS.find((kind) => expr.includes(`kind="${kind}"`)) ?? null;
}
