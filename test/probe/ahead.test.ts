import { describe, expect, it } from 'vitest';
import { Swarm } from '../../lab/swarm.ts';
import { MILLISECOND, SECOND } from '../../src/base/time.ts';
import type { IpAddress } from '../../src/net/address.ts';
import { Ahead } from '../../src/probe/ahead.ts';
import { Holders } from '../../src/probe/holders.ts';
import { Questions } from '../../src/probe/questions.ts';
import { pollsUnheard } from '../../src/probe/unheard.ts';
import {
  type Answers,
  type Asked,
  AskingLan,
  address,
  during,
  ETH1,
  held,
  many,
  OTHER,
  polls,
  THIRD,
  toAll,
} from './asking-lan.ts';

const NEVER_SWEPT = { sweep: 3600 * SECOND };
const silentFrom =
  (from: number): Answers =>
  (_, at) =>
    at < from ? OTHER : null;

/** What was asked at each moment, and when. */
const momentsOf = (asked: readonly Asked[]) =>
  [...Map.groupBy(asked, ({ at }) => at)].map(([at, questions]) => ({ at, questions }));

describe('of the polls of a machine', () => {
  it('one goes ahead, and the others of that moment follow once it is answered', () => {
    const made = held(many(100), [ETH1], NEVER_SWEPT);
    during(made, 0, 100 * SECOND);
    const asked = during(made, 100 * SECOND, 110 * SECOND);
    const moments = momentsOf(asked);
    const first = moments.findIndex(({ questions }) => questions.length === 1);
    const [ahead, ...others] = moments.slice(first).map(({ questions }) => questions.length);
    expect([ahead, ...others.slice(0, 7)]).toEqual([1, 4, 1, 4, 1, 4, 1, 4]);
    expect(moments[first + 1]!.at - moments[first]!.at).toBe(MILLISECOND / 2);
    expect(asked.length).toBeGreaterThanOrEqual(995);
  });

  it('one is lost where it is gone, and it is polled no more', () => {
    const made = held(many(600), [ETH1], NEVER_SWEPT);
    during(made, 0, 10 * SECOND);
    const lost = during(made, 10 * SECOND, 25 * SECOND, silentFrom(10.02 * SECOND));
    expect(polls(lost).filter(({ at }) => at >= 10.02 * SECOND)).toHaveLength(1);
  });

  it('those that wait for one that is lost are asked of everybody before their next turn', () => {
    const vips = many(100).map(address);
    const made = held(many(100), [ETH1], NEVER_SWEPT);
    during(made, 0, 50.02 * SECOND);
    const asked = during(made, 50.02 * SECOND, 50.5 * SECOND, () => null);
    const ahead = vips.indexOf(asked[0]!.target);
    const waited = [1, 2, 3, 4].map((i) => vips[(ahead + i) % 100]);
    const everybody = toAll(asked).map(({ target }) => target);
    expect(everybody[0]).toBe(vips[ahead]);
    expect(everybody.filter((vip) => waited.includes(vip)).length).toBeGreaterThanOrEqual(2);
  });

  it('none waits for another machine', () => {
    const vips = many(100).map(address);
    const holderOf = (vip: IpAddress) => (vips.indexOf(vip) % 2 === 0 ? OTHER : THIRD);
    const made = new AskingLan([], [ETH1], NEVER_SWEPT);
    for (const vip of vips) made.seen(vip, holderOf(vip), 0, 'announcement', 'eth1');
    made.targets(vips, 0);
    during(made, 0, 30 * SECOND, holderOf);
    const moments = momentsOf(during(made, 30.01 * SECOND, 31 * SECOND, holderOf));
    const ahead = moments.find(({ questions }) => questions.length === 2)!;
    expect(new Set(ahead.questions.map(({ polled }) => polled))).toEqual(new Set([OTHER, THIRD]));
  });

  it('those that wait for one that is lost alone go a moment later, and none is taken for sent', () => {
    const spared: unknown[] = [];
    const onSpared = (question: unknown) => spared.push(question);
    const made = held(many(100), [ETH1], { ...NEVER_SWEPT, onSpared });
    during(made, 0, 50.02 * SECOND);
    let lostAt = 0;
    const asked = during(made, 50.02 * SECOND, 51.05 * SECOND, (_, at) => {
      lostAt ||= at;
      return at === lostAt ? null : OTHER;
    });
    const missedAt = lostAt + 60 * MILLISECOND;
    expect(toAll(asked).map(({ at }) => at)).toEqual([missedAt]);
    // Each has its turn within the second, and those that waited are not late by more than that.
    expect(new Set(polls(asked).map(({ target }) => target)).size).toBe(100);
    const waited = polls(asked).filter(({ at }) => at > lostAt && at <= missedAt + MILLISECOND);
    expect(new Set(waited.map(({ at }) => at))).toEqual(new Set([missedAt + MILLISECOND / 2]));
    expect(waited.length).toBeGreaterThanOrEqual(9);
    expect(spared).toEqual([]);
  });

  it('so many go at once as there is room for, however many waited', () => {
    const ahead = new Ahead<number>((target) => target === 0);
    expect(ahead.mayGo(0, OTHER, SECOND)).toBe(true);
    for (let i = 1; i <= 100; i += 1) expect(ahead.mayGo(i, OTHER, 2 * SECOND)).toBe(false);
    expect(ahead.nextAt()).toBe(Number.POSITIVE_INFINITY);
    ahead.answered(OTHER, 3 * SECOND);
    expect([ahead.nextAt(), ahead.takeReleased(64).length]).toEqual([3 * SECOND, 64]);
    expect([ahead.nextAt(), ahead.takeReleased(64).length]).toEqual([3 * SECOND, 36]);
    expect(ahead.nextAt()).toBe(Number.POSITIVE_INFINITY);
  });

  it('none waits for one that was not sent, nor for one that is not asked for any more', () => {
    const vips = many(3).map(address);
    const made = held(many(3), [ETH1], NEVER_SWEPT);
    during(made, 0, 10 * SECOND);
    const refusedAt = made.prober.nextAt();
    const [refused] = made.prober.due(refusedAt);
    made.prober.notSent(refused!);
    const [second] = made.due(made.prober.nextAt());
    expect(second).toMatchObject({ polled: OTHER });
    expect(second!.target).not.toBe(refused!.target);
    const then = made.prober.nextAt();
    made.targets(
      vips.filter((vip) => vip !== second!.target),
      then,
    );
    expect(polls(during(made, then, then + 2 * SECOND)).length).toBeGreaterThanOrEqual(3);
  });
});

