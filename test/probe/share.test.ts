import { describe, expect, it } from 'vitest';
import { type IpAddress, parseIp } from '../../src/net/address.ts';
import { type IpRange, parseRange } from '../../src/net/range.ts';
import { type AnnouncerOf, type Asker, ProbeShare } from '../../src/probe/share.ts';

const ip = (text: string) => parseIp(text) as IpAddress;
const network = (text: string) => parseRange(text) as IpRange;
const LAN = network('10.0.0.0/8');
const agent = (node: string, ...networks: IpRange[]): Asker => ({ node, networks });

const NODES = Array.from({ length: 1000 }, (_, i) => `node-${i}`);
const VIPS = Array.from({ length: 10_000 }, (_, i) => ip(`10.${1 + (i >> 13)}.${(i >> 8) & 31}.${i & 255}`));
/** As in life, the announcers are spread over the nodes, in some way that has nothing to do with the share. */
const ANNOUNCERS = new Map(VIPS.map((vip, i) => [vip, NODES[(i * 7919) % 1000]!]));
const announcerOf = (vip: IpAddress) => ANNOUNCERS.get(vip)!;

function shareOf(own: string, askers: readonly Asker[], vips: readonly IpAddress[]): ProbeShare {
  const share = new ProbeShare(own);
  share.setAskers(askers);
  share.setVips(vips);
  return share;
}

/** Who asks for each VIP, by each agent's own reckoning. */
function plan(askers: readonly Asker[], vips: readonly IpAddress[], by: AnnouncerOf = announcerOf) {
  const plan = new Map<IpAddress, string[]>(vips.map((vip) => [vip, []]));
  for (const { node } of askers)
    for (const vip of shareOf(node, askers, vips).mine(by).mine) plan.get(vip)!.push(node);
  return plan;
}

describe('ProbeShare', () => {
  it('lets two agents ask for each VIP, and never the announcer’s own', () => {
    const askers = NODES.slice(0, 40).map((node) => agent(node, LAN));
    const vips = VIPS.slice(0, 500);
    const announcer = (vip: IpAddress) => NODES[vips.indexOf(vip) % 40]!;
    for (const [vip, nodes] of plan(askers, vips, announcer)) {
      expect(nodes).toHaveLength(2);
      expect(nodes).not.toContain(announcer(vip));
    }
  });

  it('uses whoever is there where there are fewer', () => {
    const vip = VIPS[0]!;
    const askers = ['a', 'b'].map((node) => agent(node, LAN));
    expect(plan(askers, [vip], () => 'a').get(vip)).toEqual(['b']);
    expect(plan(askers, [vip], () => 'z').get(vip)).toEqual(['a', 'b']);
    expect(plan([agent('a', LAN)], [vip], () => 'a').get(vip)).toEqual([]);
  });

  it('lets a third one ask while it is not known who announces: it may be one of the two', () => {
    const askers = NODES.slice(0, 40).map((node) => agent(node, LAN));
    const share = (node: string) => shareOf(node, askers, [VIPS[0]!]);
    const three = askers.filter(({ node }) => share(node).mine(() => undefined).mine.size > 0);
    expect(three).toHaveLength(3);
    expect(askers.filter(({ node }) => share(node).mine(() => null).mine.size > 0)).toHaveLength(2);
  });

  it('chooses among the agents on the VIP’s network, on each of its networks', () => {
    const near = network('192.168.1.0/24');
    const far = network('172.16.0.0/16');
    const askers = [
      ...['a', 'b', 'c', 'd'].map((node) => agent(node, near)),
      ...['e', 'f', 'g', 'h'].map((node) => agent(node, far)),
    ];
    for (let i = 1; i < 100; i += 1) {
      const vip = ip(`192.168.1.${i}`);
      const nodes = plan(askers, [vip], () => null).get(vip)!;
      expect(nodes).toHaveLength(2);
      expect(['a', 'b', 'c', 'd']).toEqual(expect.arrayContaining(nodes));
    }
    const anywhere = ip('203.0.113.7');
    expect(plan(askers, [anywhere], () => null).get(anywhere)).toHaveLength(2);
  });

  it('follows a VIP whose network comes and goes with an agent', () => {
    const vip = ip('192.168.1.50');
    const far = ['a', 'b', 'c'].map((node) => agent(node, LAN));
    const near = agent('n', network('192.168.1.0/24'));
    const share = shareOf('n', far, [vip]);
    share.setAskers([...far, near]);
    expect([...share.mine(() => null).mine]).toEqual([vip]);
    share.setAskers([...far, agent('n', LAN)]);
    const same = shareOf('n', [...far, agent('n', LAN)], [vip]);
    expect(share.mine(() => null)).toEqual(same.mine(() => null));
    share.setAskers(far);
    expect([...share.mine(() => null).mine]).toEqual([]);
  });

  it('answers the same after any changes as when made anew', () => {
    const start = NODES.slice(0, 50).map((node) => agent(node, LAN));
    const end = [...start.slice(10), ...NODES.slice(60, 75).map((node) => agent(node, LAN))];
    for (const own of ['node-12', 'node-30', 'node-65']) {
      const share = shareOf(own, start, VIPS.slice(0, 1000));
      share.setAskers(end);
      share.setVips(VIPS.slice(500, 2000));
      const anew = shareOf(own, end, VIPS.slice(500, 2000));
      expect([...share.mine(announcerOf).mine].sort()).toEqual([...anew.mine(announcerOf).mine].sort());
    }
  });
});

