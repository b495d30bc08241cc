import { describe, expect, it } from 'vitest';
import { Swarm } from '../../lab/swarm.ts';
import { MILLISECOND, SECOND } from '../../src/base/time.ts';
import type { IpAddress } from '../../src/net/address.ts';
import { Ahead } from '../../src/probe/ahead.ts';
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
  OWN,
  polls,
  THIRD,
  toAll,
} from './asking-lan.ts';

const NEVER_SWEPT = { sweep: 3600 * SECOND };
/** A second card in the same LAN. */
const ALSO = { ...ETH1, device: 'eth2', segment: 'eth2' };
const silentFrom =
  (from: number): Answers =>
  (_, at) =>
    at < from ? OTHER : null;

/** Of so many agents each may have one poll of a machine open. */
const ONE_OF_MANY = { agents: 26, perVip: 2 };
/** As `held`, by one of many agents. */
function heldByMany(...args: Parameters<typeof held>) {
  const made = held(...args);
  made.asking = ONE_OF_MANY;
  made.targets(args[0].map(address), 0);
  return made;
}

/** What was asked at each moment, and when. */
const momentsOf = (asked: readonly Asked[]) =>
  [...Map.groupBy(asked, ({ at }) => at)].map(([at, questions]) => ({ at, questions }));