describe('a machine that left a poll unanswered', () => {
  const [FIRST = '', ...OTHERS] = many(100);
  const allBut = (silent: string, from: number): Answers => {
    const one = address(silent);
    return (target, at) => (target === one && at >= from ? null : OTHER);
  };
  function madeWith(answers: Answers) {
    const spared: string[] = [];
    const onSpared = ({ target }: Asked) => spared.push(target);
    const made = held([FIRST, ...OTHERS], [ETH1], { ...NEVER_SWEPT, onSpared });
    during(made, 0, 50 * SECOND);
    return { spared, asked: during(made, 50 * SECOND, 56 * SECOND, answers) };
  }

  it('is taken for gone once it leaves a question for another of its addresses open, too', () => {
    expect(new Set(madeWith(silentFrom(50 * SECOND)).spared).size).toBeGreaterThan(50);
    const one = madeWith(allBut(FIRST, 50 * SECOND));
    expect(one.spared).toEqual([]);
    // The others are polled on.
    expect(polls(one.asked).length).toBeGreaterThan(5 * 99);
  });

  it.each([
    [29_999, true],
    [30_000, false],
  ])('is polled again after half a minute: %i ms', (ms, isQuiet) => {
    const holders = new Holders({ isAnnouncedHere: () => false, holderOn: () => null }, new Questions());
    holders.missed(address(FIRST), OTHER, SECOND);
    expect(holders.isQuiet(OTHER, SECOND + ms * MILLISECOND)).toBe(isQuiet);
    expect(holders.isTriedAgain(OTHER, SECOND + ms * MILLISECOND)).toBe(!isQuiet);
  });

  it('is polled on, however loud somebody is who asks in a node’s name', () => {
    const made = held([FIRST, ...OTHERS.slice(0, 4)], [ETH1], NEVER_SWEPT);
    made.asking = { agents: 26, perVip: 2 };
    made.targets([FIRST, ...OTHERS.slice(0, 4)].map(address), 0);
    const asked: Asked[] = [];
    const step = 10 * MILLISECOND;
    for (let at = 0; at < 200 * SECOND; at += step) {
      if (at > 15 * SECOND) made.prober.heard(address('10.0.9.9'), 'node', at);
      asked.push(...during(made, at, at + step, allBut(FIRST, 20 * SECOND)));
    }
    for (const vip of OTHERS.slice(0, 4).map(address)) {
      const own = asked.filter(({ target, at }) => target === vip && at > 20 * SECOND).map(({ at }) => at);
      const pauses = own.map((at, i) => at - (own[i - 1] ?? 20 * SECOND));
      expect(Math.max(...pauses)).toBeLessThan(31 * SECOND);
    }
  });
});