describe('ProbeShare of 1,000 nodes and 10,000 VIPs', () => {
  const askers = NODES.map((node) => agent(node, LAN));
  const share = shareOf('node-0', askers, VIPS);
  /** What every agent would find out for itself: which they do alike, is tested above. */
  const everyones = () => new Map(VIPS.map((vip) => [vip, share.askersOf(vip, announcerOf(vip))]));

  it('spreads 2 x VIPs evenly, none of them on its announcer', () => {
    const load = new Map(NODES.map((node) => [node, 0]));
    for (const [vip, nodes] of everyones()) {
      expect(nodes).toHaveLength(2);
      expect(nodes).not.toContain(announcerOf(vip));
      for (const node of nodes) load.set(node, load.get(node)! + 1);
    }
    const loads = [...load.values()];
    const mean = loads.reduce((sum, count) => sum + count, 0) / NODES.length;
    expect(mean).toBe(20);
    // Binomial: 10,000 draws with a chance of 2 in 1000. Its deviation is 4.47; five of them beyond the mean is met by one
    // in three million.
    const deviation = Math.sqrt(VIPS.length * 0.002 * 0.998);
    const spread = Math.sqrt(loads.reduce((sum, count) => sum + (count - mean) ** 2, 0) / NODES.length);
    expect(spread).toBeGreaterThan(0.9 * deviation);
    expect(spread).toBeLessThan(1.1 * deviation);
    expect(Math.max(...loads)).toBeLessThanOrEqual(mean + 5 * deviation);
    expect(Math.min(...loads)).toBeGreaterThanOrEqual(1);
  });

  it('moves only its own share when an agent is lost, and gives it back when it returns', () => {
    const before = everyones();
    share.setAskers(askers.filter(({ node }) => node !== 'node-500'));
    const without = everyones();
    for (const [vip, nodes] of before) {
      const now = without.get(vip)!;
      if (!nodes.includes('node-500')) expect(now).toEqual(nodes);
      else expect(now).toEqual(expect.arrayContaining(nodes.filter((node) => node !== 'node-500')));
    }
    share.setAskers(askers);
    expect(everyones()).toEqual(before);
  });

  it('costs a change what it touches', () => {
    const cost = (change: () => void) => {
      const before = share.comparisons;
      change();
      return share.comparisons - before;
    };
    expect(cost(() => share.setVips([...VIPS, ip('10.200.0.1')]))).toBe(1_000);
    expect(cost(() => share.setVips(VIPS))).toBe(0);
    // Ranked anew: the VIPs that it was among the best three for, about 30.
    const lost = cost(() => share.setAskers(askers.filter(({ node }) => node !== 'node-7')));
    expect(lost).toBeGreaterThan(10_000);
    expect(lost).toBeLessThan(60_000);
    expect(cost(() => share.setAskers(askers))).toBe(10_000);
    expect(cost(() => share.mine(announcerOf))).toBe(0);
  });
});
