// What is suppressed, what fails, and how results look to programs and to people.
import { describe, expect, it } from 'vitest';
import { checkSteps, isMet, isNothingChecked, runChecks } from '../../src/check/checks.ts';
import { Cluster } from '../../src/check/model/cluster.ts';
import { Inventory } from '../../src/check/model/inventory.ts';
import { jsonLines } from '../../src/check/output/json.ts';
import { junitText } from '../../src/check/output/junit.ts';
import { sarifText } from '../../src/check/output/sarif.ts';
import { textOf } from '../../src/check/output/text.ts';
import { RULE_IDS } from '../../src/check/rules/catalogue.ts';
import { ALL_KINDS, clusterOf, deployment, FACTS, live, offline, pool, service, told } from './home.ts';

const plain = (_: string, text: string) => text;
const noted = (ignore: string) =>
  deployment(
    'web/web',
    { metadata: { annotations: { 'vipwatch.dev/ignore': ignore } } },
    { hostNetwork: true },
  );
const HOST_NETWORK = deployment('web/web', {}, { hostNetwork: true });
const ignored = (object: string | null, id = 'host-network-behind-vip') => ({
  options: { ignored: [{ id, object, comment: 'until March' } as const] as never },
});

describe('suppressing', () => {
  it.each([
    ['host-network-behind-vip: on purpose', 'on purpose'],
    ['slow-eviction, host-network-behind-vip: both meant', 'both meant'],
    ['slow-eviction: that\nhost-network-behind-vip: this', 'this'],
    ['slow-eviction: that; host-network-behind-vip: this', 'this'],
    ['host-network-behind-vip', 'no reason given'],
  ])('by the annotation %j', (annotation, comment) => {
    const report = live({ objects: [noted(annotation)] });
    expect(told(report)).toEqual([]);
    expect(report.suppressed).toEqual([
      { id: 'host-network-behind-vip', object: 'Deployment web/web', comment },
    ]);
  });

  it('not by an annotation about another check', () => {
    expect(told(live({ objects: [noted('slow-eviction: host-network-behind-vip')] }))).toEqual([
      'warning host-network-behind-vip',
    ]);
  });

  it.each(['Deployment/web/web', 'Service/web/web', null])('by the configuration, of %s', (object) => {
    const report = live({ objects: [HOST_NETWORK], ...ignored(object) });
    expect(told(report)).toEqual([]);
    expect(report.suppressed).toMatchObject([{ comment: 'until March' }]);
    const result = report.results.find(({ id }) => id === 'host-network-behind-vip');
    expect(result).toMatchObject({ status: 'ok', message: expect.stringMatching(/, but for 1 suppressed$/) });
  });

  it('not of another object or another check', () => {
    for (const case_ of [ignored('Deployment/web/other'), ignored(null, 'slow-eviction')])
      expect(told(live({ objects: [HOST_NETWORK], ...case_ }))).toHaveLength(1);
  });
});

it('a rule about many workloads takes several turns', () => {
  const objects = Array.from({ length: 250 }, (_, i) => {
    const labels = { app: `web-${i}` };
    return [
      service(`web/web-${i}`, `10.0.0.${i}`, { spec: { selector: labels } }),
      deployment(`web/web-${i}`, { spec: { template: { metadata: { labels } } } }, { hostNetwork: true }),
    ];
  }).flat();
  const only = ['pool-too-small', 'host-network-behind-vip'] as const;
  const steps = checkSteps(clusterOf({ objects }), { only, ignored: [] });
  const turns: string[] = [];
  let step = steps.next();
  for (; !step.done; step = steps.next()) turns.push(step.value);
  expect(turns.filter((id) => id === 'pool-too-small')).toHaveLength(1);
  expect(turns.filter((id) => id === 'host-network-behind-vip').length).toBeGreaterThan(2);
  // And nothing is lost in between.
  expect(step.value.results.filter(({ id }) => id === 'host-network-behind-vip')).toHaveLength(250);
});

const UNASKED = { asked: 'nobody was asked' };

describe('the verdict', () => {
  const warned = live({ objects: [HOST_NETWORK] });
  const grave = live({ objects: [pool('second', ['192.168.1.250/32'])] });

  it('is by what was found at least', () => {
    expect([isMet(warned, 'critical'), isMet(warned, 'warning'), isMet(warned, 'never')]).toEqual([
      false,
      true,
      false,
    ]);
    expect([isMet(grave, 'critical'), isMet(grave, 'warning'), isMet(grave, 'never')]).toEqual([
      true,
      true,
      false,
    ]);
    expect(isMet(live(), 'warning')).toBe(false);
  });

  it('is none where every check was skipped', () => {
    expect(isNothingChecked(offline([]))).toBe(true);
    expect(isNothingChecked(live({ facts: UNASKED, options: { only: ['dhcp-servers'] } }))).toBe(true);
    expect(isNothingChecked(live())).toBe(false);
  });

  it('is of the checks that were asked for', () => {
    const { results } = live({ options: { only: ['pools-overlap', 'rwo-rollout'] } });
    expect(results.map(({ id }) => id)).toEqual(['pools-overlap', 'rwo-rollout']);
  });
});

