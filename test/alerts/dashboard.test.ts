// The dashboard's structure, and each of its queries against a real Prometheus that scraped a LAN where things happened.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Value from 'typebox/value';
import { describe, expect, it, vi } from 'vitest';
import { Lab } from '../../lab/lab.ts';
import { startDnsmasq } from '../../lab/roles/dnsmasq.ts';
import { startUdhcpc } from '../../lab/roles/udhcpc.ts';
import { buildSite, SITE_VIP } from '../../lab/site.ts';
import { labUnavailable } from '../lab/available.ts';
import { type Dashboard, DashboardSchema, type QueryPanel } from './dashboard-schema.ts';

const FILE = join(import.meta.dirname, '../../deploy/dashboards/vipwatch.json');
const dashboard: Dashboard = JSON.parse(readFileSync(FILE, 'utf8'));
const panels = dashboard.panels.filter((panel): panel is QueryPanel => panel.type !== 'row');
const queries = panels.flatMap(({ title, targets }) =>
  targets.map(({ refId, expr }) => ({ name: `${title} ${refId}`, expr })),
);

const POOL_ADDRESS = '192.168.1.53';

/** These have nothing to show in the lab. */
const MAY_BE_EMPTY: Readonly<Record<string, string>> = {
  'Failover tests A': 'nobody may ask this lab for a failover test, and what stands at 0 is not shown',
  'Frames dropped or malformed B':
    'no frame in the lab is malformed, and there is no series before the first one',
};

const VARIABLES: Readonly<Record<string, string>> = {
  $__rate_interval: '5m',
  $__range: '10m',
  $cluster: '.*',
  $job: '.+',
  $instance: '.+',
  $namespace: '.*',
  $ip: '.+',
};

function filled(expr: string): string {
  return expr.replace(/\$\w+/g, (name) => {
    const value = VARIABLES[name];
    if (value === undefined) throw new Error(`There is no variable ${name}: ${expr}`);
    return value;
  });
}

/** What is 0 where nothing is found can never be empty. */
const withoutDefault = (expr: string) => expr.replace(/ or vector\(0\)$/, '');

describe('the dashboard', () => {
  it('has the fields that Grafana knows, and no data source of its own', () => {
    expect([...Value.Errors(DashboardSchema, dashboard)]).toEqual([]);
  });

  it('finds a field that is misspelt, and a data source that is fixed', () => {
    const [first, ...others] = dashboard.panels;
    const misspelt = { ...dashboard, panels: [{ ...first, titel: 'x' }, ...others] };
    expect(Value.Check(DashboardSchema, misspelt)).toBe(false);
    const text = JSON.stringify(dashboard).replace('"uid":"$datasource"', '"uid":"prometheus"');
    expect(Value.Check(DashboardSchema, JSON.parse(text))).toBe(false);
  });

  it('gives each panel an id, and a place of its own on the grid of 24 columns', () => {
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const taken = new Set<string>();
    for (const { title, gridPos } of dashboard.panels) {
      const { x, y, w, h } = gridPos;
      expect(x + w, title).toBeLessThanOrEqual(24);
      for (let column = x; column < x + w; column += 1) {
        for (let line = y; line < y + h; line += 1) {
          expect(taken, title).not.toContain(`${column},${line}`);
          taken.add(`${column},${line}`);
        }
      }
    }
    const lines = Math.max(...dashboard.panels.map(({ gridPos }) => gridPos.y + gridPos.h));
    expect(taken.size).toBe(24 * lines);
  });

  it("shows columns that the queries' labels and letters give", () => {
    for (const { title, targets, transformations = [] } of panels) {
      const include = transformations.find(({ id }) => id === 'filterFieldsByName')?.options.include;
      const names = (include as { names: string[] } | undefined)?.names ?? [];
      const letters = targets.map(({ refId }) => `Value #${refId}`);
      const labels = targets.flatMap(({ expr }) =>
        [...expr.matchAll(/ by \(([^)]+)\)/g)].flatMap((match) => match[1]!.split(', ')),
      );
      for (const name of names) expect([...letters, ...labels], title).toContain(name);
    }
  });

  it('picks by variables alone', () => {
    for (const { expr } of queries) {
      expect(expr).not.toMatch(/\b(instance|pod|namespace|job)="/);
      expect(expr).toContain('cluster=~"$cluster",job=~"$job"');
      expect(() => filled(expr)).not.toThrow();
    }
  });
});

