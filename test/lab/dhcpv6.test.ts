// Real leases of DHCPv6, seen through a network card that keeps back multicast which nobody wants, as real ones do.
import { describe, expect, it, vi } from 'vitest';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { type Agent, startAgent } from '../../lab/roles/agent.ts';
import { startDhclientv6 } from '../../lab/roles/dhclient-v6.ts';
import { startDhcpcdv6 } from '../../lab/roles/dhcpcd-v6.ts';
import { startDnsmasqv6 } from '../../lab/roles/dnsmasq-v6.ts';
import { labUnavailable } from './available.ts';

const ROUTER = { mac: '02:00:00:00:00:01', address: 'fd00::1/64' };
const PHONE = { mac: '02:00:00:00:00:aa' };
const NODE_MAC = '02:00:00:00:00:11';
const VIP = 'fd00::60';
const CARD = 'card0';
const CONFIG = {
  interfaces: [CARD],
  intent: {
    source: 'static' as const,
    static: {
      pools: [{ name: 'six', addresses: ['fd00::60-fd00::6f'] }],
      vips: [{ address: VIP, service: 'edge/proxy' }],
      nodes: [{ name: 'w1', macs: [NODE_MAC], addresses: ['fd00::11'] }],
    },
  },
};

interface LeaseJson {
  readonly ip: string;
  readonly mac: string;
  readonly state: string;
  readonly hostname: string | null;
}

/** The agent's card is a macvlan, which goes by a list of groups; a veth takes whatever comes. */
async function watching(lab: Lab): Promise<Agent> {
  const host = await lab.host('w3', { mac: '02:00:00:00:00:f3' });
  const card = ['link', 'add', 'link', 'eth0', 'name', CARD, 'address', '02:00:00:00:00:13'];
  await host.run(['ip', ...card, 'type', 'macvlan', 'mode', 'bridge']);
  await host.run(['ip', 'link', 'set', CARD, 'up']);
  await host.run(['ip', 'address', 'add', 'fd00::13/64', 'dev', CARD]);
  return await startAgent(host, CONFIG);
}

/** A LAN whose router hands out this one address, and a phone without any. */
async function home(lab: Lab, address: string): Promise<Host> {
  const [router, phone] = await Promise.all([lab.host('router', ROUTER), lab.host('phone', PHONE)]);
  await Promise.all([router.ipv6Settled(), phone.ipv6Settled()]);
  await startDnsmasqv6(router, { range: [address, address] });
  return phone;
}

async function leases({ api }: Agent): Promise<LeaseJson[]> {
  return (await api.json<{ items: LeaseJson[] }>('/api/v1/leases')).items;
}

describe.skipIf(labUnavailable('dnsmasq', 'dhclient', 'dhcpcd'))('DHCPv6 in the lab', () => {
  it('leases a VIP to a phone, which is critical until the phone gives it back', async () => {
    await using lab = await Lab.create();
    const phone = await home(lab, VIP);
    const agent = await watching(lab);
    const client = await startDhcpcdv6(phone, 'luca-phone');
    expect(await client.bound()).toBe(VIP);
    await vi.waitUntil(async () => (await agent.api.findings()).length > 0, { timeout: 60_000 });
    expect((await agent.api.findings()).find(({ kind }) => kind === 'lease-on-vip')).toMatchObject({
      severity: 'critical',
      ip: VIP,
      macs: [PHONE.mac],
      message: `DHCP: "luca-phone" (${PHONE.mac}) asked for ${VIP}, the VIP of edge/proxy.`,
      vip: { service: 'edge/proxy' },
    });
    // The server's answer went to the phone alone.
    expect(await leases(agent)).toMatchObject([
      { ip: VIP, mac: PHONE.mac, state: 'requested', hostname: 'luca-phone' },
    ]);

    await client.process.signal('SIGALRM'); // dhcpcd's word for: release, and end
    await vi.waitUntil(async () => (await leases(agent))[0]!.state === 'released', { timeout: 60_000 });
    expect(await agent.api.findings('resolved')).toMatchObject([{ kind: 'lease-on-vip', ip: VIP }]);
  });

  it('leases an address outside the pool, which is nothing to speak of', async () => {
    await using lab = await Lab.create();
    const phone = await home(lab, 'fd00::5f');
    const agent = await watching(lab);
    const client = await startDhcpcdv6(phone, 'luca-phone');
    expect(await client.bound()).toBe('fd00::5f');
    await vi.waitUntil(async () => (await leases(agent)).length > 0, { timeout: 60_000 });
    expect(await leases(agent)).toMatchObject([{ ip: 'fd00::5f', mac: PHONE.mac, state: 'requested' }]);
    expect(await agent.api.findings('all')).toEqual([]);
  });

  it('is told by a phone that it has leased a VIP which a node holds, and declines it', async () => {
    await using lab = await Lab.create();
    const node = await lab.host('w1', { mac: NODE_MAC, address: `${VIP}/64` });
    await node.ipv6Settled();
    const phone = await home(lab, VIP);
    const agent = await watching(lab);
    const client = await startDhclientv6(phone);
    await client.waitForLine(/Decline/, { timeoutMs: 15_000 });
    const isDeclined = async () =>
      (await agent.api.findings('all')).some(({ kind }) => kind === 'dhcp-decline');
    await vi.waitUntil(isDeclined, { timeout: 60_000 });
    expect((await agent.api.findings('all')).find(({ kind }) => kind === 'dhcp-decline')).toMatchObject({
      ip: VIP,
      macs: [PHONE.mac],
    });
  });
});
