// A router that answers for a part of the LAN that it reaches by another card: the kernel's own proxy ARP.
import { describe, expect, it, vi } from 'vitest';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { type Agent, startAgent } from '../../lab/roles/agent.ts';
import { startAnnouncer } from '../../lab/roles/announcer.ts';
import { labUnavailable } from './available.ts';
import { claimsOf, questionsAbout, readFrames } from './frames.ts';
import { vipOf } from './vip.ts';

const VIP = '192.168.1.50';
const ROUTER_MAC = '02:00:00:00:00:01';
const NODES = ['cp', 'w1', 'w2'].map((name, i) => ({
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
};
/** Of the pool, and no Service has them. */
const FREE = ['192.168.1.52', '192.168.1.53', '192.168.1.54'];
/** They are in it, and the VIP is not. */
const ELSEWHERE = '192.168.1.52/30';

interface Scene {
  readonly agent: Agent;
  readonly router: Host;
}

/** A LAN whose router holds a part of the pool to be behind its other card; the agent is on w2, w1 announces the VIP. */
async function scene(lab: Lab, { proxyArp }: { proxyArp: boolean }): Promise<Scene> {
  const vpn = await lab.network();
  const router = await lab.host('router', {
    mac: ROUTER_MAC,
    address: '192.168.1.1/24',
    cards: [{ name: 'eth1', switch: vpn, mac: '02:00:00:00:01:01', address: '10.0.0.1/24' }],
  });
  await router.run(['ip', 'route', 'add', ELSEWHERE, 'dev', 'eth1']);
  const settings = ['ip_forward', 'conf/eth0/proxy_arp'].map(
    (name, i) => `echo ${i === 0 || proxyArp ? 1 : 0} >/proc/sys/net/ipv4/${name}`,
  );
  await router.run(['sh', '-c', settings.join('; ')]);
  const [, w1, w2] = await Promise.all(
    NODES.map(({ name, macs, addresses }) =>
      lab.host(name, { mac: macs[0]!, address: `${addresses[0]}/24` }),
    ),
  );
  await (await startAnnouncer(w1!)).announce(VIP);
  const agent = await startAgent(w2!, CONFIG);
  await vi.waitUntil(async () => (await vipOf(agent.api, VIP))?.up, { timeout: 60_000 });
  return { agent, router };
}

/** The agent's own node asks for each, three times, as somebody on it would that looks for a free address. */
async function askForEach({ agent }: Scene): Promise<string[]> {
  const said = await Promise.all(
    FREE.map((address) =>
      agent.host
        .run(['arping', '-b', '-c', '3', '-w', '4', '-I', 'eth0', address])
        .catch((error: Error) => ({ stdout: error.message })),
    ),
  );
  return said.map(({ stdout }) => /Received (\d+) response/.exec(stdout)?.[1] ?? stdout);
}

describe.skipIf(labUnavailable('arping'))('a router with a route to a part of the pool', () => {
  it('that answers for it is one finding, and none on any of the addresses', async () => {
    await using lab = await Lab.create();
    const site = await scene(lab, { proxyArp: true });
    const { api } = site.agent;
    const capture = await lab.switch.capture();
    expect(await askForEach(site)).not.toContain('0');
    await vi.waitUntil(async () => (await api.findings()).length > 0, { timeout: 60_000 });
    // Asked once more: a machine that uses one would be told by now.
    await askForEach(site);

    const frames = readFrames(await capture.stop());
    for (const address of FREE)
      expect(new Set(claimsOf(address, frames).map(({ sourceMac }) => sourceMac))).toEqual(
        new Set([ROUTER_MAC]),
      );
    expect(await api.findings('all')).toMatchObject([
      { kind: 'proxy-arp', severity: 'warning', state: 'active', macs: [ROUTER_MAC] },
    ]);
    expect(await api.metrics('vipwatch_finding_active{kind="proxy-arp"')).toHaveLength(1);
  }, 60_000);

  it('that forwards without answering for it is none', async () => {
    await using lab = await Lab.create();
    const site = await scene(lab, { proxyArp: false });
    const capture = await lab.switch.capture();
    expect(await askForEach(site)).toEqual(['0', '0', '0']);
    const frames = readFrames(await capture.stop());
    for (const address of FREE) expect(questionsAbout(address, frames).length).toBeGreaterThan(1);
    expect(await site.agent.api.findings('all')).toEqual([]);
  }, 60_000);
});
