import { describe, expect, it } from 'vitest';
import { Swarm } from '../../lab/swarm.ts';
import { MILLISECOND, SECOND } from '../../src/base/time.ts';
import { newTarget, type Target } from '../../src/probe/target.ts';
import { timesUnheard } from '../../src/probe/unheard.ts';
import { Wanted } from '../../src/probe/wanted.ts';
import {
  type Asked,
  type AskingLan,
  address,
  during,
  held,
  OTHER,
  polls,
  times,
  toAll,
} from './asking-lan.ts';

const VIP = address('192.168.1.50');

/** Two agents that hear each other, a hundredth of a second at a time. */
function inTurn(seconds: number, one: AskingLan, other: AskingLan): readonly (readonly number[])[] {
  const asked: [Asked[], Asked[]] = [[], []];
  for (let at = 0; at < seconds * SECOND; at += 10 * MILLISECOND) {
    for (const [i, made] of [one, other].entries()) {
      const some = toAll(during(made, at, at + 10 * MILLISECOND));
      asked[i]!.push(...some);
      for (const { target } of some) (i === 0 ? other : one).prober.heard(target, 'node', at);
    }
  }
  return asked.map((some) => times(some).map((ms) => Math.round(ms / 1000)));
}

function ofTwo(): AskingLan {
  const made = held([]);
  made.asking = { agents: 3, perVip: 2 };
  made.seen(VIP, OTHER, 0, 'announcement');
  made.targets([VIP], 0);
  return made;
}

describe('the sweep', () => {
  it('goes round the agents that ask for a VIP, each of which may have the second owner beside it', () => {
    const [one, other] = inTurn(190, ofTwo(), ofTwo());
    const all = [...one!, ...other!].toSorted((a, b) => a - b).filter((at) => at > 1);
    for (const [i, at] of all.entries()) {
      expect(at - (all[i - 1] ?? at - 30)).toBeGreaterThanOrEqual(29);
      expect(at - (all[i - 1] ?? at - 30)).toBeLessThanOrEqual(31);
    }
    expect(Math.abs(one!.length - other!.length)).toBeLessThanOrEqual(1);
  });

  it('is not done by the announcer’s own agent, which does not hear that its node is deaf', () => {
    const made = held(['192.168.1.50']);
    const asked: Asked[] = [];
    for (let s = 0; s < 100; s += 10) {
      made.prober.heard(VIP, 'announcer', s * SECOND);
      asked.push(...during(made, s * SECOND, (s + 10) * SECOND));
    }
    expect(toAll(asked).length).toBeGreaterThanOrEqual(3);
  });
});

it('a VIP for which everybody was asked in vain is not settled by polls: a deaf node answers those', () => {
  const made = held(['192.168.1.50']);
  const asked: Asked[] = [];
  // From 40 s on it hears no broadcasts; at 70 s it announces the VIP again.
  const step = 10 * MILLISECOND;
  for (let at = 0; at < 90 * SECOND; at += step) {
    const some = during(made, at, at + step, () => null);
    for (const { polled } of some)
      if (polled !== null || at < 40 * SECOND) made.seen(VIP, OTHER, at + step / 2);
    if (at === 70 * SECOND) made.seen(VIP, OTHER, at, 'announcement');
    asked.push(...some);
  }
  const late = asked.filter(({ at }) => at > 71 * SECOND);
  expect(polls(late)).toEqual([]);
  expect(toAll(late).length).toBeGreaterThan(10);
});

it('nodes’ addresses come first, then VIPs that nobody holds, and each third is another', () => {
  const wanted = new Wanted<Target>();
  const [other, unheld, node, more] = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'].map((ip) =>
    newTarget(address(ip)),
  );
  wanted.add(other!, 'other');
  wanted.add(unheld!, 'unheld');
  wanted.add(node!, 'node');
  wanted.add(more!, 'node');
  const order = [];
  for (let next = wanted.first; next; next = wanted.first) {
    order.push(next);
    wanted.asked(next);
  }
  expect(order).toEqual([node, more, other, unheld]);
});

describe('in IPv6, where agents do not hear each other', () => {
  it.each([
    ['at rest', { agents: 7, perVip: 2 }, null, 7],
    ['alone', { agents: 1, perVip: 1 }, { count: 9, isLowest: false }, 1],
    ['all ask for the same', { agents: 3, perVip: 2 }, { count: 9, isLowest: false }, 2],
    [
      'two ask for the lowest, 20 times a second',
      { agents: 9, perVip: 2 },
      { count: 3, isLowest: true },
      2.5,
    ],
    ['six for the others, 10 times together', { agents: 9, perVip: 2 }, { count: 3, isLowest: false }, 30],
    ['all that are left', { agents: 9, perVip: 2 }, { count: 30, isLowest: false }, 40],
  ] as const)('a question counts for those of all: %s', (_, asking, fallen, times) => {
    expect(timesUnheard(asking, fallen)).toBe(times);
  });

  it('ten of them keep to the budget together', () => {
    const swarm = new Swarm({ vips: 60, nodes: 10, onFirst: 20, family: 6 });
    swarm.play(60 * SECOND);
    expect(swarm.count(30 * SECOND, 60 * SECOND)).toBeLessThanOrEqual(30 * 5);
    expect(swarm.count(30 * SECOND, 60 * SECOND)).toBeGreaterThanOrEqual(60);
    swarm.die(0);
    swarm.play(80 * SECOND);
    expect(swarm.most(60 * SECOND, 80 * SECOND)).toBeLessThanOrEqual(60);
    expect(swarm.count(72 * SECOND, 80 * SECOND)).toBeLessThanOrEqual(8 * 12);
  });
});