it.each([
  ['alone', { agents: 1, perVip: 1 }, 300, 0],
  ['two others', { agents: 3, perVip: 2 }, 300, 1],
  ['many others', { agents: 26, perVip: 2 }, 300, 24],
  ['as many as ask', { agents: 10, perVip: 10 }, 1, 8],
  ['a machine with one', { agents: 26, perVip: 2 }, 1, 1],
  ['a machine with few', { agents: 26, perVip: 2 }, 3, 5],
] as const)('others lose a poll each, once a machine is gone: %s', (_, asking, count, lost) => {
  expect(pollsUnheard(asking, count)).toBe(lost);
});

it.each([
  [3, 300, 300],
  [10, 30, 20],
  [10, 600, 500],
  [26, 300, 300],
  [100, 100, 100],
  [300, 300, 300],
])(
  '%i agents keep to the budget together where a machine dies, of %i VIPs with %i',
  (nodes, vips, onFirst) => {
    const swarm = new Swarm({ vips, nodes, onFirst });
    swarm.play(60 * SECOND);
    swarm.die(0);
    swarm.play(85 * SECOND);
    expect(swarm.most(60 * SECOND, 85 * SECOND)).toBeLessThanOrEqual(50);
    expect(swarm.count(60 * SECOND, 70 * SECOND)).toBeLessThanOrEqual(500);
    expect(swarm.count(72 * SECOND, 85 * SECOND)).toBeLessThanOrEqual(10.5 * 13);
    expect(swarm.lost.length).toBeLessThanOrEqual(Math.min(nodes - 1, 26));
    // What is left is used.
    expect(swarm.count(61 * SECOND, 70 * SECOND)).toBeGreaterThan(400);
  },
);

it('eight agents that measure a VIP poll it twenty times a second each, and share one stream of questions once it is silent', () => {
  const swarm = new Swarm({ vips: 30, nodes: 12, onFirst: 3 });
  swarm.play(60 * SECOND);
  const [vip] = swarm.vips;
  swarm.measure(vip!, 8, 100 * SECOND);
  swarm.play(70 * SECOND);
  expect(swarm.count(60 * SECOND, 70 * SECOND)).toBeLessThanOrEqual(51);
  swarm.die(0);
  swarm.play(80 * SECOND);
  expect(swarm.most(70 * SECOND, 80 * SECOND)).toBeLessThanOrEqual(50);
  expect(swarm.count(70 * SECOND, 80 * SECOND)).toBeLessThanOrEqual(500);
  expect(swarm.count(71 * SECOND, 80 * SECOND)).toBeGreaterThan(9 * 20);
});
