import { describe, expect, it } from 'vitest';
import { SECOND } from '../../src/base/time.ts';
import type { ClusterNode, Elector, Intent, Vip } from '../../src/intent/intent.ts';
import { type IpAddress, type Mac, parseIp } from '../../src/net/address.ts';
import { type IpRange, parseRange } from '../../src/net/range.ts';
import { ProbeTargets, type TargetView } from '../../src/probe/targets.ts';

const ip = (text: string) => parseIp(text) as IpAddress;

function node(i: number, over: Partial<ClusterNode> = {}): ClusterNode {
  const mac = `02:00:00:00:00:${String(10 + i)}` as Mac;
  const addresses = [{ ip: ip(`192.168.1.${10 + i}`), prefixLength: 24 }];
  return {
    name: `n${i}`,
    addresses: [addresses[0]!.ip],
    macs: [mac],
    interfaces: [{ name: 'eth0', mac, addresses, segment: 'eth0' }],
    agentReady: true,
    ...over,
  };
}
const NODES = [0, 1, 2, 3, 4, 5].map((i) => node(i));
const VIPS = Array.from({ length: 60 }, (_, i) => ({ address: ip(`192.168.1.${100 + i}`), service: null }));
const intent = (over: Partial<Intent> = {}): Intent => ({ pools: [], vips: VIPS, nodes: NODES, ...over });
const electedBy = (elect: Elector['elect']): Vip[] => VIPS.map((vip) => ({ ...vip, elector: { elect } }));
const QUIET: Omit<TargetView, 'vip'> = {
  announcerOf: () => null,
  lost: () => [],
  unlearnedNodeAddresses: () => [],
  nodesToAsk: () => [],
  freeToAsk: () => [],
};
const vipOf = (of: Intent) => (address: IpAddress) => of.vips.find((vip) => vip.address === address);

/** What the agent on a node would ask for. */
function targetsOn(i: number, of: Intent, view: Partial<TargetView> = {}, hasPeers = true) {
  const targets = new ProbeTargets({ ...QUIET, vip: vipOf(of), ...view });
  return targets.of(contextOf(i, of, hasPeers), 0);
}
function contextOf(i: number, of: Intent, hasPeers = true) {
  const own = ip(`192.168.1.${10 + i}`);
  const network = parseRange('192.168.1.0/24') as IpRange;
  const link = { ip: ip('fe80::1'), network: parseRange('fe80::/64') as IpRange };
  const source = {
    device: 'eth0',
    segment: 'eth0',
    mac: '02:00:00:00:00:10' as Mac,
    addresses: [{ ip: own, network }, link],
  };
  return { intent: of, hasPeers, ownAddresses: [own], sources: [source] };
}
const sharers = (of: Intent, view?: Partial<TargetView>, agents = [0, 1, 2, 3, 4, 5]) =>
  Map.groupBy(
    agents.flatMap((i) => targetsOn(i, of, view).vips.map((vip) => ({ i, vip }))),
    ({ vip }) => vip,
  );

