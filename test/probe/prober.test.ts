import { describe, expect, it } from 'vitest';
import { decodeArp } from '../../src/arp/packet.ts';
import { hashOf } from '../../src/base/hash.ts';
import { MILLISECOND, SECOND } from '../../src/base/time.ts';
import { EMPTY_INTENT } from '../../src/intent/intent.ts';
import { decodeNdp } from '../../src/ndp/packet.ts';
import type { IpAddress, Mac } from '../../src/net/address.ts';
import { decodeEthernet } from '../../src/net/ethernet.ts';
import { decodeIpv6 } from '../../src/net/ipv6.ts';
import {
  ALONE,
  type Answers,
  type Asked,
  AskingLan,
  address,
  during,
  ETH0,
  ETH1,
  held,
  many,
  OPTIONS,
  OTHER,
  OWN,
  polls,
  prober,
  THIRD,
  times,
  toAll,
} from './asking-lan.ts';

const NODE = address('10.0.0.200');
const VIP_OF_IT = address('10.0.0.50');

describe('Prober', () => {
  it('asks by broadcast for an IPv4 VIP, from the own address on its network', () => {
    const [probe] = prober(['192.168.1.50'], [ETH1, ETH0]).due(0);
    expect(probe?.device).toBe('eth0');
    const ethernet = decodeEthernet(probe!.frame);
    expect(ethernet).toMatchObject({
      ok: true,
      value: { destinationMac: 'ff:ff:ff:ff:ff:ff', sourceMac: OWN },
    });
    expect(decodeArp(probe!.frame, 14)).toMatchObject({
      ok: true,
      value: { operation: 1, senderMac: OWN, senderIp: '192.168.1.12', targetIp: '192.168.1.50' },
    });
  });

  it('asks by multicast with its link-layer address for an IPv6 VIP, as MetalLB wants it', () => {
    const [probe] = prober(['fd00::50']).due(0);
    expect(decodeEthernet(probe!.frame)).toMatchObject({
      ok: true,
      value: { destinationMac: '33:33:ff:00:00:50' },
    });
    const ip = decodeIpv6(probe!.frame, 14);
    if (!ip.ok) throw new Error(ip.reason);
    expect(ip.value).toMatchObject({ source: 'fe80::12', destination: 'ff02::1:ff00:50' });
    expect(decodeNdp(probe!.frame, ip.value.payloadStart, ip.value.payloadEnd, ip.value)).toMatchObject({
      ok: true,
      value: { kind: 'neighbor-solicitation', targetIp: 'fd00::50', sourceMac: OWN },
    });
  });

  it('asks everywhere for a VIP that is on no own network, and nowhere without an own address', () => {
    expect(
      prober(['172.16.0.1'], [ETH0, ETH1])
        .due(0)
        .map((probe) => probe.device),
    ).toEqual(['eth0', 'eth1']);
    expect(prober(['192.168.1.50'], [{ ...ETH0, addresses: [] }]).due(0)).toEqual([]);
  });

  it('polls whoever holds a VIP alone, once an interval, spread over it', () => {
    const vips = many(50);
    const made = held(vips, [ETH1]);
    const asked = during(made, 0, 12.05 * SECOND);
    expect(asked.slice(0, 6).map(({ at }) => at)).toEqual([0, 0, 0, 60_000, 60_000, 60_000]);
    const counts = [...Map.groupBy(polls(asked), ({ target }) => target).values()].map((own) => own.length);
    expect(counts).toHaveLength(50);
    for (const count of counts) expect(count).toBeGreaterThanOrEqual(11);
    expect(decodeEthernet(polls(asked)[0]!.frame)).toMatchObject({
      ok: true,
      value: { destinationMac: OTHER, sourceMac: OWN },
    });
    expect(decodeArp(polls(asked)[0]!.frame, 14)).toMatchObject({
      ok: true,
      value: { operation: 1, targetMac: '00:00:00:00:00:00', senderIp: '10.0.0.12' },
    });
  });

  it('polls an IPv6 VIP by Ethernet unicast to its solicited-node group (RFC 6085)', () => {
    const made = held(['fd00::50']);
    const poll = polls(during(made, 0, 5 * SECOND))[0]!;
    expect(decodeEthernet(poll.frame)).toMatchObject({ ok: true, value: { destinationMac: OTHER } });
    const ip = decodeIpv6(poll.frame, 14);
    if (!ip.ok) throw new Error(ip.reason);
    expect(ip.value).toMatchObject({ destination: 'ff02::1:ff00:50' });
  });

  it('asks everybody where nobody is known, and polls from the first answer on', () => {
    const asked = during(prober(['192.168.1.50']), 0, 5 * SECOND);
    expect(asked.map(({ polled }) => polled)).toEqual([null, OTHER, OTHER, OTHER, OTHER]);
    expect(times(asked)).toEqual([0, 1000, 2000, 3000, 4000]);
  });

  it('asks everybody for each VIP once a sweep, instead of a poll', () => {
    const asked = during(held(['192.168.1.50']), 0, 100 * SECOND);
    const everybody = times(toAll(asked));
    expect(everybody).toHaveLength(4);
    expect(everybody.slice(1).every((at, i) => at - everybody[i]! === 30_000)).toBe(true);
    expect(asked).toHaveLength(100);
  });

  it('leaves the sweep to others’ agents that it hears, and to the one that is to do it', () => {
    const heard = held(['192.168.1.50']);
    const asked: Asked[] = [];
    for (let s = 0; s < 100; s += 10) {
      heard.prober.heard(address('192.168.1.50'), 'node', s * SECOND);
      asked.push(...during(heard, s * SECOND, (s + 10) * SECOND));
    }
    expect(toAll(asked)).toEqual([]);
    const strangers = held(['192.168.1.50']);
    const before = toAll(during(strangers, 0, 20 * SECOND));
    strangers.prober.heard(address('192.168.1.50'), 'stranger', 20 * SECOND);
    expect([...before, ...toAll(during(strangers, 20 * SECOND, 70 * SECOND))]).toHaveLength(3);
    const other = new AskingLan([]);
    other.seen(address('192.168.1.50'), OTHER, 0, 'announcement');
    other.prober.setTargets(
      { vips: [address('192.168.1.50')], nodes: [], free: [], swept: new Set(), asking: ALONE },
      0,
    );
    expect(toAll(during(other, 0, 100 * SECOND))).toEqual([]);
  });

  it('asks everybody for a while where another machine claims the VIP, and no poll’s answer ends that', () => {
    const made = held(['192.168.1.50']);
    during(made, 0, 10 * SECOND);
    made.seen(address('192.168.1.50'), THIRD, 10 * SECOND, 'announcement');
    const asked = during(made, 10 * SECOND, 100 * SECOND, () => THIRD);
    const after = times(toAll(asked)).map((at) => at - 10_000);
    expect(after.filter((at) => at < 12_500).length).toBeGreaterThanOrEqual(12);
    expect(after.filter((at) => at > 12_500 && at < 60_000).length).toBeGreaterThanOrEqual(11);
    expect(after.filter((at) => at > 62_000).length).toBeLessThanOrEqual(2);
    expect(new Set(polls(asked).map(({ polled }) => polled))).toEqual(new Set([THIRD]));
  });

  it('asks everybody as often as an open conflict wants evidence', () => {
    const made = held(['192.168.1.50'], [ETH0], { conflictPause: () => 20 * SECOND });
    expect(toAll(during(made, 0, 100 * SECOND))).toHaveLength(5);
  });

  it('sends questions together that are due within 50 ms, and none twice in an interval', () => {
    const vips = many(500);
    const made = held(vips, [ETH1], { sweep: 3600 * SECOND });
    during(made, 0, 200 * SECOND);
    const asked = during(made, 200 * SECOND, 210 * SECOND);
    const moments = [...new Set(asked.map(({ at }) => at))];
    expect(asked).toHaveLength(5000);
    // Of each moment one goes ahead of the others.
    expect(moments.length).toBeLessThanOrEqual(400);
    const times = Map.groupBy(asked, ({ target }) => target).values();
    for (const own of times)
      for (const [i, { at }] of own.slice(1).entries())
        expect(Math.abs(at - own[i]!.at - SECOND)).toBeLessThan(MILLISECOND);
  });

  it('asks at once for a VIP that is new, and leaves the others their turn', () => {
    const vips = many(500);
    const made = held(vips, [ETH1], { sweep: 3600 * SECOND });
    const before = during(made, 0, 202.5 * SECOND);
    const fresh = address('10.0.9.9');
    made.targets([...vips.map(address), fresh], 202.5 * SECOND);
    const after = during(made, 202.5 * SECOND, 204 * SECOND);
    expect(after.find(({ target }) => target === fresh)?.at).toBe(202.5 * SECOND);
    const first = (probes: typeof before, ip: IpAddress) => probes.find(({ target }) => target === ip)!.at;
    const last = (probes: typeof before, ip: IpAddress) => probes.findLast(({ target }) => target === ip)!.at;
    const pauses = vips.map(address).map((ip) => first(after, ip) - last(before, ip));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(SECOND - 50 * MILLISECOND);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(SECOND + 50 * MILLISECOND);
  });

  it('asks no sooner because its targets are named again', () => {
    const vips = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'];
    const made = held(vips, [ETH1]);
    const asked = Array.from({ length: 100 }, (_, tenth) => {
      made.targets(vips.map(address), tenth * 100 * MILLISECOND);
      return during(made, tenth * 100 * MILLISECOND, (tenth + 1) * 100 * MILLISECOND).length;
    });
    expect(asked.reduce((sum, count) => sum + count)).toBe(40);
  });

  it('stretches the interval rather than exceed its rate', () => {
    const made = held(many(200), [ETH1], { maxPerSecond: 25, steadyPerSecond: 20, sweep: 3600 * SECOND });
    during(made, 0, 100 * SECOND);
    expect(during(made, 100 * SECOND, 110 * SECOND)).toHaveLength(200);
  });

  it('does not make up for a pause', () => {
    const made = held(['192.168.1.50']);
    during(made, 0, SECOND / 2);
    expect(made.due(3600 * SECOND).length).toBeLessThanOrEqual(2);
    expect(made.prober.nextAt()).toBeGreaterThan(3600 * SECOND);
  });

  it('counts answers with their round trip, and probes without one, by how they were asked', () => {
    const roundTrips: number[] = [];
    const made = prober(['192.168.1.50'], [ETH0], {
      onRoundTrip: (seconds: number) => roundTrips.push(seconds),
    });
    made.due(0, MILLISECOND / 2);
    made.seen(address('192.168.1.50'), OTHER, 2.5 * MILLISECOND);
    made.seen(address('192.168.1.50'), OTHER, 3 * MILLISECOND);
    made.prober.nextAt();
    made.due(SECOND);
    made.due(1.06 * SECOND);
    const { unicast, broadcast } = made.prober;
    expect({ unicast, broadcast, roundTrips }).toEqual({
      unicast: { answered: 0, unanswered: 1, refused: 0 },
      broadcast: { answered: 1, unanswered: 0, refused: 0 },
      roundTrips: [0.002],
    });
  });

  it('asks nobody for the VIPs that this node announces but in the sweep, until another node has them', () => {
    const made = prober(['192.168.1.50']);
    made.seen(address('192.168.1.50'), OWN, 0, 'announcement');
    const nobody = () => null;
    expect(during(made, 0, 35 * SECOND, nobody).map(({ polled }) => polled)).toEqual([null, null]);
    expect([made.prober.unicast.unanswered, made.prober.broadcast.unanswered]).toEqual([0, 0]);
    made.seen(address('192.168.1.50'), OTHER, 35 * SECOND, 'announcement');
    during(made, 35 * SECOND, 36.3 * SECOND, nobody);
    expect(made.prober.broadcast.unanswered).toBeGreaterThan(0);
  });

  it('counts what could not be sent apart from what was not answered', () => {
    const made = prober(['192.168.1.50']);
    for (const question of made.prober.due(0)) made.prober.notSent(question);
    made.prober.due(SECOND);
    expect(made.prober.broadcast).toEqual({ answered: 0, unanswered: 0, refused: 1 });
  });

  it('tells of the VIPs to which something happens: those that leave a question unanswered, and those ordered', () => {
    const told: [IpAddress, number][] = [];
    const made = held(['192.168.1.50', '192.168.1.51'], [ETH0], {
      onProbeFast: (vip: IpAddress, until: number) => told.push([vip, until]),
    });
    const [gone, ordered] = [address('192.168.1.50'), address('192.168.1.51')];
    during(made, 0, SECOND);
    expect(told).toEqual([]);
    made.prober.probeFast(ordered, 9 * SECOND);
    expect(told).toEqual([[ordered, 9 * SECOND]]);
    told.length = 0;
    during(made, SECOND, 4 * SECOND, (target) => (target === ordered ? OTHER : null));
    expect(new Set(told.map(([vip]) => vip))).toEqual(new Set([gone]));
    expect(told.at(-1)![1]).toBeGreaterThan(8 * SECOND);
  });

  it('is silent without VIPs', () => {
    const made = prober(['192.168.1.50']);
    made.targets([], 0);
    expect(made.prober.nextAt()).toBe(Number.POSITIVE_INFINITY);
    expect(made.due(SECOND)).toEqual([]);
  });
});