describe('as JSON', () => {
  it('is a line for each check, and a summary', () => {
    const report = offline([pool('main', ['192.168.1.240/32']), HOST_NETWORK, service('web/web', null)]);
    const lines = [...jsonLines(report)].map((line) => JSON.parse(line));
    expect(lines.filter(({ id }) => id === 'host-network-behind-vip')).toEqual([
      {
        type: 'check',
        id: 'host-network-behind-vip',
        status: 'warning',
        subjects: [
          { kind: 'Deployment', namespace: 'web', name: 'web', file: 'all.yaml', line: 1 },
          { kind: 'Service', namespace: 'web', name: 'web', file: 'all.yaml', line: 1 },
        ],
        ip: null,
        message: expect.stringContaining('hostNetwork: true'),
        remedy: expect.stringContaining('Remove hostNetwork'),
        docs: 'docs/checks.md#host-network-behind-vip',
      },
    ]);
    expect(lines.filter(({ id }) => id === 'pools-overlap')).toEqual([
      {
        type: 'check',
        id: 'pools-overlap',
        status: 'ok',
        subjects: [],
        ip: null,
        message: 'no two pools share addresses (1 pool)',
        remedy: '',
        docs: 'docs/checks.md#pools-overlap',
      },
    ]);
    const summary = lines.at(-1);
    expect(Object.keys(summary)).toEqual([
      'type',
      'ok',
      'info',
      'warning',
      'critical',
      'skipped',
      'suppressed',
    ]);
    const { type, suppressed, ...counts } = summary;
    expect([type, suppressed]).toEqual(['summary', 0]);
    expect(Object.values<number>(counts).reduce((sum, count) => sum + count, 0)).toBe(lines.length - 1);
  });
});

describe('as text', () => {
  it('says what is fine in a line, what is wrong at length, and counts', () => {
    const text = textOf(
      live({ facts: UNASKED, objects: [noted('x: y'), pool('second', ['192.168.1.250/32'])] }),
      80,
      plain,
    );
    expect(text).toContain('Can the LAN take an address away?\n');
    expect(text).toMatch(/^ {2}ok {8}pools-overlap {12}no two pools share addresses \(2 pools\)$/m);
    expect(text).toMatch(/^ {2}CRITICAL {2}no-advertisement {9}IPAddressPool metallb-system\/second$/m);
    expect(text).toMatch(/^ {2}- {9}dhcp-servers {13}not checked: nobody was asked$/m);
    expect(text).toMatch(/^ {12}docs\/checks\.md#no-advertisement$/m);
    expect(text).toMatch(/\n1 critical, 1 warning, 32 fine, 1 not checked\n$/);
    for (const line of text.split('\n').filter((one) => one.startsWith('            ')))
      expect(line.length).toBeLessThanOrEqual(80);
  });

  it('lists what is suppressed', () => {
    const text = textOf(live({ objects: [noted('host-network-behind-vip: so be it')] }), 80, plain);
    expect(text).toMatch(/\nsuppressed: host-network-behind-vip of Deployment web\/web: so be it\n$/);
  });
});

describe('as SARIF', () => {
  it('has the rules, a result with its file for what is wrong, and what was not checked', () => {
    const report = offline([HOST_NETWORK, service('web/web', null)]);
    const { version, runs } = JSON.parse(sarifText(report, '1.2.3', true));
    const [run] = runs;
    expect([version, run.tool.driver.version]).toEqual(['2.1.0', '1.2.3']);
    expect(run.tool.driver.rules.map(({ id }: { id: string }) => id)).toEqual(RULE_IDS);
    expect(run.results).toMatchObject([
      {
        ruleId: 'host-network-behind-vip',
        level: 'warning',
        locations: [
          { physicalLocation: { artifactLocation: { uri: 'all.yaml' }, region: { startLine: 1 } } },
        ],
      },
    ]);
    for (const { ruleId, ruleIndex } of run.results) expect(RULE_IDS[ruleIndex]).toBe(ruleId);
    expect(run.invocations[0].executionSuccessful).toBe(true);
    expect(run.invocations[0].toolExecutionNotifications).toHaveLength(report.counts.skipped);
  });

  it('names a file from the root on by a URI', () => {
    const inventory = new Inventory(true);
    inventory.add(service('web/web', null, { spec: { loadBalancerIP: '10.0.0.1' } }), {
      file: '/srv/my charts/web.yaml',
      line: 3,
    });
    const report = runChecks(new Cluster(inventory, FACTS), { only: null, ignored: [] });
    expect(sarifText(report, '1.2.3', true)).toContain('"uri": "file:///srv/my%20charts/web.yaml"');
  });
});

describe('as JUnit', () => {
  it('is a case for each check, escaped', () => {
    const evil = deployment('web/web', {}, { nodeName: '<&">\u0007' });
    const text = junitText(live({ facts: UNASKED, objects: [evil] }));
    expect(text.match(/<testcase /g)).toHaveLength(RULE_IDS.length);
    expect(text).toMatch(/<testcase classname="vipwatch\.check" name="pools-overlap"\/>/);
    expect(text).toMatch(/<skipped message="nobody was asked"/);
    const all = junitText(live({ objects: [pool('second', ['192.168.1.250/32'])] }));
    expect(all).toMatch(/<failure type="critical" message="No L2Advertisement/);
    expect(all.match(/failures="1"/g)).toHaveLength(1);
    expect(text).not.toContain('\u0007');
  });

  it('escapes what XML would take for its own', () => {
    const named = offline([
      service('web/a', null, {
        metadata: { name: 'a&<b>"\u0007\ufffe\ud800' },
        spec: { loadBalancerIP: '10.0.0.1' },
      }),
    ]);
    expect(junitText(named)).toContain('Service web/a&amp;&lt;b&gt;&quot;??? uses');
  });
});

describe('kinds', () => {
  it('never include Secrets', () => {
    expect(ALL_KINDS.filter((key) => /secret/.test(key))).toEqual([]);
  });
});
