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

  it('spreads 2 x VIPs evenly over 26 of them, none on its announcer', () => {
    const load = new Map<string, number>();
    for (const [vip, nodes] of everyones()) {
      expect(nodes).toHaveLength(2);
      expect(nodes).not.toContain(announcerOf(vip));
      for (const node of nodes) load.set(node, (load.get(node) ?? 0) + 1);
    }
    const loads = [...load.values()];
    expect(loads).toHaveLength(26);
    // Binomial: 10,000 draws with a chance of 2 in 26; five deviations beyond the mean are met by one in three million.
    const mean = 20_000 / 26;
    const deviation = Math.sqrt(VIPS.length * (2 / 26) * (24 / 26));
    expect(Math.max(...loads)).toBeLessThanOrEqual(mean + 5 * deviation);
    expect(Math.min(...loads)).toBeGreaterThanOrEqual(mean - 5 * deviation);
  });

  it('moves what an agent and the one in its place ask for, and gives it back when it returns', () => {
    const before = everyones();
    const asking = [...new Set([...before.values()].flat())];
    const [lost = ''] = asking;
    share.setAskers(askers.filter(({ node }) => node !== lost));
    const without = everyones();
    const [next = ''] = [...new Set([...without.values()].flat())].filter((node) => !asking.includes(node));
    for (const [vip, nodes] of before) {
      const now = without.get(vip)!;
      const others = now.filter((node) => node !== next);
      if (!nodes.includes(lost) && !now.includes(next)) expect(now).toEqual(nodes);
      if (nodes.includes(lost))
        expect(now).toEqual(expect.arrayContaining(nodes.filter((node) => node !== lost)));
      else expect(nodes).toEqual(expect.arrayContaining(others));
    }
    share.setAskers(askers);
    expect(everyones()).toEqual(before);
  });

  it('moves nothing when one is lost that asks for none', () => {
    const before = everyones();
    const asking = new Set([...before.values()].flat());
    const idle = NODES.find((node) => !asking.has(node))!;
    share.setAskers(askers.filter(({ node }) => node !== idle));
    expect(everyones()).toEqual(before);
    share.setAskers(askers);
  });

  it('costs a change what it touches', () => {
    const cost = (change: () => void) => {
      const before = share.comparisons;
      change();
      return share.comparisons - before;
    };
    const [asks = ''] = [...everyones().values()].flat();
    expect(cost(() => share.setVips([...VIPS, ip('10.200.0.1')]))).toBe(26);
    expect(cost(() => share.setVips(VIPS))).toBe(0);
    // Ranked anew: the VIPs that it was among the best three for, about 1,150; and the one in its place looked at each.
    const lost = cost(() => share.setAskers(askers.filter(({ node }) => node !== asks)));
    expect(lost).toBeGreaterThan(10_000);
    expect(lost).toBeLessThan(60_000);
    expect(cost(() => share.setAskers(askers))).toBeLessThan(60_000);
    expect(cost(() => share.mine(announcerOf))).toBe(0);
  });

  it.each([
    [26, 26],
    [27, 26],
  ])('of %i agents %i ask', (count, most) => {
    const some = shareOf('node-0', askers.slice(0, count), VIPS.slice(0, 2000));
    const asking = new Set(VIPS.slice(0, 2000).flatMap((vip) => some.askersOf(vip, null)));
    expect([asking.size, some.asking]).toEqual([most, most]);
  });

  it('the same 26 agents ask on each of two networks', () => {
    const networks = ['10.0.0.0/8', '172.16.0.0/12'].map(network);
    const both = Array.from({ length: 60 }, (_, i) => ({ node: `node-${i}`, networks }));
    const others = Array.from({ length: 500 }, (_, i) => ip(`172.16.${i >> 8}.${i & 255}`));
    const some = shareOf('node-0', both, [...VIPS.slice(0, 500), ...others]);
    const askersOf = (vips: readonly IpAddress[]) => new Set(vips.flatMap((vip) => some.askersOf(vip, null)));
    expect(askersOf(others)).toEqual(askersOf(VIPS.slice(0, 500)));
    expect(askersOf(others).size).toBe(26);
  });
});
