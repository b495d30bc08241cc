// The alert rules as shipped, judged by promtool: each fires when it should, and stays silent when it should.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { missingTool } from '../../lab/tools.ts';
import { FINDING_KINDS, KINDS } from '../../src/watch/finding/kinds.ts';
import { sampleTakeover } from '../serve/sample.ts';
import { sampleMetrics } from '../serve/server.ts';
import { ALERT_CASES, alertsWithout } from './cases.ts';
import { labelText, promtool, unitTests } from './promtool.ts';
import { RECORD_CASES } from './record-cases.ts';
import { ALERTS, alertNamed, kindsOf, metricsOfRules, RECORDS, RULES_FILE } from './rules.ts';
import type { Expected } from './series.ts';

describe('the alert rules', () => {
  it.each(FINDING_KINDS)('raise %s in one alert, with the like of it', (kind) => {
    const [rule, ...others] = ALERTS.filter((one) => kindsOf(one).includes(kind));
    expect(others).toEqual([]);
    expect(new Set(kindsOf(rule!).map((one) => KINDS[one].severity))).toEqual(
      new Set([KINDS[kind].severity]),
    );
    if (KINDS[kind].severity === 'critical') expect(kindsOf(rule!)).toEqual([kind]);
  });

  it.each(FINDING_KINDS)('are proven for %s', (kind) => {
    const raises = ALERT_CASES.filter(({ fires }) => fires.some(({ labels }) => labels.kind === kind));
    expect(raises.length).toBeGreaterThan(0);
  });

  it('keep no label that tells agents apart', () => {
    for (const { expr } of ALERTS)
      expect(expr).toMatch(
        /^(max|count) by \(cluster, job[a-z, ]*\) \(|^last_over_time\(site:vipwatch_agents:count\[/,
      );
  });

  it('are proven: each fires in one case and stays silent in another', () => {
    expect(alertsWithout(true)).toEqual([]);
    // Nothing but its condition is needed.
    expect(alertsWithout(false)).toEqual([]);
    const recorded = new Set(RECORD_CASES.map(({ record }) => record));
    expect(RECORDS.map(({ record }) => record).filter((record) => !recorded.has(record))).toEqual([]);
  });

  it('need what the manual lists, for those who scrape no more than that', () => {
    const manual = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
    const { params } = parse(/```yaml\n(params:.*?)```/s.exec(manual)![1]!);
    const asked = new Set(metricsOfRules().map((name) => name.replace(/_bucket$/, '')));
    expect(params['name[]']).toEqual([...asked].sort());
  });

  it('ask for nothing that vipwatch does not export', async () => {
    const metrics = sampleMetrics();
    const takeover = sampleTakeover();
    metrics.observeEvents([{ type: 'takeover', at: takeover.at, takeover }]);
    const text = Buffer.concat(await Array.fromAsync(metrics.render())).toString();
    const asked = metricsOfRules();
    expect(asked.length).toBeGreaterThan(10);
    for (const name of asked) expect(text).toMatch(new RegExp(`^${name}[ {]`, 'm'));
    const edges = [...text.matchAll(/^vipwatch_takeover_gap_seconds_bucket\{le="([^"]+)"/gm)];
    const picked = RECORDS.flatMap(({ expr }) => [...expr.matchAll(/le=~?"([^"]+)"/g)]);
    expect(picked.length).toBeGreaterThan(2);
    for (const [, edge] of picked)
      expect(edges.map(([, of]) => of)).toContainEqual(
        expect.stringMatching(`^(?:${edge?.replace('+', '\\+')})$`),
      );
  });
});

const missing = missingTool('promtool');
if (missing) console.warn(`skipped: ${missing}`);

describe.skipIf(missing !== undefined)('the alert rules, by promtool', () => {
  it('pass its lint', () => {
    expect(promtool('check', 'rules', '--lint=all', '--lint-fatal', RULES_FILE)).toBe('');
  });

  it.each(ALERTS.map(({ alert }) => alert))('%s fires when it should, and only then', (alert) => {
    const cases = ALERT_CASES.filter((one) => one.alert === alert);
    const tests = cases.map(({ what, series, evaluatedEach, at, fires }) => {
      const expected = fires.map((one) => ({
        exp_labels: { ...alertNamed(alert).labels, ...one.labels },
        exp_annotations: annotationsOf(alert, one),
      }));
      const checks = {
        alert_rule_test: [at]
          .flat()
          .map((time) => ({ eval_time: time, alertname: alert, exp_alerts: expected })),
      };
      return { what, series, evaluatedEach, checks };
    });
    expect(unitTests(tests)).toBe('');
  });

  it.each(RECORDS.map(({ record }) => record))('%s has the value that it should, or none', (record) => {
    const cases = RECORD_CASES.filter((one) => one.record === record);
    const tests = cases.map(({ what, series, selector = '', at, accuracy = 0.001, expected }) => {
      const samples = expected.map(({ labels, value }) => ({ labels: `{${labelText(labels)}}`, value }));
      const expression = `round(${record}${selector}, ${accuracy})`;
      const checks = { promql_expr_test: [{ expr: expression, eval_time: at, exp_samples: samples }] };
      return { what, series, checks };
    });
    expect(unitTests(tests)).toBe('');
  });
});

/** The summary is spelt out by the case; in the rest of the templates stand labels and, by a query, nodes. */
function annotationsOf(alert: string, { labels, summary, nodes }: Expected): Record<string, string> {
  const { annotations } = alertNamed(alert);
  const filled = (template: string) =>
    template
      .replace(/\{\{ range .*\{\{ end \}\}/, nodes === undefined ? '' : ` ${nodes}`)
      .replace(
        /\{\{ with \$labels\.service \}\} \(\{\{ \. \}\}\)\{\{ end \}\}/g,
        labels.service ? ` (${labels.service})` : '',
      )
      .replace(/\{\{ \$labels\.(\w+) \}\}/g, (_, name: string) => labels[name] ?? '');
  return {
    summary,
    description: filled(annotations.description),
    runbook_url: filled(annotations.runbook_url),
  };
}