describe('Prober, of a VIP that is not answered', () => {
  const VIP = address('192.168.1.50');
  /** Silent from `from` on, until `mac` answers. */
  const silent =
    (from: number, until = Number.POSITIVE_INFINITY, mac: Mac = THIRD): Answers =>
    (_, at) =>
      at < from ? OTHER : at < until ? null : mac;

  it('asks everybody from 60 ms after the missed poll on, every 50 ms, and polls whoever answers for a second', () => {
    const made = held(['192.168.1.50']);
    const asked = during(made, 0, 10 * SECOND, silent(2.5 * SECOND, 5.01 * SECOND));
    expect(times(asked).slice(0, 6)).toEqual([0, 1000, 2000, 3000, 3060, 3110]);
    expect(asked[3]!.polled).toBe(OTHER);
    const pursued = times(toAll(asked)).filter((at) => at >= 3060 && at <= 5050);
    expect(pursued).toHaveLength(40);
    expect(Math.max(...pursued.slice(1).map((at, i) => at - pursued[i]!))).toBe(50);
    const after = polls(asked).filter(({ at }) => at > 5.05 * SECOND && at < 6.1 * SECOND);
    expect(after.length).toBeGreaterThanOrEqual(19);
    expect(new Set(after.map(({ polled }) => polled))).toEqual(new Set([THIRD]));
    expect(times(asked).slice(-3)).toEqual([7000, 8000, 9000]);
  });

  it('takes one lost poll for no more than that', () => {
    const made = held(['192.168.1.50']);
    const asked = during(made, 0, 10 * SECOND, (_, at) => (at === 3 * SECOND ? null : OTHER));
    expect(times(toAll(asked)).filter((at) => at > 1000)).toEqual([3060]);
    expect(polls(asked).filter(({ at }) => at > 3.1 * SECOND)).toHaveLength(6);
  });

  it('gives up after a minute, and pursues again once somebody answered in between', () => {
    const made = held(['192.168.1.50']);
    const asked = toAll(during(made, 0, 100 * SECOND, silent(0)));
    // Within the budget of broadcasts: 50 a second for 10 s, then 10.
    const gaps = times(asked).map((at, i, all) => at - (all[i - 1] ?? at));
    const last = times(asked).findLast((_, i) => gaps[i]! > 0 && gaps[i]! < 150)!;
    expect(last).toBeGreaterThan(58_000);
    expect(last).toBeLessThan(62_000);
    made.seen(VIP, OTHER, 100 * SECOND);
    made.prober.nextAt();
    during(made, 100 * SECOND, 102 * SECOND);
    expect(toAll(during(made, 102 * SECOND, 112 * SECOND, silent(0))).length).toBeGreaterThan(80);
  });

  it('leaves the probing of all other VIPs as it is, to the microsecond', () => {
    const vips = many(420);
    const silentOnes = new Set(vips.filter((_, i) => i % 7 === 0).map(address));
    const schedule = (answers: Answers) =>
      polls(during(held(vips, [ETH1], { sweep: 3600 * SECOND }), 0, 20 * SECOND, answers)).filter(
        ({ target, at }) => !silentOnes.has(target) && at > 10 * SECOND,
      );
    const undisturbed = schedule(() => OTHER);
    const disturbed = schedule((target, at) => (silentOnes.has(target) && at > 5 * SECOND ? null : OTHER));
    const shown = (probes: ReturnType<typeof schedule>) =>
      new Set(probes.map(({ target, at }) => `${at} ${target}`));
    expect(undisturbed.length).toBeGreaterThanOrEqual(3_500);
    // But for one machine holds them all: while it is in doubt it is polled four times a second.
    expect(shown(disturbed).intersection(shown(undisturbed)).size).toBeGreaterThan(0.9 * undisturbed.length);
  });

  it('stops polling a machine that left a poll unanswered, whatever it holds, but for four times a second', () => {
    const asked = during(held(many(100), [ETH1]), 0, 20 * SECOND, silent(5 * SECOND));
    const loud = polls(asked).filter(({ at }) => at >= 5 * SECOND);
    expect(loud.filter(({ at }) => at < 6 * SECOND).length).toBeLessThanOrEqual(15);
    expect(loud.length).toBeLessThanOrEqual(80);
  });

  it('keeps to the budget of questions to everybody, however many are silent, and shares it', () => {
    const asked = toAll(during(held(many(300), [ETH1]), 0, 200 * SECOND, silent(50 * SECOND)));
    const within = (from: number, to: number) =>
      asked.filter(({ at }) => at >= from * SECOND && at < to * SECOND).length;
    for (let s = 0; s < 50; s += 1) expect(within(s, s + 1)).toBeLessThanOrEqual(6);
    for (let s = 50; s < 200; s += 1) expect(within(s, s + 1)).toBeLessThanOrEqual(54);
    expect(within(50, 60)).toBeGreaterThan(400);
    expect(within(62, 110)).toBeLessThanOrEqual(48 * 11);
    expect(within(115, 200)).toBeLessThanOrEqual(85 * 6);
    const counts = Map.groupBy(
      asked.filter(({ at }) => at >= 50 * SECOND),
      ({ target }) => target,
    );
    expect(counts.size).toBe(300);
    // The first of them is pursued, so that its gap is known.
    const first = times(counts.get(address('10.0.0.1'))!).filter((at) => at > 52_000 && at < 59_000);
    expect(Math.max(...first.slice(1).map((at, i) => at - first[i]!))).toBeLessThanOrEqual(60);
  });

  it('goes on asking for the lowest, too, once it may be fast no more', () => {
    const made = held(many(40), [ETH1], { announcedWith: () => ({ count: 40, isLowest: true }) });
    during(made, 0, 20 * SECOND);
    during(made, 20 * SECOND, 35 * SECOND, () => null);
    const asked = toAll(during(made, 35 * SECOND, 60 * SECOND, () => null));
    const [lowest] = many(40).map(address);
    expect(asked.filter(({ target }) => target === lowest).length).toBeGreaterThan(25);
    expect(asked.filter(({ target }) => target !== lowest).length).toBeGreaterThan(90);
  });

  it('shares the budget with the others that it hears', () => {
    const made = held(many(300), [ETH1]);
    const asked: Asked[] = [];
    for (let ms = 0; ms < 60_000; ms += 50) {
      asked.push(...during(made, ms * MILLISECOND, (ms + 50) * MILLISECOND, silent(20 * SECOND)));
      if (ms >= 20_000) made.prober.heard(address('10.9.9.9'), 'node', ms * MILLISECOND);
    }
    const own = toAll(asked).filter(({ at }) => at >= 21 * SECOND && at < 30 * SECOND).length;
    // The other one takes 20 of 50 a second.
    expect(own).toBeGreaterThan(9 * 25);
    expect(own).toBeLessThanOrEqual(9 * 31);
  });

  it.each([
    [3, 2],
    [40, 16],
  ])('of %i agents polls on within %i s where others leave it no question', (agents, seconds) => {
    const vips = many(400);
    const made = new AskingLan([], [ETH1]);
    for (const vip of vips) made.seen(address(vip), OTHER, 0, 'announcement', 'eth1');
    made.asking = { agents, perVip: 2 };
    made.targets(vips.map(address), 0);
    const asked: Asked[] = [];
    // Its turn in the sweep, by its MAC, comes before and long after.
    const isStalled = (at: number) => at >= 12 * SECOND && at < 12.1 * SECOND;
    for (let at = 0; at < 45 * SECOND; at += SECOND / 60) {
      made.prober.heard(address('10.0.0.1'), 'node', at);
      asked.push(...during(made, at, at + SECOND / 60, (_, then) => (isStalled(then) ? null : OTHER)));
    }
    const from = (13 + seconds) * SECOND;
    const after = polls(asked).filter(({ at }) => at >= from && at < from + 10 * SECOND);
    expect(after.length).toBeGreaterThan(0.9 * 400 * 10);
    const before = polls(asked).filter(({ at }) => at > 12.2 * SECOND && at < (11.5 + seconds) * SECOND);
    expect(before.length).toBeLessThan(5 * seconds);
  });

  it.each([
    [3, 8],
    [40, 64],
  ])('of %i agents asks everybody once in some %i s where others leave it no question', (agents, usual) => {
    // By its MAC, half of that at least and half more at most.
    const seconds = usual * (0.5 + hashOf(OWN) / 2 ** 31);
    const vips = many(100);
    const made = held(vips, [ETH1]);
    made.asking = { agents, perVip: 2 };
    made.targets(vips.map(address), 0);
    const asked: Asked[] = [];
    for (let at = 0; at < 800 * SECOND; at += SECOND / 7) {
      made.prober.heard(address('10.0.0.1'), 'node', at);
      asked.push(...during(made, at, at + SECOND / 7));
    }
    // What others began is over for this agent.
    const after = toAll(asked).filter(({ at }) => at >= 160 * SECOND).length;
    expect(after).toBeGreaterThanOrEqual(Math.floor(640 / seconds) - 1);
    expect(after).toBeLessThanOrEqual(Math.ceil(640 / seconds) + 1);
  });

  it('does not pursue a node address, nor a VIP that this node announces', () => {
    const made = prober([]);
    made.targets([VIP], 0, [address('192.168.1.11')]);
    made.seen(VIP, OWN, 0, 'announcement');
    expect(during(made, 0, 10 * SECOND, () => null).length).toBeLessThanOrEqual(12);
  });

  it.each([
    ['59', 240, 59],
    ['60', 60, 60],
  ])(
    'takes one for prompt that proved to be slow, or lost a frame: not after %s prompt answers',
    (_, patience, prompt) => {
      const made = held(['192.168.1.50'], [ETH0], { sweep: 3600 * SECOND });
      const isLost = (at: number) => at === 3 * SECOND;
      const died = (3.5 + prompt) * SECOND;
      const asked = during(made, 0, died + 3 * SECOND, (_vip, at) =>
        isLost(at) || at > died ? null : OTHER,
      );
      const vain = polls(asked).find(({ at }) => at > died)!.at;
      const first = toAll(asked).find(({ at }) => at > died)!.at;
      expect((first - vain) / MILLISECOND).toBe(patience);
    },
  );

  it('asks everybody at its turn, though another agent has pursued the only VIP of that machine since shortly before', () => {
    const made = held(['192.168.1.50'], [ETH0], { sweep: 3600 * SECOND });
    made.asking = { agents: 4, perVip: 2 };
    made.targets([VIP], 0);
    during(made, 0, 10.5 * SECOND);
    const asked: Asked[] = [];
    for (let at = 10.5 * SECOND; at < 13 * SECOND; at += SECOND / 20) {
      made.prober.heard(VIP, 'node', at);
      asked.push(...during(made, at, at + SECOND / 20, () => null));
    }
    // At 11 s it has its turn; a poll in its place is missed 60 ms later.
    expect(times(toAll(asked))[0]).toBeLessThanOrEqual(11_150);
  });

  it('waits longer for an announcer that proved to be slow', () => {
    const made = held(['192.168.1.50']);
    const asked = during(made, 0, 63 * SECOND, () => OTHER, 400 * MILLISECOND);
    expect(times(asked).slice(-3)).toEqual([60_000, 61_000, 62_000]);
    // It takes a few answers to learn.
    expect(toAll(asked).length).toBeLessThan(20);
  });

  it('asks everybody for a VIP whose holder answers that, and no polls', () => {
    const made = held(['192.168.1.50']);
    const asked: Asked[] = [];
    // A switch that sends polls nowhere.
    for (let ms = 0; ms < 60_000; ms += 10) {
      const some = during(made, ms * MILLISECOND, (ms + 10) * MILLISECOND, () => null);
      for (const { polled } of some) if (polled === null) made.seen(VIP, OTHER, (ms + 5) * MILLISECOND);
      asked.push(...some);
    }
    expect(polls(asked).length).toBeLessThanOrEqual(6);
    const later = times(toAll(asked)).filter((at) => at > 5000);
    const pauses = later.map((at, i) => at - (later[i - 1] ?? at));
    expect(Math.max(...pauses)).toBeLessThanOrEqual(1100);
    expect(made.prober.broadcast.unanswered).toBe(0);
  });

  it('does not take another machine’s answer for that of the one it polled', () => {
    const made = held(['192.168.1.50']);
    during(made, 0, 2.5 * SECOND);
    made.due(3 * SECOND);
    made.seen(VIP, THIRD, 3 * SECOND + 300);
    expect(made.prober.nextAt()).toBeLessThanOrEqual(3.06 * SECOND);
    const [next] = made.due(3.06 * SECOND);
    expect(made.prober.unicast.unanswered).toBe(1);
    expect(next?.target).toBe(VIP);
  });

  it('credits no round trip to a backlog of answers', () => {
    const roundTrips: number[] = [];
    const made = held(['192.168.1.50'], [ETH0], {
      onRoundTrip: (seconds: number) => roundTrips.push(seconds),
    });
    during(made, 0, 8 * SECOND, silent(3 * SECOND));
    roundTrips.length = 0;
    for (let i = 0; i < 60; i += 1) made.seen(VIP, OTHER, 8 * SECOND + i * MILLISECOND);
    during(made, 8.06 * SECOND, 8.5 * SECOND);
    expect(roundTrips).toEqual([]);
    during(made, 8.5 * SECOND, 20 * SECOND);
    expect(roundTrips.length).toBeGreaterThan(5);
  });

  it('polls twenty times a second on demand what it does not probe otherwise, for as long as asked', () => {
    const made = held(['192.168.1.51']);
    made.seen(VIP, OTHER, 0, 'announcement');
    during(made, 0, SECOND);
    made.prober.probeFast(VIP, 6 * SECOND);
    const asked = during(made, SECOND, 20 * SECOND).filter(({ target }) => target === VIP);
    expect(asked.length).toBeGreaterThanOrEqual(100);
    expect(toAll(asked)).toEqual([]);
    expect(asked.at(-1)!.at).toBeLessThan(6 * SECOND);
    expect(asked.every(({ frame }) => decodedSender(frame) === '192.168.1.12')).toBe(true);
  });

  it.each([55, 70, 120, 300])('polls on demand a machine that takes %i ms to answer, too', (ms) => {
    const made = held(['192.168.1.50']);
    made.prober.probeFast(VIP, 60 * SECOND);
    const first = during(made, 0, 2 * SECOND, () => OTHER, ms * MILLISECOND);
    expect(toAll(first).length).toBeLessThanOrEqual(8);
    const asked = during(made, 2 * SECOND, 20 * SECOND, () => OTHER, ms * MILLISECOND);
    expect(toAll(asked)).toEqual([]);
    expect(polls(asked)).toHaveLength(360);
    // Each counts as what became of the first that waited with it.
    expect(made.prober.unicast.answered).toBeGreaterThanOrEqual(360);
    expect(made.prober.unicast.unanswered).toBeLessThanOrEqual(3);
  });

  it.each(['one MAC', 'a MAC for each card'])(
    'notices that of a machine on two segments too, with %s',
    (macs) => {
      const second = macs === 'one MAC' ? OTHER : THIRD;
      const vip = address('10.0.0.5');
      const made = prober([], [ETH1, { ...ETH1, device: 'eth2', segment: 'eth2' }]);
      made.seen(vip, OTHER, 0, 'announcement', 'eth1');
      made.seen(vip, second, 0, 'announcement', 'eth2');
      made.targets([vip], 0);
      // On each card one of them answers.
      during(made, 0, 5 * SECOND, () => [OTHER, second]);
      made.prober.probeFast(vip, 60 * SECOND);
      expect(polls(during(made, 5 * SECOND, 10 * SECOND, () => [OTHER, second])).length).toBeGreaterThan(180);
      const asked = toAll(during(made, 10 * SECOND, 12 * SECOND, () => null));
      expect(times(asked)[0]! - 10_000).toBeLessThanOrEqual(120);
      expect(asked.length).toBeGreaterThanOrEqual(40);
    },
  );

  it('notices soon that a slow machine that it polls on demand answers no more', () => {
    const made = held(['192.168.1.50']);
    made.prober.probeFast(VIP, 60 * SECOND);
    during(made, 0, 10 * SECOND, () => OTHER, 120 * MILLISECOND);
    const asked = during(made, 10 * SECOND, 11 * SECOND, () => null);
    // It is waited for twice as long as it took; what it was asked before is answered meanwhile.
    expect(times(toAll(asked))[0]! - 10_000).toBeLessThanOrEqual(450);
    expect(toAll(asked).length).toBeGreaterThanOrEqual(10);
  });

  it('asks everybody as well for what it polls on demand, once another machine claims it', () => {
    const made = held(['192.168.1.50']);
    made.prober.probeFast(VIP, 60 * SECOND);
    // The first sweep.
    expect(toAll(during(made, SECOND, 9 * SECOND))).toHaveLength(1);
    made.seen(VIP, THIRD, 9 * SECOND, 'announcement');
    expect(toAll(during(made, 9 * SECOND, 20 * SECOND, () => THIRD)).length).toBeGreaterThanOrEqual(8);
  });

  it('asks everybody twenty times a second for what it polls on demand, from the first missed poll on', () => {
    const made = held(['192.168.1.50']);
    made.prober.probeFast(VIP, 60 * SECOND);
    during(made, SECOND, 5 * SECOND);
    const asked = toAll(during(made, 5 * SECOND, 6 * SECOND, silent(5 * SECOND)));
    expect(asked.length).toBeGreaterThanOrEqual(15);
  });

  const decodedSender = (frame: Uint8Array) => {
    const arp = decodeArp(frame, 14);
    return arp.ok ? arp.value.senderIp : arp.reason;
  };
});

