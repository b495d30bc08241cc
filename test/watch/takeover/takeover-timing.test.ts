// How exactly a takeover is timed, by the questions that were asked, and who may time it at all.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MILLISECOND } from '../../../src/base/time.ts';
import type { Takeover } from '../../../src/watch/takeover/takeover.ts';
import { CP, INTENT, ip, Lan, VIP, W1, W2 } from '../lan.ts';

const OWN = { addresses: [ip('192.168.1.12')], macs: [W2], networks: [] };
const W3 = '02:00:00:00:00:13' as typeof W1;
const WITH_W3 = {
  ...INTENT,
  nodes: [...INTENT.nodes, { name: 'w3', addresses: [ip('192.168.1.13')], macs: [W3] }],
};

/** An agent on w2. */
function agent(): Lan {
  const lan = new Lan(WITH_W3);
  lan.watcher.setOwnInterfaces(OWN);
  return lan;
}
/** A question every `every` ms, each answered after a millisecond. */
function answered(lan: Lan, owner: typeof W1, times: number, every = 1000): Lan {
  for (let i = 0; i < times; i += 1)
    lan
      .ask(VIP, 1, 1)
      .reply(owner, VIP, W2, ip('192.168.1.12'))
      .wait(every - 1);
  return lan;
}
const only = (lan: Lan): Takeover => {
  expect(lan.watcher.takeovers()).toHaveLength(1);
  return lan.watcher.takeovers()[0]!;
};
const timing = ({ gapMs, uncertaintyMs, overlapMs, phases }: Takeover) => ({
  gapMs,
  uncertaintyMs,
  overlapMs,
  ...phases,
});

describe('a takeover is timed', () => {
  it('to the interval before the first missed question and the one before the new announcer', () => {
    const lan = answered(agent(), W1, 5);
    // Missed at 5000, then every 50 ms from 5300 on; w3 announces at 11,020 and answers the question of 11,050.
    lan.ask(VIP, 1, 300).ask(VIP, 114, 50).wait(20).gratuitous(W3, VIP).wait(30);
    answered(lan, W3, 20, 50);
    answered(lan, W3, 10);
    expect(only(lan)).toMatchObject({ class: 'failover', from: { node: 'w1' }, to: { node: 'w3' } });
    expect(timing(only(lan))).toEqual({
      gapMs: 11_020 - 4001,
      // 5000 - 4001 at its beginning, 11,020 - 10,950 at its end.
      uncertaintyMs: 999 + 70,
      overlapMs: 0,
      announcedMs: 11_020 - 4001,
      answeredMs: 11_051 - 4001,
    });
  });

  it('by the answer alone, where the announcement was not seen: the question it answers was not missed', () => {
    const lan = answered(agent(), W1, 5);
    lan.ask(VIP, 1, 300).ask(VIP, 20, 50);
    answered(lan, W3, 10);
    // Missed from 5000 to 6250; the answer to the question of 6300 came at 6301.
    expect(timing(only(lan))).toEqual({
      gapMs: 2300,
      uncertaintyMs: 2300 - 1250,
      overlapMs: 0,
      announcedMs: null,
      answeredMs: 2300,
    });
  });

  it('not at all where no question was missed: the old one may have answered until the last moment', () => {
    const lan = answered(agent(), W1, 5).gratuitous(W3, VIP).wait(300);
    answered(lan, W3, 10);
    const { gapMs, uncertaintyMs } = only(lan);
    expect([gapMs, uncertaintyMs]).toEqual([999, 999]);
  });

  it('as an overlap, without uncertainty, where both answered', () => {
    const lan = answered(agent(), W1, 5).gratuitous(W3, VIP).wait(1).reply(W1, VIP, W2).wait(99);
    answered(lan, W3, 10);
    expect(only(lan).class).toBe('handover');
    expect(timing(only(lan))).toEqual({
      gapMs: 0,
      uncertaintyMs: 0,
      overlapMs: 1,
      announcedMs: 0,
      answeredMs: 100,
    });
  });

  it('by the time a frame came at, not by when it was read', () => {
    const lan = answered(agent(), W1, 5);
    const before = lan.now;
    // Time was told to have passed meanwhile, as between a frame's arrival and its reading.
    lan.ask(VIP, 1, 40);
    lan.ago(30).gratuitous(W3, VIP).wait(30);
    answered(lan, W3, 10);
    expect(only(lan).at).toBe(before + 10 * MILLISECOND);
    expect(only(lan)).toMatchObject({ gapMs: 1009, uncertaintyMs: 1009 });
  });
});

