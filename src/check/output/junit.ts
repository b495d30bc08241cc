// Results as JUnit's XML, which every CI shows: a suite for each question, a case for each rule.
import type { CheckReport, CheckResult } from '../checks.ts';
import { QUESTIONS, type Question, RULES } from '../rules/catalogue.ts';

export function junitText({ results }: CheckReport): string {
  const suites = (Object.keys(QUESTIONS) as Question[]).flatMap((question) => {
    const own = Map.groupBy(
      results.filter(({ id }) => RULES[id].question === question),
      ({ id }) => id,
    );
    if (own.size === 0) return [];
    const cases = [...own].map(([id, all]) => ({ id, all }));
    const failures = cases.filter(({ all }) => all.some(isFailure)).length;
    const skipped = cases.filter(({ all }) => isSkipped(all)).length;
    const head = `name="${escaped(QUESTIONS[question])}" tests="${cases.length}" failures="${failures}" skipped="${skipped}"`;
    return `  <testsuite ${head}>\n${cases.map(({ id, all }) => caseText(id, all)).join('')}  </testsuite>\n`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="vipwatch check">\n${suites.join('')}</testsuites>\n`;
}

function caseText(id: string, all: readonly CheckResult[]): string {
  const failures = all.filter(isFailure).map(({ status, message, remedy }) => {
    const text = `${message}\nWhat to do: ${remedy}`;
    return `      <failure type="${status}" message="${escaped(message)}">${escaped(text)}</failure>\n`;
  });
  const skipped = isSkipped(all) ? [`      <skipped message="${escaped(all[0]!.message)}"/>\n`] : [];
  const notes = all
    .filter(({ status }) => status === 'info')
    .map(({ message }) => `      <system-out>${escaped(message)}</system-out>\n`);
  const inside = [...skipped, ...failures, ...notes].join('');
  const head = `    <testcase classname="vipwatch.check" name="${id}"`;
  return inside === '' ? `${head}/>\n` : `${head}>\n${inside}    </testcase>\n`;
}

function isFailure({ status }: CheckResult): boolean {
  return status === 'warning' || status === 'critical';
}

function isSkipped(all: readonly CheckResult[]): boolean {
  return all.every(({ status }) => status === 'skipped');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** XML 1.0 has no room for most control characters, not even escaped. */
function escaped(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character]!).replaceAll(/[^\P{Cc}\n\t]/gu, '?');
}
