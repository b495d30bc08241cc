// All rules: the one source that deploy/'s rule files are rendered from.
import { stringify } from 'yaml';
import { FINDING_RULES } from './finding-rules.ts';
import { HEALTH_RULES } from './health-rules.ts';
import { OBJECTIVE_RULES } from './objective-rules.ts';
import type { RuleGroup } from './rule.ts';

export const RULE_GROUPS: readonly RuleGroup[] = [FINDING_RULES, HEALTH_RULES, OBJECTIVE_RULES];

/** A kind of finding has two alerts of one name, one for each severity. */
export const ALERT_NAMES: readonly string[] = [
  ...new Set(
    RULE_GROUPS.flatMap(({ rules }) => rules.flatMap((rule) => ('alert' in rule ? rule.alert : []))),
  ),
];

const HEADER = `Rendered by scripts/render-manifests.ts from scripts/alerts. docs/install.md says how to load them,
docs/findings.md what each alert means. The metrics have labels \`namespace\`, \`service\` and \`node\`
of their own: scrape with honor_labels: true.`;

/** The text of a file of rules. */
export function alertRulesText(): string {
  const lines = HEADER.split('\n').map((line) => `# ${line}\n`);
  return lines.join('') + stringify({ groups: RULE_GROUPS }, { lineWidth: 0 });
}