describe('a takeover is reported', () => {
  const stealthily = (lan: Lan) =>
    lan.wait(3_600_000).gratuitous(W3, VIP).wait(1100).gratuitous(W3, VIP).wait(20_000);

  it('by no agent that lost sight of the old announcer: its gap would be an hour', () => {
    const lan = stealthily(agent().gratuitous(W1, VIP));
    expect(lan.watcher.takeovers()).toEqual([]);
    expect(lan.watcher.counters().takeovers).toBe(0);
    expect(lan.story()).toEqual([]);
    expect(lan.dismissed('not-witnessed')).toBe(1);
    expect(lan.watcher.announcerOf(VIP)).toBe('w3');
  });

  it('by an agent that asked all the time, however long the silence', () => {
    const lan = answered(agent(), W1, 5);
    lan.request(CP, ip('192.168.1.10'), ip('192.168.1.1')).ask(VIP, 600);
    answered(lan, W3, 10);
    expect(only(lan)).toMatchObject({ gapMs: 601_000, uncertaintyMs: expect.closeTo(2000, -1) });
    expect(lan.watcher.counters().takeovers).toBe(1);
  });

  it('by the node that takes over, where the old announcer answers its first announcement', () => {
    const lan = agent().gratuitous(W1, VIP).wait(3_600_000).gratuitous(W2, VIP, { outgoing: true });
    lan.wait(1).reply(W1, VIP, W2, VIP).wait(1100).gratuitous(W2, VIP, { outgoing: true }).wait(20_000);
    expect(only(lan)).toMatchObject({ class: 'handover', gapMs: 0, overlapMs: 1, to: { node: 'w2' } });
  });

  it('by the node that loses it, which sees that it leaves questions unanswered', () => {
    const lan = agent().gratuitous(W2, VIP, { outgoing: true }).wait(1000);
    const asks = () => lan.request(CP, ip('192.168.1.10'), VIP);
    for (let i = 0; i < 5; i += 1) {
      asks().reply(W2, VIP, CP, ip('192.168.1.10'), { outgoing: true }).wait(1000);
    }
    for (let i = 0; i < 8; i += 1) asks().wait(1000);
    lan.gratuitous(W3, VIP).wait(1100).gratuitous(W3, VIP).wait(20_000);
    expect(only(lan)).toMatchObject({
      class: 'failover',
      from: { node: 'w2' },
      to: { node: 'w3' },
      gapMs: 9000,
    });
    // What it left open another may have answered, for all it knows: answers to others do not come here.
    expect(only(lan).uncertaintyMs).toBe(9000);
  });

  it('by the node that loses it and asks itself: what it asked after it left others in the lurch is a certain silence', () => {
    const lan = agent().gratuitous(W2, VIP, { outgoing: true }).wait(1000);
    const asks = () => lan.request(CP, ip('192.168.1.10'), VIP).ask(VIP, 1, 1);
    for (let i = 0; i < 5; i += 1) {
      asks().reply(W2, VIP, CP, ip('192.168.1.10'), { outgoing: true }).wait(999);
    }
    for (let i = 0; i < 8; i += 1) asks().wait(999);
    lan.gratuitous(W3, VIP).wait(1100).gratuitous(W3, VIP).wait(20_000);
    expect(only(lan).gapMs).toBe(8999);
    expect(only(lan).uncertaintyMs).toBeLessThan(2500);
  });

  it('by the node that loses it and is told nothing: it is to ask for what it has lost', () => {
    const lan = agent().gratuitous(W2, VIP, { outgoing: true }).wait(1000);
    const asks = () => lan.request(CP, ip('192.168.1.10'), VIP);
    for (let i = 0; i < 5; i += 1) {
      asks().reply(W2, VIP, CP, ip('192.168.1.10'), { outgoing: true }).wait(1000);
    }
    expect(lan.watcher.lost()).toEqual([]);
    for (let i = 0; i < 5; i += 1) asks().wait(1000);
    expect(lan.watcher.lost()).toEqual([VIP]);
    answered(lan, W3, 10);
    expect(only(lan)).toMatchObject({ class: 'failover', from: { node: 'w2' }, to: { node: 'w3' } });
    expect(lan.watcher.lost()).toEqual([]);
  });

  it('from any capture: it is all there is; but its gap is wholly uncertain, and so no slow failover', () => {
    const lan = stealthily(new Lan(WITH_W3).gratuitous(W1, VIP));
    expect(only(lan)).toMatchObject({ gapMs: 3_600_000, uncertaintyMs: 3_600_000 });
    expect(lan.story()).toEqual([]);
  });

  it.each([
    [1, []],
    [2, ['raised slow-failover 192.168.1.50']],
  ])(
    'is no slow failover where none of its silence is proved: by %i questions without an answer',
    (times, told) => {
      const lan = new Lan(WITH_W3);
      const ask = () => lan.request(CP, ip('192.168.1.10'), VIP).wait(1);
      for (let i = 0; i < 5; i += 1) ask().reply(W1, VIP, CP).wait(999);
      for (let i = 0; i < times; i += 1) ask().wait(999);
      lan.wait(12_000).gratuitous(W3, VIP);
      for (let i = 0; i < 10; i += 1) ask().reply(W3, VIP, CP).wait(999);
      expect(only(lan)).toMatchObject({
        class: 'failover',
        uncertaintyMs: only(lan)!.gapMs - (times - 1) * 1000,
      });
      expect(lan.story()).toEqual(told);
    },
  );

  it('with its uncertainty, from a capture that holds the answers to someone’s questions', () => {
    const lan = new Lan(WITH_W3);
    const ask = () => lan.request(CP, ip('192.168.1.10'), VIP).wait(1);
    for (let i = 0; i < 5; i += 1) ask().reply(W1, VIP, CP).wait(999);
    for (let i = 0; i < 12; i += 1) ask().wait(999);
    for (let i = 0; i < 10; i += 1) ask().reply(W3, VIP, CP).wait(999);
    expect(only(lan)).toMatchObject({ gapMs: 13_000, uncertaintyMs: 2000 });
    expect(lan.raised()).toMatchObject([{ kind: 'slow-failover', ip: VIP, macs: [W1, W3] }]);
    expect(lan.raised()[0]?.message).toBe(
      'VIP 192.168.1.50 of traefik/traefik took too long to go from w1 to w3: 11 to 13 s without an answer, where 10 s is the limit.',
    );
    // It ends when the address is no VIP any more.
    expect(lan.intend({ ...WITH_W3, vips: [] }).active()).toEqual([]);
  });
});

