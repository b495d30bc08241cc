import { describe, expect, it } from 'vitest';
import { Swarm } from '../../lab/swarm.ts';
import { MILLISECOND, SECOND } from '../../src/base/time.ts';
import { openAtMost, pollsUnheard } from '../../src/probe/ahead.ts';
import { BroadcastBudget } from '../../src/probe/budget.ts';
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
} from './asking-lan.ts';

const NEVER_SWEPT = { sweep: 3600 * SECOND };
const silentFrom =
  (from: number): Answers =>
  (_, at) =>
    at < from ? OTHER : null;
const between = (asked: readonly Asked[], from: number, to: number) =>
  asked.filter(({ at }) => at >= from * SECOND && at < to * SECOND);

describe('polls of one machine', () => {
  it('go ahead by 25, and the others of that moment once one of those is answered', () => {
    const made = held(many(600), [ETH1], NEVER_SWEPT);
    during(made, 0, 200 * SECOND);
    const asked = between(during(made, 200 * SECOND, 210 * SECOND), 201, 210);
    const moments = Map.groupBy(asked, ({ at }) => Math.round(at / (MILLISECOND / 2)));
    expect(asked.length).toBeGreaterThan(8.9 * 600);
    for (const [at, { length }] of moments) {
      const before = moments.get(at - 1)?.length;
      if (before === 25) expect(length).toBeLessThanOrEqual(7);
      else expect(length).toBe(25);
    }
    const dead = polls(during(made, 210 * SECOND, 220 * SECOND, silentFrom(211 * SECOND)));
    expect(between(dead, 211, 211.06)).toHaveLength(25);
    // Each of the others is polled no more, but for four a second.
    expect(between(dead, 211.06, 220).length).toBeLessThanOrEqual(36);
  });

  it('wait for none that is not asked for any more, or was not sent', () => {
    const vips = many(600).map(address);
    const made = held(many(600), [ETH1], NEVER_SWEPT);
    // Nothing of this goes out.
    for (const question of made.prober.due(0)) made.prober.notSent(question);
    expect(made.prober.nextAt()).toBe(0);
    expect(made.due(1)).toHaveLength(5);
    const then = made.prober.nextAt();
    made.due(then);
    made.targets(vips.slice(0, 3), then + 1);
    expect(during(made, then + 1, then + 3 * SECOND).length).toBeGreaterThanOrEqual(6);
  });

  it.each([
    [1, 25],
    [2, 25],
    [3, 12],
    [14, 1],
    [1000, 1],
  ])('are shared by %i agents: %i each', (agents, most) => {
    expect(openAtMost({ agents, perVip: 2 })).toBe(most);
  });

  it.each([
    ['alone', { agents: 1, perVip: 1 }, 300, 0],
    ['two others', { agents: 3, perVip: 2 }, 300, 12],
    ['many others', { agents: 100, perVip: 2 }, 300, 41],
    ['as many as ask', { agents: 10, perVip: 10 }, 1000, 16],
    ['a machine with few', { agents: 100, perVip: 2 }, 3, 0],
  ] as const)('are counted for those of others once it is gone: %s', (_, asking, count, polls) => {
    expect(pollsUnheard(asking, count, SECOND)).toBe(polls);
  });
});

it('a machine that others found to be gone is polled no more, and the turn of each poll goes for one that was missed', () => {
  const spared: number[] = [];
  let now = 0;
  const made = new AskingLan([], [ETH1], { ...NEVER_SWEPT, onSpared: () => spared.push(now) });
  made.asking = { agents: 50, perVip: 2 };
  const vips = many(12).map(address);
  for (const vip of vips) made.seen(vip, OTHER, 0, 'announcement', 'eth1');
  const own = vips.slice(0, 1);
  made.targets(own, 0);
  during(made, 0, 20.5 * SECOND);
  for (const [i, vip] of vips.slice(2).entries()) {
    now = 20.5 * SECOND + i * MILLISECOND;
    made.prober.heard(vip, 'node', now);
  }
  const asked: Asked[] = [];
  const step = 20 * MILLISECOND;
  for (; now < 25 * SECOND; now += step) {
    made.prober.heard(vips[2]!, 'node', now);
    asked.push(...during(made, now, now + step, () => null));
  }
  expect(asked).toEqual([]);
  expect(spared).toHaveLength(5);
});

it('its own node’s agent and strangers do not make a machine gone', () => {
  const made = held(many(1), [ETH1], NEVER_SWEPT);
  during(made, 0, 20.5 * SECOND);
  for (const vip of many(12).slice(1)) {
    made.seen(address(vip), OTHER, 20.5 * SECOND, 'announcement', 'eth1');
    made.prober.heard(address(vip), 'announcer', 20.5 * SECOND);
    made.prober.heard(address(vip), 'stranger', 20.5 * SECOND);
  }
  expect(polls(during(made, 20.5 * SECOND, 22.5 * SECOND))).toHaveLength(2);
});

describe('the budget', () => {
  it('allows the first question about what happened, whatever was spent, and no second', () => {
    const budget = new BroadcastBudget(5);
    budget.spend(SECOND, 40);
    expect(budget.isAllowed(SECOND)).toBe(false);
    budget.alarm(SECOND);
    budget.spend(SECOND, 12);
    expect(budget.isAllowed(SECOND)).toBe(true);
    budget.asked(SECOND);
    expect(budget.isAllowed(SECOND)).toBe(false);
  });

  it.each([4, 10])('has 50 within any second, and so for 10 s: looked at each %i ms', (step) => {
    const budget = new BroadcastBudget(5);
    budget.alarm(0);
    const asked: number[] = [];
    for (let at = 0; at < 20 * SECOND; at += step * MILLISECOND)
      while (budget.isAllowed(at)) {
        budget.asked(at);
        asked.push(at);
      }
    const within = (from: number, to: number) => asked.filter((at) => at >= from && at < to).length;
    expect(Math.max(...asked.map((at) => within(at, at + SECOND)))).toBeLessThanOrEqual(50);
    expect(within(0, 10 * SECOND)).toBeGreaterThan(470);
    expect(within(11 * SECOND, 20 * SECOND)).toBeLessThanOrEqual(91);
  });
});

it.each([
  [3, 300, 300],
  [10, 30, 20],
  [10, 600, 500],
  [100, 100, 100],
  [100, 30, 10],
  [300, 300, 300],
])(
  'of %i agents all together keep to it where a machine dies, of %i VIPs with %i',
  (nodes, vips, onFirst) => {
    const swarm = new Swarm({ vips, nodes, onFirst });
    swarm.play(60 * SECOND);
    swarm.die(0);
    swarm.play(85 * SECOND);
    expect(swarm.most(60 * SECOND, 85 * SECOND)).toBeLessThanOrEqual(50);
    expect(swarm.count(60 * SECOND, 70 * SECOND)).toBeLessThanOrEqual(500);
    // Some polls that show whether it is back come on top.
    expect(swarm.count(71 * SECOND, 85 * SECOND)).toBeLessThanOrEqual(10.5 * 14);
    // And those whose poll was missed have all been asked for, by and by.
    expect(swarm.count(60 * SECOND, 70 * SECOND)).toBeGreaterThan(300);
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
  expect(swarm.most(70 * SECOND, 80 * SECOND)).toBeLessThanOrEqual(55);
  expect(swarm.count(70 * SECOND, 80 * SECOND)).toBeLessThanOrEqual(500);
  expect(swarm.count(71 * SECOND, 80 * SECOND)).toBeGreaterThan(9 * 20);
});
