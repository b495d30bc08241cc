import { describe, expect, it } from 'vitest';
import { decodeArp } from '../../src/arp/packet.ts';
import { MILLISECOND, SECOND } from '../../src/base/time.ts';
import { decodeNdp } from '../../src/ndp/packet.ts';
import { type IpAddress, type Mac, parseIp, parseMac } from '../../src/net/address.ts';
import { decodeEthernet } from '../../src/net/ethernet.ts';
import { decodeIpv6 } from '../../src/net/ipv6.ts';
import { type IpRange, parseRange } from '../../src/net/range.ts';
import { Prober } from '../../src/probe/prober.ts';
import type { Probe, ProbeSource } from '../../src/probe/question.ts';
import { LedgerOfLan } from './ledger-of-lan.ts';

const OWN = parseMac('02:00:00:00:00:12')!;
const OTHER = parseMac('02:00:00:00:00:11')!;
const address = (text: string) => parseIp(text) as IpAddress;
const network = (text: string) => parseRange(text) as IpRange;

const ETH0: ProbeSource = {
  device: 'eth0',
  mac: OWN,
  addresses: [
    { ip: address('192.168.1.12'), network: network('192.168.1.0/24') },
    { ip: address('fe80::12'), network: network('fe80::/64') },
    { ip: address('fd00::12'), network: network('fd00::/64') },
  ],
};
const ETH1: ProbeSource = {
  device: 'eth1',
  mac: OWN,
  addresses: [{ ip: address('10.0.0.12'), network: network('10.0.0.0/24') }],
};

function prober(vips: readonly string[], sources: readonly ProbeSource[] = [ETH0], options = {}) {
  const made = new AskingLan(options);
  made.prober.setSources(sources);
  made.setTargets(vips.map(address), [], 0);
  return made;
}

/** A prober, and the ledger that has what it asks. */
class AskingLan {
  readonly prober: Prober;
  readonly #lan = new LedgerOfLan(OWN);

  constructor(options: object) {
    const { answers } = this.#lan;
    const rates = { interval: SECOND, maxPerSecond: 1000, steadyPerSecond: 800 };
    this.prober = new Prober({ answers, ...rates, ...options });
  }

  setTargets(...targets: Parameters<Prober['setTargets']>): void {
    this.prober.setTargets(...targets);
  }

  nextAt(): number {
    return this.prober.nextAt();
  }

  due(at: number, sentAt = at): Probe[] {
    const probes = this.prober.due(at);
    for (const { target, device } of probes) {
      this.#lan.asked(target, device, sentAt);
      this.prober.sent(target);
    }
    return probes;
  }

  seen(target: IpAddress, mac: Mac, at: number, device = 'eth0'): void {
    this.#lan.seen(target, device, mac, 'reply', at);
  }
}

