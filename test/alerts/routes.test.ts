// Who is told of an alert, by Alertmanager's own tool: routing by namespace, as the manual shows it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { missingTool, toolPath } from '../../lab/tools.ts';
import { AlertBook } from '../../src/alert/alertmanager/alert.ts';
import { sampleFinding } from '../serve/sample.ts';
import { ALERT_CASES } from './cases.ts';
import type { Labels } from './series.ts';

const MANUAL = readFileSync(new URL('../../docs/alerting.md', import.meta.url), 'utf8');
const block = (begin: RegExp) =>
  parse(new RegExp(`\`\`\`yaml\\n(${begin.source}.*?)\`\`\``, 's').exec(MANUAL)![1]!);

interface AlertmanagerConfig {
  readonly metadata: { readonly namespace: string };
  readonly spec: {
    readonly route: {
      readonly receiver: string;
      readonly matchers: readonly {
        readonly name: string;
        readonly matchType: string;
        readonly value: string;
      }[];
    };
  };
}

/** As the Prometheus Operator turns one into a part of Alertmanager's configuration. */
function byTheOperator({ metadata, spec }: AlertmanagerConfig): object {
  const { receiver, matchers } = spec.route;
  const own = matchers.map(({ name, matchType, value }) => `${name}${matchType}"${value}"`);
  return {
    route: {
      receiver: 'nobody',
      routes: [{ receiver, matchers: [`namespace="${metadata.namespace}"`, ...own], continue: true }],
    },
    receivers: [{ name: 'nobody' }, { name: receiver }],
  };
}

const missing = missingTool('amtool');
if (missing) console.warn(`skipped: ${missing}`);

describe.skipIf(missing !== undefined)('the routes that the manual shows', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vipwatch-routes-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  function receivers(config: object, labels: Labels): string {
    const file = join(folder, 'alertmanager.yaml');
    // JSON is YAML as well.
    writeFileSync(file, JSON.stringify(config));
    const words = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
    const { status, stdout, stderr } = spawnSync(
      toolPath('amtool'),
      ['config', 'routes', 'test', `--config.file=${file}`, ...words],
      { encoding: 'utf8' },
    );
    expect(status, stderr).toBe(0);
    return stdout.trim();
  }

  const labelsOf = (alert: string, fits: (labels: Labels) => boolean): Labels => {
    const fired = ALERT_CASES.filter((one) => one.alert === alert).flatMap(({ fires }) => fires);
    return { alertname: alert, ...fired.map(({ labels }) => labels).find(fits)! };
  };
  const direct = (vip: { service: string; pool: null } | null): Labels => {
    const book = new AlertBook({ labels: {}, iso: String });
    const [change] = book.add(sampleFinding({ kind: 'foreign-claim', vip }));
    return change?.type === 'set' ? change.alert.labels : {};
  };

  const OF_TRAEFIK = labelsOf('VipwatchForeignClaim', ({ namespace }) => namespace === 'traefik');
  const OF_NO_SERVICE = labelsOf('VipwatchForeignClaim', ({ namespace }) => namespace === undefined);
  const OF_AGENT = labelsOf('VipwatchNotCapturing', () => true);
  const INFO = labelsOf('VipwatchMalformedFrames', () => true);

  it.each([
    { what: "a Service's VIP, by the rules", labels: OF_TRAEFIK, told: 'team-web,network' },
    {
      what: "a Service's VIP, sent directly",
      labels: direct({ service: 'traefik/traefik', pool: null }),
      told: 'team-web,network',
    },
    {
      what: 'a Service of another namespace',
      labels: direct({ service: 'shop/traefik', pool: null }),
      told: 'network',
    },
    { what: 'an address without a Service, by the rules', labels: OF_NO_SERVICE, told: 'network' },
    { what: 'an address without a Service, sent directly', labels: direct(null), told: 'network' },
    { what: 'an agent', labels: OF_AGENT, told: 'network' },
    { what: 'what is only good to know', labels: INFO, told: 'nobody' },
    {
      what: "another program's alert",
      labels: { alertname: 'Watchdog', namespace: 'traefik' },
      told: 'network',
    },
  ])('of $what: $told', ({ labels, told }) => {
    expect(receivers(block(/route:\n {2}receiver: network/), labels)).toBe(told);
  });

  it.each([
    { what: 'of its own namespace', labels: OF_TRAEFIK, told: 'team-web' },
    {
      what: 'of its own namespace, sent directly',
      labels: direct({ service: 'traefik/traefik', pool: null }),
      told: 'team-web',
    },
    { what: 'of another namespace', labels: direct({ service: 'shop/traefik', pool: null }), told: 'nobody' },
    { what: 'of an agent', labels: OF_AGENT, told: 'nobody' },
    { what: 'of another program', labels: { alertname: 'Watchdog', namespace: 'traefik' }, told: 'nobody' },
  ])('give an AlertmanagerConfig what is $what: $told', ({ labels, told }) => {
    expect(receivers(byTheOperator(block(/apiVersion: monitoring/)), labels)).toBe(told);
  });
});
