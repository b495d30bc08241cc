import type { RuleId } from '../rules/catalogue.ts';

/** The page that has a section for each rule. */
const PAGE = 'docs/checks.md';

export function docsOf(id: RuleId): string {
  return `${PAGE}#${id}`;
}