describe('is no takeover', () => {
  it('a speaker that was killed and is back before another takes over', () => {
    const lan = answered(agent(), W1, 5).ask(VIP, 34, 50);
    for (let i = 0; i < 5; i += 1) answered(lan.gratuitous(W1, VIP), W1, 22, 50);
    expect(answered(lan, W1, 30).watcher.takeovers()).toEqual([]);
    expect(lan.story()).toEqual([]);
  });

  it('a drain and the failback after it are two, and no flapping', () => {
    const lan = answered(agent(), W1, 5);
    for (const owner of [W3, W1]) answered(lan.gratuitous(owner, VIP).wait(50), owner, 30);
    expect(lan.watcher.takeovers().map(({ class: kind }) => kind)).toEqual(['failover', 'failback']);
    expect(lan.story()).toEqual([]);
  });
});

describe('whatever happens', () => {
  const owner = fc.constantFrom(CP, W1, W3, W2);
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('reply' as const), owner }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('announce' as const), owner }) },
    { weight: 6, arbitrary: fc.record({ do: fc.constant('ask' as const), owner }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('question' as const), owner }) },
  );
  const pause = fc.oneof(fc.nat({ max: 60 }), fc.nat({ max: 2000 }), fc.nat({ max: 20_000 }));
  const late = fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.nat({ max: 100 }));
  const steps = fc.array(fc.record({ step, pause, late, times: fc.integer({ min: 1, max: 6 }) }), {
    minLength: 2,
    maxLength: 50,
  });

  for (const isLive of [true, false]) {
    it(`no figure of a takeover contradicts another, ${isLive ? 'live' : 'in a capture'}`, () => {
      let seen = 0;
      let bounded = 0;
      fc.assert(
        fc.property(steps, (played) => {
          const lan = isLive ? agent() : new Lan(WITH_W3);
          for (const { step: next, pause: ms, late: behind, times } of played) {
            for (let i = 0; i < times; i += 1) {
              const outgoing = isLive && next.owner === W2;
              lan.wait(ms / times);
              if (next.do === 'ask') lan.ask(VIP, 1, 0);
              else if (next.do === 'question') lan.request(CP, ip('192.168.1.10'), VIP);
              else if (next.do === 'reply')
                lan.ago(behind).reply(next.owner, VIP, CP, undefined, { outgoing });
              else lan.ago(behind).gratuitous(next.owner, VIP, { outgoing });
              lan.ago(0);
            }
          }
          const found = lan.wait(120_000).finish().watcher.takeovers();
          seen += found.length;
          let before: Takeover | undefined;
          for (const takeover of found) {
            const { gapMs, overlapMs, uncertaintyMs, from, to, phases, at, lastOld } = takeover;
            expect(gapMs).toBeGreaterThanOrEqual(0);
            expect(overlapMs).toBeGreaterThanOrEqual(0);
            expect(Math.min(gapMs, overlapMs)).toBe(0);
            expect(uncertaintyMs).toBeGreaterThanOrEqual(0);
            expect(uncertaintyMs).toBeLessThanOrEqual(gapMs);
            if (overlapMs === 0) expect(at - lastOld).toBeCloseTo(gapMs * 1000, 0);
            expect(from.node).not.toBe(to.node);
            expect(from.mac).not.toBe(to.mac);
            if (before) expect(at).toBeGreaterThanOrEqual(before.at);
            // Live, a change that nobody watched is passed over.
            if (before && !isLive) expect(from).toEqual(before.to);
            for (const phase of Object.values(phases))
              if (phase !== null) expect(phase).toBeGreaterThanOrEqual(0);
            expect(phases.announcedMs ?? phases.answeredMs).not.toBeNull();
            if (uncertaintyMs > 0 && uncertaintyMs < gapMs) bounded += 1;
            before = takeover;
          }
        }),
        { numRuns: 300 },
      );
      expect(seen).toBeGreaterThan(100);
      expect(bounded).toBeGreaterThan(isLive ? 20 : 0);
    });
  }
});
