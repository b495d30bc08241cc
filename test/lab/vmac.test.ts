// keepalived with a virtual MAC of the group: the nodes' own holds a VIP rightly, another's takes it away from the nodes.
import { describe, expect, it, vi } from 'vitest';
import { Lab } from '../../lab/lab.ts';
import { startAgent } from '../../lab/roles/agent.ts';
import { startAnnouncer } from '../../lab/roles/announcer.ts';
import { becameMaster, startKeepalived } from '../../lab/roles/keepalived.ts';
import { labUnavailable } from './available.ts';
import { claimsOf, readFrames } from './frames.ts';
import { answered, vipOf } from './vip.ts';

const VIP = '192.168.1.60';
const VIRTUAL = '00:00:5e:00:01:33';
const NODES = ['a', 'b', 'c'].map((name, i) => ({
  name,
  mac: `02:00:00:00:00:1${i + 1}`,
  address: `192.168.1.1${i + 1}`,
}));

const CONFIG = {
  intent: {
    source: 'static' as const,
    static: {
      vips: [{ address: VIP, service: 'edge/proxy' }],
      nodes: NODES.map(({ name, mac, address }) => ({ name, macs: [mac], addresses: [address] })),
    },
  },
};

async function nodes(lab: Lab) {
  const [a, b, c] = await Promise.all(
    NODES.map(({ name, mac, address }) => lab.host(name, { mac, address: `${address}/24` })),
  );
  return { a: a!, b: b!, c: c! };
}

describe.skipIf(labUnavailable('keepalived'))('keepalived with a virtual MAC', () => {
  it('of the nodes is silent, before and after a failover', { timeout: 90_000 }, async () => {
    await using lab = await Lab.create();
    const { a, b, c } = await nodes(lab);
    const group = { vip: `${VIP}/24`, virtualMac: true };
    await becameMaster(await startKeepalived(a, { ...group, priority: 200 }));
    const second = await startKeepalived(b, { ...group, priority: 100 });
    const capture = await lab.switch.capture();
    const { api } = await startAgent(c, CONFIG);
    await answered(api, 5);
    expect(await vipOf(api, VIP)).toMatchObject({ up: true });
    await a.powerOff();
    await becameMaster(second);
    await answered(api, 5);

    const claims = claimsOf(VIP, readFrames(await capture.stop()));
    expect(new Set(claims.map(({ sourceMac }) => sourceMac))).toEqual(new Set([VIRTUAL]));
    expect(await api.findings('all')).toEqual([]);
    expect(await vipOf(api, VIP)).toMatchObject({ up: true });
  });

  it('of another machine is a foreign claim beside a node that answers', { timeout: 90_000 }, async () => {
    await using lab = await Lab.create();
    const { a, c } = await nodes(lab);
    await (await startAnnouncer(a)).announce(VIP);
    const { api } = await startAgent(c, CONFIG);
    await answered(api, 3);
    expect(await api.findings('all')).toEqual([]);
    const router = await lab.host('router', { mac: '02:00:00:00:00:01', address: '192.168.1.1/24' });
    await becameMaster(await startKeepalived(router, { vip: `${VIP}/24`, virtualMac: true, priority: 200 }));
    const claim = async () => (await api.findings()).find(({ kind }) => kind === 'foreign-claim');
    await vi.waitUntil(async () => (await claim())?.confirmed, { timeout: 60_000 });
    expect(await claim()).toMatchObject({ severity: 'critical', ip: VIP, macs: [VIRTUAL] });
    expect((await claim())?.remedy).toMatch(/router redundancy group/);
    expect(await vipOf(api, VIP)).toMatchObject({ up: true, announcers: [{ node: 'a' }] });
  });
});
