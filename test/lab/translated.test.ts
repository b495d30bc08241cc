// A node behind a Wi-Fi extender that gives its frames another MAC, in ARP as well.
import { describe, expect, it, vi } from 'vitest';
import type { Api, FindingJson } from '../../lab/api.ts';
import { Lab } from '../../lab/lab.ts';
import { startAgent } from '../../lab/roles/agent.ts';
import { startAnnouncer } from '../../lab/roles/announcer.ts';
import { startExtender } from '../../lab/roles/extender.ts';
import { labUnavailable } from './available.ts';
import { claimsOf, readFrames } from './frames.ts';
import { answered, vipOf } from './vip.ts';

const VIP = '192.168.1.50';
const EXTENDER = '02:00:00:00:00:ee';
const CP = { name: 'cp', mac: '02:00:00:00:00:10', address: '192.168.1.10' };
const W1 = { name: 'w1', mac: '02:00:00:00:00:11', address: '192.168.1.11' };
const W2 = { name: 'w2', mac: '02:00:00:00:00:12', address: '192.168.1.12' };

const CONFIG = {
  intent: {
    source: 'static' as const,
    static: {
      pools: [{ name: 'main-pool', addresses: ['192.168.1.50-192.168.1.59'] }],
      vips: [{ address: VIP, service: 'traefik/traefik' }],
      nodes: [CP, W1, W2].map(({ name, mac, address }) => ({ name, macs: [mac], addresses: [address] })),
    },
  },
};

async function scene(lab: Lab, behind: readonly (typeof W1)[]) {
  const network = await lab.network();
  const cp = await lab.host(CP.name, { mac: CP.mac, address: `${CP.address}/24` });
  const nodes = await Promise.all(
    behind.map(({ name, mac, address }) =>
      lab.host(name, { mac, address: `${address}/24`, switch: network }),
    ),
  );
  const stations = behind.map(({ mac, address }, i) => ({
    mac,
    addresses: i === 0 ? [address, VIP] : [address],
  }));
  await startExtender(lab, { mac: EXTENDER, network, stations });
  const announcer = await startAnnouncer(nodes[0]!);
  return { cp, nodes, announcer };
}

/** The one about each node that differs; resolves when there are so many. */
async function differing(api: Api, count: number): Promise<FindingJson[]> {
  const found = async () => (await api.findings()).filter(({ kind }) => kind === 'node-mac-differs');
  await vi.waitUntil(async () => (await found()).length === count, { timeout: 60_000 });
  return await found();
}

describe.skipIf(labUnavailable('nft', 'arping'))('a node behind an extender', () => {
  it('is told of once, as a warning, and its VIP is its own', { timeout: 90_000 }, async () => {
    await using lab = await Lab.create();
    const { cp, nodes, announcer } = await scene(lab, [W1]);
    const agents = await Promise.all([cp, nodes[0]!].map((host) => startAgent(host, CONFIG)));
    const { api } = agents[0]!;
    // Nodes of a cluster talk to each other all the time.
    await cp.run(['arping', '-c', '2', '-w', '3', '-I', 'eth0', W1.address]);
    await differing(api, 1);
    const capture = await lab.switch.capture();
    await announcer.announce(VIP);
    await answered(api, 6);
    announcer.resync();
    await answered(api, 3);

    const frames = readFrames(await capture.stop());
    const senders = claimsOf(VIP, frames).map(({ sourceMac }) => sourceMac);
    expect(senders.length).toBeGreaterThan(5);
    expect(new Set(senders)).toEqual(new Set([EXTENDER]));
    expect(await api.findings('all')).toMatchObject([
      { kind: 'node-mac-differs', severity: 'warning', ip: W1.address, macs: [W1.mac, EXTENDER] },
    ]);
    expect(await vipOf(api, VIP)).toMatchObject({ up: true, announcers: [{ mac: EXTENDER, node: 'w1' }] });
    expect(await agents[1]!.api.findings('all')).toEqual([]);
  });

  it('is no stranger either where its VIP is all that an agent hears of it', {
    timeout: 90_000,
  }, async () => {
    await using lab = await Lab.create();
    const { cp, announcer } = await scene(lab, [W1]);
    await announcer.announce(VIP);
    const { api } = await startAgent(cp, CONFIG);
    await differing(api, 1);
    await answered(api, 5);
    const all = await api.findings('all');
    expect(all.map(({ kind, severity }) => `${severity} ${kind}`)).toEqual(['warning node-mac-differs']);
  });

  it('and another one make the extender known as such', { timeout: 90_000 }, async () => {
    await using lab = await Lab.create();
    const { cp, announcer } = await scene(lab, [W1, W2]);
    const { api } = await startAgent(cp, CONFIG);
    for (const { address } of [W1, W2]) await cp.run(['arping', '-c', '2', '-w', '3', '-I', 'eth0', address]);
    const messages = (await differing(api, 2)).map(({ message }) => message);
    expect(messages).toContainEqual(expect.stringMatching(/ answers for w1 and w2: .*extender/));
    await announcer.announce(VIP);
    await answered(api, 6);
    expect((await api.findings('all')).map(({ kind }) => kind)).toEqual(Array(2).fill('node-mac-differs'));
    expect(await vipOf(api, VIP)).toMatchObject({ up: true });
  });
});