type Answers = (target: IpAddress, at: number) => Mac | null;
/** Every probe in a stretch of time, asked for whenever the prober wants to be asked, and answered by whom `answers` says. */
function during(
  made: AskingLan,
  from: number,
  to: number,
  answers: Answers = () => OTHER,
  roundTrip = MILLISECOND / 2,
) {
  const probes: (Probe & { at: number })[] = [];
  const answered: { target: IpAddress; mac: Mac; at: number; device: string }[] = [];
  for (let turns = 0; made.nextAt() < to && turns < 100_000; turns += 1) {
    const at = Math.max(from, made.nextAt());
    if (answered[0] && answered[0].at <= at) {
      const { target, mac, at: then, device } = answered.shift()!;
      made.seen(target, mac, then, device);
      continue;
    }
    const due = made.due(at);
    probes.push(...due.map((probe) => ({ ...probe, at })));
    for (const { target, device } of due) {
      const mac = answers(target, at);
      if (mac) answered.push({ target, mac, at: at + roundTrip, device });
    }
  }
  for (const { target, mac, at, device } of answered) if (at < to) made.seen(target, mac, at, device);
  return probes;
}

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

  it('asks for each VIP once an interval, spread over it', () => {
    const vips = Array.from({ length: 50 }, (_, i) => `192.168.1.${i + 50}`);
    const made = prober(vips);
    const first = during(made, 0, 100 * MILLISECOND);
    // Three at 0 and three at 60 ms: what is due within 50 ms goes out together.
    expect(first.length).toBe(6);
    const rest = during(made, 100 * MILLISECOND, 12 * SECOND);
    const counts = [...Map.groupBy([...first, ...rest], ({ target }) => target).values()].map(
      (own) => own.length,
    );
    expect(counts).toEqual(vips.map(() => 12));
  });

  it('sends questions together that are due within 50 ms, and none twice in an interval', () => {
    const vips = Array.from({ length: 500 }, (_, i) => `10.0.${Math.floor(i / 250)}.${(i % 250) + 1}`);
    const asked = during(prober(vips, [ETH1]), 0, 10 * SECOND);
    const moments = [...new Set(asked.map(({ at }) => at))];
    expect(asked).toHaveLength(5000);
    expect(moments).toHaveLength(200);
    const steps = moments.slice(1).map((at, i) => at - moments[i]!);
    expect(new Set(steps)).toEqual(new Set([50 * MILLISECOND]));
    const times = Map.groupBy(asked, ({ target }) => target).values();
    for (const own of times) expect(own.slice(1).every(({ at }, i) => at - own[i]!.at === SECOND)).toBe(true);
  });

  it('asks at once for a VIP that is new, and leaves the others their turn', () => {
    const vips = Array.from({ length: 500 }, (_, i) => `10.0.${Math.floor(i / 250)}.${(i % 250) + 1}`);
    const made = prober(vips, [ETH1]);
    const before = during(made, 0, 2.5 * SECOND);
    const fresh = address('10.0.9.9');
    made.setTargets([...vips.map(address), fresh], [], 2.5 * SECOND);
    const after = during(made, 2.5 * SECOND, 4 * SECOND);
    expect(after.find(({ target }) => target === fresh)?.at).toBe(2.5 * SECOND);
    const first = (probes: typeof before, ip: IpAddress) => probes.find(({ target }) => target === ip)!.at;
    const last = (probes: typeof before, ip: IpAddress) => probes.findLast(({ target }) => target === ip)!.at;
    const pauses = vips.map(address).map((ip) => first(after, ip) - last(before, ip));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(SECOND - 50 * MILLISECOND);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(SECOND + 50 * MILLISECOND);
  });

  it('asks no sooner because its targets are named again', () => {
    const vips = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'];
    const made = prober(vips, [ETH1]);
    const asked = Array.from({ length: 100 }, (_, tenth) => {
      made.setTargets(vips.map(address), [], tenth * 100 * MILLISECOND);
      return during(made, tenth * 100 * MILLISECOND, (tenth + 1) * 100 * MILLISECOND).length;
    });
    expect(asked.reduce((sum, count) => sum + count)).toBe(40);
  });

  it('stretches the interval rather than exceed its rate', () => {
    const vips = Array.from({ length: 200 }, (_, i) => `192.168.1.${i + 50}`);
    const made = prober(vips, [ETH0], { maxPerSecond: 25, steadyPerSecond: 20 });
    expect(during(made, 0, 10 * SECOND)).toHaveLength(200);
  });

  it('does not make up for a pause', () => {
    const made = prober(['192.168.1.50']);
    made.due(0);
    made.seen(address('192.168.1.50'), OTHER, MILLISECOND);
    expect(made.due(3600 * SECOND)).toHaveLength(1);
    expect(made.nextAt()).toBeGreaterThan(3600 * SECOND);
  });

  it('counts answers with their round trip, and probes without one', () => {
    const roundTrips: number[] = [];
    const made = prober(['192.168.1.50'], [ETH0], {
      onRoundTrip: (seconds: number) => roundTrips.push(seconds),
    });
    made.due(0, MILLISECOND / 2);
    made.seen(address('192.168.1.50'), OTHER, 2.5 * MILLISECOND);
    made.seen(address('192.168.1.50'), OTHER, 3 * MILLISECOND);
    made.due(SECOND);
    made.due(1.25 * SECOND);
    expect({ answered: made.prober.answered, unanswered: made.prober.unanswered, roundTrips }).toEqual({
      answered: 1,
      unanswered: 1,
      roundTrips: [0.002],
    });
  });

  it('expects no answer for the VIPs that this node announces, until another node announces them', () => {
    const made = prober(['192.168.1.50']);
    made.seen(address('192.168.1.50'), OWN, 0);
    const nobody = () => null;
    expect(during(made, 0, 5 * SECOND, nobody)).toHaveLength(5);
    expect(made.prober.unanswered).toBe(0);
    made.seen(address('192.168.1.50'), OTHER, 5 * SECOND);
    during(made, 5 * SECOND, 5.3 * SECOND, nobody);
    expect(made.prober.unanswered).toBe(1);
  });

  it('counts what could not be sent apart from what was not answered', () => {
    const made = prober(['192.168.1.50']);
    for (const _ of made.prober.due(0)) made.prober.notSent();
    made.prober.due(SECOND);
    expect({ refused: made.prober.refused, unanswered: made.prober.unanswered }).toEqual({
      refused: 1,
      unanswered: 0,
    });
  });

  it('tells of the VIPs to which something happens: those that leave a question unanswered, and those ordered', () => {
    const told: [IpAddress, number][] = [];
    const made = prober(['192.168.1.50', '192.168.1.51'], [ETH0], {
      onProbeFast: (vip: IpAddress, until: number) => told.push([vip, until]),
    });
    const [gone, ordered] = [address('192.168.1.50'), address('192.168.1.51')];
    for (const probe of during(made, 0, SECOND)) made.seen(probe.target, OTHER, SECOND);
    expect(told).toEqual([]);
    made.prober.probeFast(ordered, 9 * SECOND);
    expect(told).toEqual([[ordered, 9 * SECOND]]);
    told.length = 0;
    // Only the one answers from here on.
    for (let turns = 0; made.nextAt() < 4 * SECOND && turns < 1000; turns += 1) {
      const now = Math.max(SECOND, made.nextAt());
      for (const { target } of made.due(now)) if (target === ordered) made.seen(target, OTHER, now + 1);
    }
    expect(new Set(told.map(([vip]) => vip))).toEqual(new Set([gone]));
    expect(told.at(-1)![1]).toBeGreaterThan(8 * SECOND);
  });

  it('is silent without VIPs', () => {
    const made = prober(['192.168.1.50']);
    made.setTargets([], [], 0);
    expect(made.nextAt()).toBe(Number.POSITIVE_INFINITY);
    expect(made.due(SECOND)).toEqual([]);
  });
});

