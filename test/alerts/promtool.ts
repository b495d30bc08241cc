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
  /** What promtool is to hold against them, in its own words: `alert_rule_test`, `promql_expr_test`. */
  readonly checks: object;
}

/** What it says of the rules as shipped; a sample a minute, rules evaluated each minute. */
export function unitTests(tests: readonly UnitTest[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'vipwatch-rules-'));
  try {
    const groups = tests.map(({ what, series, checks }) => ({
      name: what,
      interval: '1m',
      input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
      ...checks,
    }));
    const file = join(folder, 'test.yaml');
    // JSON is YAML as well.
    writeFileSync(
      file,
      JSON.stringify({ rule_files: [RULES_FILE], evaluation_interval: '1m', tests: groups }),
    );
    return promtool('test', 'rules', file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',');
}
