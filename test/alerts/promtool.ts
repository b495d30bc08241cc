// Prometheus's own judge of rules and queries.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toolPath } from '../../lab/tools.ts';
import { RULES_FILE } from './rules.ts';
import type { Series } from './series.ts';

/** What it says; empty where it is content. */
export function promtool(...words: string[]): string {
  const { status, stdout, stderr } = spawnSync(toolPath('promtool'), words, { encoding: 'utf8' });
  return status === 0 ? '' : `${stdout}${stderr}`;
}

export interface UnitTest {
  readonly what: string;
  readonly series: Series;
  /** @default '1m' */
  readonly evaluatedEach?: string | undefined;
  /** What promtool is to hold against them, in its own words: `alert_rule_test`, `promql_expr_test`. */
  readonly checks: object;
}

/** What it says of the rules as shipped; a sample a minute. */
export function unitTests(tests: readonly UnitTest[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'vipwatch-rules-'));
  try {
    const files = [...Map.groupBy(tests, ({ evaluatedEach = '1m' }) => evaluatedEach)].map(
      ([interval, group]) => {
        const file = join(folder, `each-${interval}.yaml`);
        // JSON is YAML as well.
        writeFileSync(file, JSON.stringify(testFile(interval, group)));
        return file;
      },
    );
    return promtool('test', 'rules', ...files);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function testFile(interval: string, tests: readonly UnitTest[]): object {
  const groups = tests.map(({ what, series, checks }) => ({
    name: what,
    interval: '1m',
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    ...checks,
  }));
  return { rule_files: [RULES_FILE], evaluation_interval: interval, tests: groups };
}

export function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',');
}