describe('where a cluster has hundreds of agents, the dashboard', () => {
  it('draws a line for ten of them at most, and all together else', () => {
    const graphs = panels.filter(({ type }) => type === 'timeseries');
    const ofEach = graphs.flatMap(({ targets }) =>
      targets.filter(({ legendFormat }) => legendFormat.includes('{{instance}}')),
    );
    expect(ofEach).toHaveLength(5);
    for (const { expr } of ofEach) expect(expr).toMatch(/^topk\(10, /);
  });

  it('has a variable for clusters, which matches also where there is no such label, and for agents', () => {
    expect(dashboard.templating.list).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'cluster', allValue: '.*' }),
        expect.objectContaining({ name: 'instance', allValue: '.+' }),
      ]),
    );
  });
});

it('is red for what is critical, orange for warnings, and red where failovers miss the objective', () => {
  const stepsOf = (wanted: string) =>
    panels.find(({ title }) => title === wanted)!.fieldConfig.defaults.thresholds.steps;
  const green = { color: 'green', value: null };
  expect(stepsOf('Critical findings')).toEqual([green, { color: 'red', value: 1 }]);
  expect(stepsOf('Warnings')).toEqual([green, { color: 'orange', value: 1 }]);
  expect(stepsOf('Failovers within the objective')).toEqual([
    { color: 'red', value: null },
    { color: 'green', value: 0.9 },
  ]);
  expect(stepsOf('VIPs')).toEqual([green]);
});

describe.skipIf(labUnavailable('arping', 'dnsmasq', 'udhcpc', 'prometheus', 'prometheus-alertmanager'))(
  'each query of the dashboard',
  () => {
    it('finds something after a failover, a failback, two machines with addresses of the pool, and the end of the VIP', async () => {
      await using lab = await Lab.create();
      const router = await lab.host('router', { mac: '02:00:00:00:00:01', address: '192.168.1.1/24' });
      const { agents, announcers, prometheus } = await buildSite(lab);
      const patience = { timeout: 60_000, interval: 200 };
      const finds = async (expr: string) => (await prometheus.query(expr)).length;
      await vi.waitUntil(async () => (await finds('vipwatch_vip_up == 1')) === agents.length, patience);

      const moves = [
        { from: announcers.w1, to: announcers.w2, takeovers: 1 },
        { from: announcers.w2, to: announcers.w1, takeovers: 2 },
      ];
      for (const { from, to, takeovers } of moves) {
        await from.withdraw(SITE_VIP);
        await to.announce(SITE_VIP);
        await vi.waitUntil(
          async () => (await finds(`sum by (instance) (vipwatch_takeovers_total) >= ${takeovers}`)) > 0,
          patience,
        );
      }

      const range = ['192.168.1.2', '192.168.1.253'] as const;
      await startDnsmasq(router, { subnet: '192.168.1.0/24', range, noPing: true });
      const phone = await lab.host('phone', { mac: '02:00:00:00:00:aa' });
      const client = await startUdhcpc(phone, { hostname: 'luca-phone', request: SITE_VIP });
      await client.bound();
      await phone.run(['arping', '-U', '-c', '2', '-w', '3', '-I', 'eth0', SITE_VIP]);

      const camera = await lab.host('camera', { mac: '02:00:00:00:00:bb', address: `${POOL_ADDRESS}/24` });
      await camera.run(['arping', '-U', '-c', '1', '-I', 'eth0', POOL_ADDRESS]);

      const found = new Set<string>();
      const empty = async () => {
        for (const { name, expr } of queries)
          if ((await finds(withoutDefault(filled(expr)))) > 0) found.add(name);
        return queries.map(({ name }) => name).filter((name) => !found.has(name) && !(name in MAY_BE_EMPTY));
      };
      const unanswered = 'VIPs without an answer A';
      await expect
        .poll(async () => (await empty()).filter((name) => name !== unanswered), patience)
        .toEqual([]);
      await phone.powerOff();
      await announcers.w1.withdraw(SITE_VIP);
      await expect.poll(empty, patience).toEqual([]);
      for (const name of Object.keys(MAY_BE_EMPTY))
        expect(queries.map((query) => query.name)).toContain(name);
    }, 200_000);
  },
);