it('keeps to another interval from the next turn on', () => {
  const made = prober(['192.168.1.50']);
  const times = (from: number, to: number) => during(made, from, to).map(({ at }) => at / SECOND);
  expect(times(0, 3 * SECOND)).toEqual([0, 1, 2]);
  made.prober.setPaces({ ...OPTIONS, interval: 5 * SECOND }, 2.5 * SECOND);
  expect(times(3 * SECOND, 15 * SECOND)).toEqual([3, 8, 13]);
  made.prober.setPaces(OPTIONS, 14 * SECOND);
  expect(times(14 * SECOND, 18 * SECOND)).toEqual([15, 16, 17]);
});

it('everybody is asked for nodes before what nobody is known to hold, though their own MACs are polled', () => {
  const vips = many(40).map(address);
  const nodes = ['10.0.0.200', '10.0.0.201', '10.0.0.202', '10.0.0.203'].map(address);
  const made = held([], [ETH1], { sweep: 3600 * SECOND });
  made.targets(vips, 0);
  during(made, 0, 100 * SECOND, () => null);
  for (const node of nodes) made.seen(node, OTHER, 100 * SECOND, 'announcement', 'eth1');
  made.targets(vips, 100 * SECOND, nodes);
  const asked = during(made, 100 * SECOND, 105 * SECOND, (target) => (nodes.includes(target) ? OTHER : null));
  expect(polls(asked).map(({ target }) => target)).toEqual(expect.arrayContaining(nodes));
  // Of three questions one is for others.
  const first = toAll(asked).slice(0, 8);
  expect(first.map(({ target }) => target)).toEqual(expect.arrayContaining(nodes));
});

it.each([
  ['a node', 'is polled once', NODE, 1],
  ['anybody else', 'is not polled', address('10.0.0.201'), 0],
])('%s whose machine is silent %s, while the budget is used up', (_, __, target, times) => {
  const intent = { ...EMPTY_INTENT, nodes: [{ name: 'w1', addresses: [NODE], macs: [OTHER] }] };
  const made = prober([], [ETH1], { sweep: 3600 * SECOND }, intent);
  for (const one of [VIP_OF_IT, target]) made.seen(one, OTHER, 0, 'announcement', 'eth1');
  made.targets([VIP_OF_IT], 0);
  during(made, 0, 100 * SECOND);
  during(made, 100 * SECOND, 130 * SECOND, () => null);
  for (let asked = 0; asked < 20; asked += 1) made.prober.heard(VIP_OF_IT, 'node', 130 * SECOND);
  made.targets([VIP_OF_IT], 130 * SECOND, [target]);
  const asked = polls(during(made, 130 * SECOND, 131.5 * SECOND, () => null));
  expect(asked.filter((question) => question.target === target)).toHaveLength(times);
});
