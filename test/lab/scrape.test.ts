// Scrapes of real agents, by a real Prometheus with the labels that a monitor of the chart gives each target.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { startAgent } from '../../lab/roles/agent.ts';
import { startAnnouncer } from '../../lab/roles/announcer.ts';
import { startPrometheus } from '../../lab/roles/prometheus.ts';
import { toolPath } from '../../lab/tools.ts';
import { labUnavailable } from './available.ts';

const VIP = '192.168.1.50';
const NODES = ['cp', 'w1'].map((name, i) => ({
  name,
  macs: [`02:00:00:00:00:1${i}`],
  addresses: [`192.168.1.1${i}`],
}));
const CONFIG = {
  intent: {
    source: 'static' as const,
    static: {
      pools: [{ name: 'main-pool', addresses: ['192.168.1.50-192.168.1.59'] }],
      vips: [{ address: VIP, service: 'traefik/traefik' }],
      nodes: NODES,
    },
  },
  dhcp: { ranges: ['192.168.1.2-192.168.1.253'] },
};
const PAGE = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
const patience = { timeout: 60_000, interval: 200 };

/** The page's queries; a line that is a mere selector is one by itself. */
function documentedQueries(): string[] {
  const block = /```promql\n(.*?)```/s.exec(PAGE)![1]!;
  return block.split('\n\n').flatMap((text) => {
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return lines.every((line) => /^[\w:]+(\{.*\})?$/.test(line)) ? lines : [lines.join('\n')];
  });
}

describe.skipIf(labUnavailable('prometheus', 'promtool'))('a scrape', () => {
  it("keeps the Service's namespace, and gives that of the agent's Pod to what has none of its own", async () => {
    await using lab = await Lab.create();
    const hosts: Host[] = [];
    for (const { name, macs, addresses } of NODES)
      hosts.push(await lab.host(name, { mac: macs[0]!, address: `${addresses[0]}/24` }));
    const announcer = await startAnnouncer(hosts[1]!);
    await announcer.announce(VIP);
    const agents = await Promise.all(hosts.map((host) => startAgent(host, CONFIG)));
    const monitor = await lab.host('monitor', { mac: '02:00:00:00:00:20', address: '192.168.1.20/24' });
    const { api, query } = await startPrometheus(monitor, {
      targets: NODES.map(({ name, addresses }) => ({ instance: name, address: `${addresses[0]}:9797` })),
    });
    const up = 'vipwatch_vip_up == 1';
    await vi.waitUntil(async () => (await query(up)).length === agents.length, patience);

    const target = { job: 'vipwatch/vipwatch', pod: 'vipwatch-cp', container: 'vipwatch', endpoint: 'http' };
    const ofCp = async (selector: string) =>
      (await query(selector)).find(({ labels }) => labels.instance === 'cp');
    expect((await ofCp(up))?.labels).toMatchObject({
      ...target,
      ip: VIP,
      namespace: 'traefik',
      service: 'traefik',
    });
    expect((await ofCp('vipwatch_vip_info'))?.labels).toMatchObject({ ip: VIP, pool: 'main-pool' });
    expect(await query('vipwatch_takeovers_total == 0')).toHaveLength(3 * agents.length);
    expect((await ofCp('vipwatch_build_info'))?.labels).toMatchObject({ ...target, namespace: 'vipwatch' });
    // About no Service: nobody's namespace, and not that of the agent either.
    const overlap = (await ofCp('vipwatch_finding_active{kind="dhcp-range-overlaps-pool"}'))?.labels;
    expect(overlap).toMatchObject({ ...target, severity: 'warning', ip: expect.any(String) });
    expect(Object.keys(overlap!)).not.toContain('namespace');
    expect(Object.keys(overlap!)).not.toContain('exported_namespace');

    // Each has heard the other.
    const heard = await query('time() - vipwatch_last_frame_timestamp_seconds{interface="eth0"}');
    expect(heard).toHaveLength(2);
    for (const { value } of heard) expect(value).toBeLessThan(30);

    const queries = documentedQueries();
    expect(queries.length).toBeGreaterThan(8);
    for (const expression of queries) {
      const { status, body } = await api.get(`/api/v1/query?query=${encodeURIComponent(expression)}`);
      expect(status, `${expression}: ${body}`).toBe(200);
    }

    const { body } = await agents[0]!.api.get('/metrics');
    const check = spawnSync(toolPath('promtool'), ['check', 'metrics'], { input: body, encoding: 'utf8' });
    expect(`${check.stdout}${check.stderr}`).toBe('');
    const series = body.split('\n').filter((line) => /^\w/.test(line) && !/[{,]ip="/.test(line));
    const documented = Number(/(\d+) × agents/.exec(PAGE)![1]);
    // Without a cluster some of an agent's series are missing.
    expect(series.length).toBeLessThanOrEqual(documented);
    expect(series.length).toBeGreaterThan(0.7 * documented);
  }, 120_000);
});
