// A LAN where all is well, with everything in it that resembles trouble: the agents must not say a word.
import { describe, expect, it, vi } from 'vitest';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { startAgent } from '../../lab/roles/agent.ts';
import { startAnnouncer } from '../../lab/roles/announcer.ts';
import { startDhclient } from '../../lab/roles/dhclient.ts';
import { startDhcpcd } from '../../lab/roles/dhcpcd.ts';
import { startDnsmasq } from '../../lab/roles/dnsmasq.ts';
import { startUdhcpc } from '../../lab/roles/udhcpc.ts';
import type { renderTakeover } from '../../src/serve/render/render.ts';
import { labUnavailable } from './available.ts';

const VIP = '192.168.1.240';
const NODES = ['10', '11', '12'].map((last) => ({
  name: `node-${last}`,
  macs: [`02:00:00:00:00:${last}`],
  addresses: [`192.168.1.${last}`],
}));
const CONFIG = {
  intent: {
    source: 'static' as const,
    static: {
      pools: [{ name: 'main-pool', addresses: ['192.168.1.240-192.168.1.245'] }],
      vips: [{ address: VIP, service: 'traefik/traefik' }],
      nodes: NODES,
    },
  },
  dhcp: { ranges: ['192.168.1.100-192.168.1.199'], servers: ['192.168.1.1'] },
};

/** A phone joins with a MAC made up for this network, asks for the VIP's page, and leaves. */
async function phoneComesAndGoes(lab: Lab, number: number): Promise<void> {
  const phone = await lab.host(`phone-${number}`, { mac: `0e:5a:11:00:00:0${number}` });
  const client = await startUdhcpc(phone, { hostname: 'a-phone' });
  await client.bound({ timeoutMs: 60_000 });
  await phone.run(['arping', '-c', '1', '-w', '3', '-I', 'eth0', VIP]);
  await client.process.stop();
  await phone.unplug();
}

describe.skipIf(labUnavailable('dnsmasq', 'udhcpc', 'dhclient', 'dhcpcd', 'arping'))('a healthy LAN', () => {
  it('raises nothing: leases, MAC-randomising phones, address checks, announcement bursts', async () => {
    await using lab = await Lab.create();
    const router = await lab.host('router', { mac: '02:00:00:00:00:01', address: '192.168.1.1/24' });
    const nodes: Host[] = [];
    for (const { name, macs, addresses } of NODES) {
      nodes.push(await lab.host(name, { mac: macs[0]!, address: `${addresses[0]}/24` }));
    }
    await startDnsmasq(router, { subnet: '192.168.1.0/24', range: ['192.168.1.100', '192.168.1.199'] });
    const announcer = await startAnnouncer(nodes[1]!);
    await announcer.announce(VIP);
    const agents = await Promise.all([nodes[0]!, nodes[2]!].map((host) => startAgent(host, CONFIG)));
    const upOnAll = async () => {
      const lists = await Promise.all(
        agents.map(({ api }) => api.json<{ items: { up: boolean }[] }>('/api/v1/vips')),
      );
      return lists.every(({ items }) => items[0]?.up);
    };
    await vi.waitUntil(upOnAll, { timeout: 60_000 });

    const laptop = await lab.host('laptop', { mac: '02:00:00:00:00:bb' });
    const careful = await lab.host('careful', { mac: '02:00:00:00:00:cc' });
    // The server pings each address before it offers it, for three seconds: all of them at once.
    const patience = { timeoutMs: 60_000 };
    await Promise.all([
      ...[1, 2, 3].map((number) => phoneComesAndGoes(lab, number).then(() => announcer.resync())),
      startDhclient(laptop).then((client) => client.bound(patience)),
      startDhcpcd(careful).then((client) => client.bound(patience)),
    ]);
    await announcer.withdraw(VIP);
    await announcer.announce(VIP);
    await vi.waitUntil(upOnAll, { timeout: 60_000 });

    for (const { api } of agents) {
      expect(await api.findings('all')).toEqual([]);
      expect(
        (await api.json<{ items: ReturnType<typeof renderTakeover>[] }>('/api/v1/takeovers')).items,
      ).toEqual([]);
      const { items: leases } = await api.json<{ items: { state: string }[] }>('/api/v1/leases');
      expect(leases.length).toBeGreaterThanOrEqual(5);
    }
  }, 120_000);
});