describe('of the polls of a machine', () => {
  it('one goes ahead, and the others of that moment follow once it is answered', () => {
    const made = heldByMany(many(100), [ETH1], NEVER_SWEPT);
    during(made, 0, 100 * SECOND);
    const asked = during(made, 100 * SECOND, 110 * SECOND);
    const moments = momentsOf(asked);
    const first = moments.findIndex(({ questions }) => questions.length === 1);
    const [ahead, ...others] = moments.slice(first).map(({ questions }) => questions.length);
    expect([ahead, ...others.slice(0, 7)]).toEqual([1, 4, 1, 4, 1, 4, 1, 4]);
    expect(moments[first + 1]!.at - moments[first]!.at).toBe(MILLISECOND / 2);
    expect(asked.length).toBeGreaterThanOrEqual(995);
  });

  it('one is lost where it is gone, until it is known to be', () => {
    const made = heldByMany(many(600), [ETH1], NEVER_SWEPT);
    during(made, 0, 10 * SECOND);
    const lost = during(made, 10 * SECOND, 10.25 * SECOND, silentFrom(10.02 * SECOND));
    expect(polls(lost).filter(({ at }) => at >= 10.02 * SECOND)).toHaveLength(1);
  });

  it.each([
    [25, { agents: 1, perVip: 1 }],
    [25, { agents: 2, perVip: 1 }],
    [12, { agents: 3, perVip: 2 }],
    [2, { agents: 12, perVip: 2 }],
    [1, { agents: 14, perVip: 2 }],
  ])('%i are lost by one of the agents that ask, 25 by all together: %o', (lost, asking) => {
    const made = held(many(600), [ETH1], NEVER_SWEPT);
    made.asking = asking;
    made.targets(many(600).map(address), 0);
    during(made, 0, 10 * SECOND);
    const after = during(made, 10 * SECOND, 10.25 * SECOND, silentFrom(10.02 * SECOND));
    expect(polls(after).filter(({ at }) => at >= 10.02 * SECOND)).toHaveLength(lost);
  });

  it.each([
    [220, 'none waits, where no more than may be open are due together'],
    [280, 'some wait, where more are due together'],
  ])('of %i VIPs %s', (vips) => {
    const made = held(many(vips), [ETH1], NEVER_SWEPT);
    made.asking = { agents: 3, perVip: 2 };
    made.targets(many(vips).map(address), 0);
    during(made, 0, 30 * SECOND);
    const moments = momentsOf(during(made, 30 * SECOND, 40 * SECOND));
    const followed = moments.filter(({ at }, i) => at - (moments[i - 1]?.at ?? 0) === MILLISECOND / 2);
    if (vips === 220) expect(followed).toEqual([]);
    else expect(followed.length).toBeGreaterThan(100);
  });

  it.each([
    [3, 65],
    [3, 80],
    [3, 100],
    [3, 200],
    [12, 80],
    [12, 200],
  ])('each has its turn where %i agents ask and the machine begins to take %i ms', (agents, milliseconds) => {
    const vips = many(400);
    const made = held(vips, [ETH1], NEVER_SWEPT);
    made.asking = { agents, perVip: 2 };
    made.targets(vips.map(address), 0);
    during(made, 0, 20 * SECOND);
    const slowly = milliseconds * MILLISECOND;
    during(made, 20 * SECOND, 35 * SECOND, () => OTHER, slowly);
    const asked = during(made, 35 * SECOND, 40 * SECOND, () => OTHER, slowly);
    expect(new Set(asked.map(({ target }) => target)).size).toBe(400);
  });

  it.each([500, 100, 60])('no more are lost where one was lost %i ms before', (milliseconds) => {
    const vips = many(300);
    const made = held(vips, [ETH1], NEVER_SWEPT);
    made.asking = { agents: 3, perVip: 2 };
    made.targets(vips.map(address), 0);
    const died = 25.31 * SECOND;
    let lostAt = 0;
    during(made, 0, died, (_, at) => {
      if (at < died - milliseconds * MILLISECOND || lostAt > 0) return OTHER;
      lostAt = at;
      return null;
    });
    expect(lostAt).toBeGreaterThan(0);
    const after = during(made, died + 1, died + 1.5 * SECOND, () => null);
    expect(polls(after).length).toBeLessThanOrEqual(13);
  });

  it('no more than 64 go at once, where many have waited', () => {
    const vips = many(1000);
    const made = held(vips, [ETH1], NEVER_SWEPT);
    during(made, 0, 5 * SECOND);
    for (let at = 5 * SECOND; at < 35 * SECOND; at = Math.max(at, made.prober.nextAt()) + MILLISECOND)
      for (const question of made.prober.due(at)) made.prober.notSent(question);
    const moments = momentsOf(during(made, 35 * SECOND, 40 * SECOND));
    expect(Math.max(...moments.map(({ questions }) => questions.length))).toBeLessThanOrEqual(64);
    expect(new Set(moments.flatMap(({ questions }) => questions.map(({ target }) => target))).size).toBe(
      1000,
    );
  });

  it('none waits for another machine', () => {
    const vips = many(100).map(address);
    const holderOf = (vip: IpAddress) => (vips.indexOf(vip) % 2 === 0 ? OTHER : THIRD);
    const made = new AskingLan([], [ETH1], NEVER_SWEPT);
    made.asking = ONE_OF_MANY;
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
    const made = heldByMany(many(100), [ETH1], { ...NEVER_SWEPT, onSpared });
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

  it('each has its turn while the machine is slow, and few are lost once such a machine is gone', () => {
    const made = heldByMany(many(100), [ETH1], NEVER_SWEPT);
    const slowly = 400 * MILLISECOND;
    during(made, 0, 30 * SECOND, () => OTHER, slowly);
    const asked = polls(during(made, 30 * SECOND, 40 * SECOND, () => OTHER, slowly));
    const counts = Map.groupBy(asked, ({ target }) => target);
    expect(counts.size).toBe(100);
    for (const own of counts.values())
      for (const [i, { at }] of own.slice(1).entries())
        expect(at - own[i]!.at).toBeLessThanOrEqual(1.5 * SECOND);
    during(made, 40 * SECOND, 40.41 * SECOND, () => null);
    const lost = polls(during(made, 40.41 * SECOND, 41.5 * SECOND, () => null));
    expect(lost.length).toBeLessThanOrEqual(10);
  });

  it('those of a VIP on two cards in one LAN go together, and count as one', () => {
    const vips = many(20).map(address);
    const made = new AskingLan([], [ETH1, ALSO], NEVER_SWEPT);
    made.asking = ONE_OF_MANY;
    for (const vip of vips)
      for (const device of ['eth1', 'eth2']) made.seen(vip, OTHER, 0, 'announcement', device);
    made.targets(vips, 0);
    during(made, 0, 30 * SECOND);
    const asked = polls(during(made, 30 * SECOND, 40 * SECOND));
    for (const device of ['eth1', 'eth2']) {
      const counts = Map.groupBy(
        asked.filter((one) => one.device === device),
        ({ target }) => target,
      );
      expect(counts.size).toBe(20);
      for (const own of counts.values()) expect(own.length).toBeGreaterThanOrEqual(9);
    }
  });

  it('those of a VIP that two machines hold, one on each segment, wait for neither', () => {
    const vips = many(20).map(address);
    const made = new AskingLan([], [ETH1, ALSO], NEVER_SWEPT);
    made.asking = ONE_OF_MANY;
    for (const vip of vips) {
      made.seen(vip, OTHER, 0, 'announcement', 'eth1');
      made.seen(vip, THIRD, 0, 'announcement', 'eth2');
    }
    made.targets(vips, 0);
    during(made, 0, 100 * SECOND, () => [OTHER, THIRD]);
    const asked = polls(during(made, 100 * SECOND, 105 * SECOND, () => [OTHER, THIRD]));
    expect(asked.length).toBeGreaterThanOrEqual(2 * 20 * 4);
    for (const { questions } of momentsOf(asked)) expect(questions.length % 2).toBe(0);
  });

  it('none waits for long for one that was not sent, nor for one that is not asked for any more', () => {
    const vips = many(20).map(address);
    const made = heldByMany(many(20), [ETH1], { ...NEVER_SWEPT, interval: SECOND / 10 });
    during(made, 0, 10 * SECOND);
    const refusedAt = made.prober.nextAt();
    const refused = made.prober.due(refusedAt);
    for (const question of refused) made.prober.notSent(question);
    made.targets(
      vips.filter((vip) => vip !== refused[0]!.target),
      refusedAt,
    );
    const after = polls(during(made, refusedAt, refusedAt + SECOND));
    expect(new Set(after.map(({ target }) => target)).size).toBe(19);
  });
});

describe('Ahead', () => {
  const NOT_SILENT = () => false;
  /** 1 is looked at last. */
  const made = (most = 1) => {
    const looked: number[] = [];
    return {
      looked,
      ahead: new Ahead<number>(
        (target) => looked.push(target),
        () => most,
      ),
    };
  };

  it('gives those that wait once, when the machine has answered', () => {
    const { ahead, looked } = made();
    expect(ahead.mayGo(0, OTHER, SECOND)).toBe(true);
    for (let i = 1; i <= 3; i += 1) expect(ahead.mayGo(i, OTHER, SECOND)).toBe(false);
    expect(ahead.nextAt()).toBe(SECOND + 120 * MILLISECOND);
    expect(ahead.takeReady(NOT_SILENT, SECOND + MILLISECOND)).toEqual([]);
    ahead.answered(OTHER, SECOND + MILLISECOND);
    expect(looked).toContain(0);
    expect(ahead.nextAt()).toBe(SECOND + MILLISECOND);
    expect(ahead.takeReady(NOT_SILENT, SECOND + MILLISECOND)).toEqual([1, 2, 3]);
    expect([ahead.nextAt(), ahead.takeReady(NOT_SILENT, 2 * SECOND)]).toEqual([Number.POSITIVE_INFINITY, []]);
  });

  it('gives one each 120 ms where it has not answered, and all where it is known to be silent', () => {
    const { ahead } = made();
    ahead.mayGo(0, OTHER, SECOND);
    for (let i = 1; i <= 4; i += 1) ahead.mayGo(i, OTHER, SECOND + 119 * MILLISECOND);
    expect(ahead.takeReady(() => true, SECOND + 119 * MILLISECOND)).toEqual([]);
    expect(ahead.takeReady(NOT_SILENT, SECOND + 120 * MILLISECOND)).toEqual([1]);
    expect(ahead.mayGo(5, OTHER, SECOND + 120 * MILLISECOND)).toBe(false);
    expect(ahead.nextAt()).toBe(SECOND + 240 * MILLISECOND);
    expect(ahead.takeReady(NOT_SILENT, SECOND + 240 * MILLISECOND)).toEqual([2]);
    expect(ahead.takeReady(() => true, SECOND + 360 * MILLISECOND)).toEqual([3, 4, 5]);
    expect(ahead.nextAt()).toBe(Number.POSITIVE_INFINITY);
  });

  it('lets as many go ahead as may, and one of them that is answered goes for all', () => {
    const { ahead, looked } = made(3);
    for (let i = 0; i < 2; i += 1) expect(ahead.mayGo(i, OTHER, SECOND)).toBe(true);
    expect(ahead.mayGo(2, OTHER, SECOND + 50 * MILLISECOND)).toBe(true);
    expect(ahead.mayGo(3, OTHER, SECOND + 100 * MILLISECOND)).toBe(false);
    expect(new Set(looked)).toEqual(new Set([0, 1, 2]));
    expect(ahead.nextAt()).toBe(SECOND + 170 * MILLISECOND);
    ahead.answered(OTHER, SECOND + 110 * MILLISECOND);
    expect(ahead.takeReady(NOT_SILENT, SECOND + 110 * MILLISECOND)).toEqual([3]);
    for (let i = 4; i < 7; i += 1) expect(ahead.mayGo(i, OTHER, SECOND + 150 * MILLISECOND)).toBe(true);
    expect(ahead.mayGo(7, OTHER, SECOND + 150 * MILLISECOND)).toBe(false);
  });

  it('lets one go after 120 ms though none waits, and looks at no more than may be open', () => {
    const { ahead, looked } = made(2);
    for (let i = 0; i < 2; i += 1) ahead.mayGo(i, OTHER, SECOND);
    for (let i = 2; i < 100; i += 1)
      expect(ahead.mayGo(i, OTHER, SECOND + (i - 1) * 120 * MILLISECOND)).toBe(true);
    looked.length = 0;
    ahead.mayGo(100, OTHER, 60 * SECOND);
    expect(looked).toEqual([98, 99]);
  });

  it('wants no time for those that are not asked for any more', () => {
    const { ahead } = made();
    ahead.mayGo(0, OTHER, SECOND);
    ahead.mayGo(1, OTHER, SECOND);
    ahead.forget(1);
    expect([ahead.nextAt(), ahead.takeReady(NOT_SILENT, 2 * SECOND)]).toEqual([Number.POSITIVE_INFINITY, []]);
  });

  it('keeps no more than 1,024 machines, and loses none that wait', () => {
    const { ahead } = made();
    ahead.mayGo(-1, OWN, SECOND);
    ahead.mayGo(-2, OWN, SECOND);
    const macOf = (i: number) =>
      `02:00:00:00:${(i >> 8).toString(16)}:${(i & 255).toString(16)}` as typeof OWN;
    for (let i = 0; i < 1100; i += 1) expect(ahead.mayGo(i, macOf(i), SECOND)).toBe(true);
    expect(ahead.takeReady(NOT_SILENT, SECOND + 120 * MILLISECOND)).toEqual([-2]);
  });
});

it.each([
  ['answered', () => OTHER, 0],
  [
    'silent for a while',
    (_: IpAddress, at: number) => (at > 20 * SECOND && at < 28 * SECOND ? null : OTHER),
    0,
  ],
  ['gone', silentFrom(20 * SECOND), 0],
  ['gone, while others ask without end', silentFrom(20 * SECOND), 2],
] as [string, Answers, number][])('an agent wakes for little else than to ask: %s', (_, answers, others) => {
  // So much falls silent with each that the others lose some polls.
  const made = held(many(300), [ETH1], { announcedWith: () => ({ count: 300, isLowest: true }) });
  made.asking = { agents: 10, perVip: 2 };
  made.targets(many(300).map(address), 0);
  let wakes = 0;
  const due = made.prober.due.bind(made.prober);
  made.prober.due = (now) => {
    wakes += 1;
    return due(now);
  };
  const step = SECOND / 10;
  for (let at = 0; at < 120 * SECOND; at += step) {
    wakes = 0;
    for (let i = 0; i < others; i += 1) made.prober.heard(address('10.0.9.9'), 'node', at);
    const asked = during(made, at, at + step, answers);
    expect(wakes).toBeLessThanOrEqual(asked.length + 15);
  }
});

it.each([
  ['alone', { agents: 1, perVip: 1 }, 300, 0],
  ['one other', { agents: 3, perVip: 2 }, 300, 12],
  ['one other, and few VIPs', { agents: 3, perVip: 2 }, 5, 5],
  ['many others', { agents: 26, perVip: 2 }, 300, 24],
  ['as many as ask', { agents: 10, perVip: 10 }, 1, 9],
  ['a machine with one', { agents: 26, perVip: 2 }, 1, 2],
  ['a machine with few', { agents: 26, perVip: 2 }, 3, 6],
] as const)('others lose their polls of a machine that is gone: %s', (_, asking, count, lost) => {
  expect(pollsUnheard(asking, count)).toBe(lost);
});

it.each([
  [3, 300, 300],
  [10, 30, 20],
  [10, 600, 500],
  [26, 300, 300],
  [100, 100, 100],
])(
  '%i agents keep to the budget together where a machine dies, of %i VIPs with %i',
  (nodes, vips, onFirst) => {
    const swarm = new Swarm({ vips, nodes, onFirst });
    swarm.play(60 * SECOND);
    swarm.die(0);
    swarm.play(85 * SECOND);
    // Of each other's polls of what is silent they hear nothing.
    expect(swarm.most(60 * SECOND, 85 * SECOND)).toBeLessThanOrEqual(52);
    expect(swarm.count(60 * SECOND, 70 * SECOND)).toBeLessThanOrEqual(500);
    expect(swarm.count(72 * SECOND, 85 * SECOND)).toBeLessThanOrEqual(12 * 13);
    expect(swarm.lost.filter((at) => at < 61 * SECOND).length).toBeLessThanOrEqual(nodes <= 26 ? 25 : 26);
    // What is left is used.
    expect(swarm.count(60 * SECOND, 65 * SECOND)).toBeGreaterThan(200);
  },
);

it.each([11, 12])('%i agents whose MACs are neighbours do not disturb each other', (nodes) => {
  const swarm = new Swarm({ vips: 333, nodes, onFirst: 300 });
  swarm.play(240 * SECOND);
  expect(swarm.most(20 * SECOND, 240 * SECOND)).toBeLessThanOrEqual(7);
});

it('eight agents that measure a VIP poll it twenty times a second each, and share one stream of questions once it is silent', () => {
  const swarm = new Swarm({ vips: 30, nodes: 12, onFirst: 3 });
  swarm.play(60 * SECOND);
  const [vip] = swarm.vips;
  swarm.measure(vip!, 8, 100 * SECOND);
  swarm.play(70 * SECOND);
  expect(swarm.count(60 * SECOND, 70 * SECOND)).toBeLessThanOrEqual(51);
  swarm.die(0);
  swarm.play(80 * SECOND);
  // Each loses two polls, and those that measure nothing know of one another's.
  expect(swarm.most(70 * SECOND, 80 * SECOND)).toBeLessThanOrEqual(52);
  expect(swarm.count(70 * SECOND, 80 * SECOND)).toBeLessThanOrEqual(500);
  expect(swarm.count(71 * SECOND, 80 * SECOND)).toBeGreaterThan(9 * 20);
});
