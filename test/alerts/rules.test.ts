// The alert rules as shipped, judged by promtool: each fires when it should, and stays silent when it should.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { missingTool } from '../../lab/tools.ts';
import { alertNameOf } from '../../src/alert/alertmanager/alert.ts';
import { FINDING_KINDS, SEVERITIES } from '../../src/watch/finding/kinds.ts';
import { sampleTakeover } from '../serve/sample.ts';
import { sampleMetrics } from '../serve/server.ts';
import { ALERT_CASES, alertsWithout } from './cases.ts';
import { labelText, promtool, unitTests } from './promtool.ts';
import { RECORD_CASES } from './record-cases.ts';
import { ALERTS, kindOf, metricsOfRules, RECORDS, RULES_FILE } from './rules.ts';

describe('the alert rules', () => {
  it.each(FINDING_KINDS)('tell of %s in one alert, which has a rule for each severity', (kind) => {
    const rules = ALERTS.filter((one) => kindOf(one) === kind);
    expect(rules.map(({ alert }) => alert)).toEqual([alertNameOf(kind), alertNameOf(kind)]);
    expect(rules.map(({ labels }) => labels.severity)).toEqual(SEVERITIES);
  });

  it.each(FINDING_KINDS)('are proven for %s, of each severity', (kind) => {
    const fired = ALERT_CASES.flatMap(({ fires }) => fires).filter(({ labels }) => labels.kind === kind);
    expect(new Set(fired.map(({ labels }) => labels.severity))).toEqual(new Set(SEVERITIES));
  });

  it('keep no label that tells agents apart, where several agents see the same', () => {
    const [findings] = RECORDS;
    expect(findings!.expr).toBe(
      'max by (cluster, job, kind, ip, namespace, service, severity) (vipwatch_finding_active{confirmed!="false",acknowledged!="true"})',
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
    const text = [...metrics.render()].join('');
    const asked = metricsOfRules();
    expect(asked.length).toBeGreaterThan(10);
    for (const name of asked) expect(text).toMatch(new RegExp(`^${name}[ {]`, 'm'));
    const edges = [...text.matchAll(/^vipwatch_takeover_gap_seconds_bucket\{le="([^"]+)"/gm)];
    const picked = RECORDS.flatMap(({ expr }) => [...expr.matchAll(/le=~?"([^"]+)"/g)]);
    expect(picked.length).toBeGreaterThan(2);
    for (const [, edge] of picked) {
      const pattern = new RegExp(`^(?:${edge!.replace(/^\+/, '\\+')})$`);
      expect(edges.map(([, of]) => of)).toContainEqual(expect.stringMatching(pattern));
    }
  });
});

const missing = missingTool('promtool');
if (missing) console.warn(`skipped: ${missing}`);

describe.skipIf(missing !== undefined)('the alert rules, by promtool', () => {
  it('pass its lint', () => {
    expect(promtool('check', 'rules', '--lint=all', '--lint-fatal', RULES_FILE)).toBe('');
  });

  it.each([...new Set(ALERTS.map(({ alert }) => alert))])(
    '%s fires when it should, and only then',
    (alert) => {
      const cases = ALERT_CASES.filter((one) => one.alert === alert);
      const tests = cases.map(({ what, series, evaluatedEach, at, fires }) => {
        const expected = fires.map(({ labels, ...annotations }) => ({
          exp_labels: labels,
          exp_annotations: annotations,
        }));
        const checks = {
          alert_rule_test: [at]
            .flat()
            .map((time) => ({ eval_time: time, alertname: alert, exp_alerts: expected })),
        };
        return { what, series, evaluatedEach, checks };
      });
      expect(unitTests(tests)).toBe('');
    },
  );

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