describe('ProbeTargets', () => {
  it('are all VIPs where the intent is static, and for an agent on none of the nodes', () => {
    const all = VIPS.map(({ address }) => address);
    expect(targetsOn(0, intent(), {}, false).vips).toEqual(all);
    expect(targetsOn(9, intent()).vips).toEqual(all);
  });

  it('are shared by the agents that are ready and watch the network: each VIP has two', () => {
    const parts = sharers(intent());
    expect(parts.size).toBe(60);
    for (const agents of parts.values()) expect(agents).toHaveLength(2);

    const nodes = [
      ...NODES.slice(0, 3),
      node(3, { agentReady: false }),
      node(4, { interfaces: [] }),
      NODES[5]!,
    ];
    for (const agents of sharers(intent({ nodes }), {}, [0, 1, 2, 5]).values())
      expect(agents).toHaveLength(2);
  });

  it('leave out those that the own node announces, by the wire, else by MetalLB’s election', () => {
    const vips = electedBy(() => ({ node: 'n1', interfaces: null }));
    for (const agents of sharers(intent({ vips }), { announcerOf: () => undefined }).values()) {
      expect(agents).toHaveLength(2);
      expect(agents.map(({ i }) => i)).not.toContain(1);
    }
    for (const agents of sharers(intent({ vips }), { announcerOf: () => 'n4' }).values())
      expect(agents.map(({ i }) => i)).not.toContain(4);
  });

  it('are those as well that the own node has lost, whoever else asks for them', () => {
    const lost = VIPS.slice(0, 20).map(({ address }) => address);
    const { vips } = targetsOn(0, intent(), { lost: () => lost });
    const share = targetsOn(0, intent()).vips;
    expect(new Set(vips)).toEqual(new Set([...share, ...lost]));
    expect(new Set(vips).size).toBe(vips.length);
    expect(share.length).toBeLessThan(vips.length);
  });

  it('ask for no election where this agent is no candidate', () => {
    let elections = 0;
    const vips = electedBy(() => {
      elections += 1;
      return null;
    });
    const nodes = Array.from({ length: 26 }, (_, i) => node(i));
    const all = intent({ vips, nodes });
    const targets = new ProbeTargets({ ...QUIET, vip: vipOf(all), announcerOf: () => undefined });
    targets.of(contextOf(0, all), 0);
    expect(elections).toBeGreaterThan(0);
    expect(elections).toBeLessThan(20);
  });

  it('follow the intent and the agents', () => {
    const targets = new ProbeTargets({ ...QUIET, vip: vipOf(intent()) });
    const before = targets.of(contextOf(0, intent()), 0).vips;
    const alone = intent({ nodes: [NODES[0]!] });
    expect(targets.of(contextOf(0, alone), 1).vips).toHaveLength(60);
    expect(targets.of(contextOf(0, intent()), 2).vips).toEqual(before);
    expect(targets.of(contextOf(0, intent({ vips: [] })), 3).vips).toEqual([]);
  });

  it('hold a node’s address that nobody answers for, after ten seconds on two agents only', () => {
    const silent = ip('192.168.1.77');
    const view = { unlearnedNodeAddresses: () => [silent], nodesToAsk: () => [ip('192.168.1.12')] };
    const others = NODES.map((_, i) => {
      const targets = new ProbeTargets({ ...QUIET, vip: vipOf(intent()), ...view });
      const first = targets.of(contextOf(i, intent()), 0).nodes;
      return { first, later: targets.of(contextOf(i, intent()), 11 * SECOND).nodes };
    });
    expect(others.every(({ first }) => first.includes(silent))).toBe(true);
    expect(others.filter(({ later }) => later.includes(silent))).toHaveLength(2);
    expect(others.every(({ later }) => later.includes(ip('192.168.1.12')))).toBe(true);
  });

  it('tell of any address, VIP or not, whether this agent is among the two that ask for it', () => {
    const asking = (address: IpAddress, of: Intent = intent()) =>
      NODES.map((_, i) => {
        const targets = new ProbeTargets({ ...QUIET, vip: vipOf(intent()) });
        targets.of(contextOf(i, of), 0);
        return targets.asksFor(address);
      }).filter(Boolean).length;
    expect(asking(VIPS[0]!.address)).toBe(2);
    expect(asking(ip('192.168.1.77'))).toBe(2);
    // On no agent's network: any of them may hear of it.
    expect(asking(ip('172.16.0.1'))).toBe(2);
    const alone = new ProbeTargets({ ...QUIET, vip: vipOf(intent()) });
    expect(alone.asksFor(VIPS[0]!.address)).toBe(false);
    alone.of(contextOf(0, intent({ nodes: [NODES[0]!] })), 0);
    expect(alone.asksFor(VIPS[0]!.address)).toBe(true);
    // Where it announces the VIP itself, and no other agent is there to ask: nobody does.
    const announces = new ProbeTargets({ ...QUIET, vip: vipOf(intent()), announcerOf: () => 'n0' });
    announces.of(contextOf(0, intent({ nodes: [NODES[0]!] })), 0);
    expect(announces.asksFor(VIPS[0]!.address)).toBe(true);
  });
});