describe('Prober, of a VIP that is not answered', () => {
  const VIP = address('192.168.1.50');
  const THIRD = parseMac('02:00:00:00:00:13')!;
  /** Silent from `from` on, until `mac` answers. */
  const silent =
    (from: number, until = Number.POSITIVE_INFINITY, mac: Mac = THIRD): Answers =>
    (_, at) =>
      at < from ? OTHER : at < until ? null : mac;
  const times = (probes: readonly { at: number }[]) => probes.map(({ at }) => at / MILLISECOND);

  it('asks every 50 ms from 300 ms after the missed question on, until it was answered for a second', () => {
    const made = prober(['192.168.1.50']);
    const asked = times(during(made, 0, 10 * SECOND, silent(2.5 * SECOND, 5.01 * SECOND)));
    expect(asked.slice(0, 6)).toEqual([0, 1000, 2000, 3000, 3300, 3350]);
    const pursued = asked.filter((at) => at >= 3300 && at <= 6050);
    expect(pursued).toHaveLength(56);
    expect(Math.max(...pursued.slice(1).map((at, i) => at - pursued[i]!))).toBe(50);
    expect(asked.slice(-3)).toEqual([7000, 8000, 9000]);
  });

  it('gives up after a minute, and pursues again once somebody answered in between', () => {
    const made = prober(['192.168.1.50']);
    const asked = during(made, 0, 100 * SECOND, silent(0));
    const last = times(asked).findLast((at, i, all) => at - (all[i - 1] ?? at) < 100)!;
    expect(last).toBeGreaterThan(60_000);
    expect(last).toBeLessThan(61_000);
    made.seen(VIP, OTHER, 100 * SECOND);
    expect(during(made, 100 * SECOND, 110 * SECOND, silent(0)).length).toBeGreaterThan(150);
  });

  it('leaves the probing of all other VIPs as it is, to the microsecond', () => {
    const vips = Array.from({ length: 700 }, (_, i) => `192.168.${Math.floor(i / 250)}.${(i % 250) + 1}`);
    const silentOnes = new Set(vips.filter((_, i) => i % 7 === 0).map(address));
    const schedule = (answers: Answers) =>
      during(prober(vips), 0, 20 * SECOND, answers).filter(({ target }) => !silentOnes.has(target));
    const undisturbed = schedule(() => OTHER);
    const disturbed = schedule((target, at) => (silentOnes.has(target) && at > 5 * SECOND ? null : OTHER));
    const shown = (probes: ReturnType<typeof schedule>) => probes.map(({ target, at }) => `${at} ${target}`);
    expect(undisturbed.length).toBeGreaterThanOrEqual(12_000);
    expect(shown(disturbed)).toEqual(shown(undisturbed));
  });

  it('keeps to the budget however many are silent, and shares it fairly', () => {
    const vips = Array.from({ length: 2000 }, (_, i) => `10.0.${Math.floor(i / 250)}.${(i % 250) + 1}`);
    const asked = during(prober(vips, [ETH1]), 0, 30 * SECOND, silent(5 * SECOND));
    for (let second = 0; second < 30; second += 1) {
      const within = asked.filter(({ at }) => Math.floor(at / SECOND) === second);
      expect(within.length).toBeLessThanOrEqual(1010);
    }
    const later = asked.filter(({ at }) => at >= 10 * SECOND);
    const counts = [...Map.groupBy(later, ({ target }) => target).values()].map((probes) => probes.length);
    expect(counts).toHaveLength(2000);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(8);
  });

  it('asks no pursued VIP less often than the regular round would, within the same budget', () => {
    const vips = Array.from({ length: 2000 }, (_, i) => `10.0.${Math.floor(i / 250)}.${(i % 250) + 1}`);
    const silentOnes = new Set(vips.filter((_, i) => i % 2 === 0).map(address));
    const asked = during(prober(vips, [ETH1]), 0, 60 * SECOND, (target, at) =>
      silentOnes.has(target) && at > 5 * SECOND ? null : OTHER,
    );
    for (let second = 0; second < 60; second += 1) {
      const within = asked.filter(({ at }) => Math.floor(at / SECOND) === second);
      expect(within.length).toBeLessThanOrEqual(1010);
    }
    const pursued = Map.groupBy(
      asked.filter(({ target }) => silentOnes.has(target)),
      ({ target }) => target,
    );
    const pauses = [...pursued.values()].flatMap((own) =>
      [...own.slice(1), { at: 60 * SECOND }].map(({ at }, i) => at - own[i]!.at),
    );
    expect(pursued.size).toBe(1000);
    // 2,000 at 800 a second: each in 2.5 s, what is due within 50 ms together.
    expect(Math.max(...pauses)).toBeLessThanOrEqual(2.55 * SECOND);
  });

  it('does not pursue a node address, nor a VIP that this node announces', () => {
    const made = prober([]);
    made.setTargets([VIP], [address('192.168.1.11')], 0);
    made.seen(VIP, OWN, 0);
    expect(during(made, 0, 10 * SECOND, () => null)).toHaveLength(20);
  });

  it('waits longer for an announcer that proved to be slow', () => {
    const made = prober(['192.168.1.50']);
    const asked = times(during(made, 0, 63 * SECOND, () => OTHER, 400 * MILLISECOND));
    expect(asked.slice(0, 3)).toEqual([0, 300, 350]);
    expect(asked.slice(-3)).toEqual([60_000, 61_000, 62_000]);
    // It takes a few answers to learn.
    expect(asked.length).toBeLessThan(63 + 60);
  });

  it('pursues on demand what it does not probe otherwise, for as long as asked', () => {
    const made = prober(['192.168.1.51']);
    during(made, 0, SECOND);
    made.prober.probeFast(VIP, 6 * SECOND);
    const asked = during(made, SECOND, 20 * SECOND).filter(({ target }) => target === VIP);
    expect(asked.length).toBeGreaterThanOrEqual(100);
    expect(asked.at(-1)!.at).toBeLessThan(6 * SECOND);
    expect(asked.every(({ frame }) => decodedSender(frame) === '192.168.1.12')).toBe(true);
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
  made.prober.setPace(5 * SECOND, 2.5 * SECOND);
  expect(times(3 * SECOND, 15 * SECOND)).toEqual([3, 8, 13]);
  made.prober.setPace(SECOND, 14 * SECOND);
  expect(times(14 * SECOND, 18 * SECOND)).toEqual([15, 16, 17]);
});
