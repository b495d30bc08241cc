import { describe, expect, it, vi } from 'vitest';
import { Lab } from '../../lab/lab.ts';
import { startAgent } from '../../lab/roles/agent.ts';
import { becameMaster, startKeepalived } from '../../lab/roles/keepalived.ts';
import type { renderTakeover } from '../../src/serve/render.ts';
import { lines, vipwatch } from '../cli/program.ts';
import { labUnavailable } from './available.ts';
import { readFrames } from './frames.ts';

const VIP = '192.168.1.60';
const A = { name: 'a', mac: '02:00:00:00:00:11', address: '192.168.1.11' };
const B = { name: 'b', mac: '02:00:00:00:00:12', address: '192.168.1.12' };
const C = { name: 'c', mac: '02:00:00:00:00:13', address: '192.168.1.13' };

const CONFIG = {
  intent: {
    source: 'static' as const,
    static: {
      vips: [{ address: VIP, service: 'edge/proxy' }],
      nodes: [A, B, C].map(({ name, mac, address }) => ({ name, macs: [mac], addresses: [address] })),
    },
  },
};

type TakeoverJson = ReturnType<typeof renderTakeover>;

describe.skipIf(labUnavailable('keepalived'))('a failover on the wire', () => {
  it('is one takeover, whose gap is the one that the switch recorded', async () => {
    await using lab = await Lab.create();
    const [a, b, c] = await Promise.all(
      [A, B, C].map(({ name, mac, address }) => lab.host(name, { mac, address: `${address}/24` })),
    );
    const capture = await lab.switch.capture();
    const first = await startKeepalived(a!, { vip: `${VIP}/24`, priority: 200 });
    await becameMaster(first);
    const second = await startKeepalived(b!, { vip: `${VIP}/24`, priority: 100 });
    const { api } = await startAgent(c!, { ...CONFIG, probe: { interval: '200ms' } });
    const announcers = async () => {
      const { items } = await api.json<{ items: { announcers: { node: string }[] }[] }>('/api/v1/vips');
      return items[0]!.announcers.map(({ node }) => node);
    };
    await vi.waitUntil(async () => (await announcers()).includes('a'), { timeout: 10_000 });
    const probesAnswered = () => api.metrics('vipwatch_probes_total{result="answered"}');
    const before = await probesAnswered();
    await vi.waitUntil(async () => (await probesAnswered())[0] !== before[0], { timeout: 10_000 });

    await a!.powerOff();
    await becameMaster(second);
    const takeovers = async () => (await api.json<{ items: TakeoverJson[] }>('/api/v1/takeovers')).items;
    await vi.waitUntil(async () => (await takeovers()).length > 0, { timeout: 10_000 });
    // The probes after it, and what keepalived repeats, must not make a second one.
    const after = await probesAnswered();
    await vi.waitUntil(async () => (await probesAnswered())[0] !== after[0], { timeout: 10_000 });

    const recorded = await capture.stop();
    const frames = readFrames(recorded);
    const claims = frames.filter(({ layers }) => layers.protocol === 'arp' && layers.packet.senderIp === VIP);
    const lastOld = claims.findLast(({ sourceMac }) => sourceMac === A.mac)!;
    const firstNew = claims.find(({ sourceMac }) => sourceMac === B.mac)!;
    const found = await takeovers();
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({
      ip: VIP,
      class: 'failover',
      from: { mac: A.mac, node: 'a' },
      to: { mac: B.mac, node: 'b' },
      overlapMs: 0,
    });
    // The agent's stamps are taken one wire further on than the switch's.
    expect(Math.abs(found[0]!.gapMs - (firstNew.at - lastOld.at) / 1000)).toBeLessThan(5);
    const critical = (await api.findings('all')).filter(({ severity }) => severity === 'critical');
    expect(critical).toEqual([]);

    // Replayed, the switch's own recording gives its own gap, to the microsecond.
    await c!.writeFile('/run/lab/replay.yaml', JSON.stringify(CONFIG));
    const replay = ['replay', '--config', c!.path('/run/lab/replay.yaml'), '--output', 'json', recorded];
    const replayed = lines((await vipwatch(replay)).stdout).filter(({ type }) => type === 'takeover');
    expect(replayed).toMatchObject([
      { class: 'failover', from: { node: 'a' }, to: { node: 'b' }, overlapMs: 0 },
    ]);
    expect(replayed[0]!.gapMs).toBeCloseTo((Math.floor(firstNew.at) - Math.floor(lastOld.at)) / 1000, 2);
  });
});
