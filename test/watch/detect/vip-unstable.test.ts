// A VIP that is away for a moment again and again.
import { describe, expect, it } from 'vitest';
import { CP, INTENT, ip, Lan, VIP, W1, W2 } from '../lan.ts';

/** Asked once a second, answered or not. */
function asked(lan: Lan, seconds: number, owner: typeof W1 | null): Lan {
  for (let i = 0; i < seconds; i += 1) {
    lan.ask(VIP, 1, 1);
    if (owner) lan.reply(owner, VIP, CP);
    lan.wait(999);
  }
  return lan;
}
/** Away for so many seconds, `times` a minute apart. */
function away(lan: Lan, seconds: number, times: number): Lan {
  for (let i = 0; i < times; i += 1) asked(asked(lan, seconds, null), 60 - seconds, W1);
  return lan;
}
const fresh = () => asked(new Lan(), 5, W1);

describe('vip-unstable', () => {
  it('is raised by the third outage that makes 30 s in all, and resolved an hour after the last', () => {
    const lan = away(fresh(), 10, 2);
    expect(lan.story()).toEqual([]);
    expect(lan.dismissed('away-seldom')).toBe(2);
    away(lan, 10, 1);
    expect(lan.story()).toEqual(['raised vip-unstable 192.168.1.50']);
    expect(lan.active()[0]?.message).toContain('was unanswered 3 times within an hour, 30 s in all');
    lan.wait(3_600_000);
    expect(lan.story().at(-1)).toBe('resolved vip-unstable 192.168.1.50');
  });

  it('is judged once for each outage, though all its questions are answered in the end', () => {
    const lan = asked(fresh(), 12, null);
    for (let i = 0; i < 12; i += 1) lan.reply(W1, VIP, CP).wait(1);
    expect(lan.dismissed('away-seldom')).toBe(1);
  });

  it('is not raised for less than 30 s in all', () => {
    expect(away(fresh(), 9, 3).story()).toEqual([]);
    expect(away(fresh(), 9, 4).story()).toEqual(['raised vip-unstable 192.168.1.50']);
  });

  it('is not raised for one outage more within the hour than two', () => {
    const lan = away(fresh(), 12, 2);
    asked(lan, 3600, W1);
    expect(away(lan, 12, 2).story()).toEqual([]);
  });

  it('is not raised for two questions that were lost, however often', () => {
    expect(away(fresh(), 2, 30).story()).toEqual([]);
  });

  it('does not count an answer that is late while it is asked for fast', () => {
    const hesitates = (lan: Lan, ms: number) => {
      lan.ask(VIP, ms / 50, 50).reply(W1, VIP, CP);
      return asked(lan, 60, W1);
    };
    const slow = (ms: number) => hesitates(hesitates(away(fresh(), 40, 1), ms), ms);
    expect(slow(900).story()).toEqual([]);
    expect(slow(1050).story()).toEqual(['raised vip-unstable 192.168.1.50']);
  });

  it('does not count an outage during which frames were lost, whose answers may be among them', () => {
    const lan = away(fresh(), 12, 2);
    const before = lan.now;
    asked(lan, 12, null);
    lan.watcher.framesLost(before + 5_000_000, before + 6_000_000);
    asked(lan, 48, W1);
    expect(lan.story()).toEqual([]);
    expect(lan.dismissed('frames-lost')).toBe(1);
    expect(away(lan, 12, 1).story()).toEqual(['raised vip-unstable 192.168.1.50']);
  });

  it('does not count an outage that silent-vip told of', () => {
    const lan = away(fresh(), 10, 2);
    const others = () => lan.request(W2, ip('192.168.1.12'), ip('192.168.1.1'));
    for (let i = 0; i < 25; i += 1) asked(others(), 1, null);
    asked(lan, 35, W1);
    expect(lan.story()).toEqual(['raised silent-vip 192.168.1.50', 'resolved silent-vip 192.168.1.50']);
    expect(lan.dismissed('told-as-silent')).toBe(1);
    expect(away(lan, 10, 1).story().at(-1)).toBe('raised vip-unstable 192.168.1.50');
    expect(lan.active()[0]?.message).toContain('was unanswered 3 times within an hour, 30 s in all');
  });

  it('does not count an outage that ended with another announcer', () => {
    const lan = fresh();
    for (let i = 0; i < 3; i += 1) {
      asked(asked(lan, 12, null), 200, W2);
      asked(asked(lan, 12, null), 200, W1);
    }
    expect(lan.raised().map(({ kind }) => kind)).not.toContain('vip-unstable');
  });

  describe('during failover tests', () => {
    /** Three outages, of which the last is one of a test; `around` tells of it before and after. */
    const withTest = (told: { readonly before?: number | null; readonly after?: null }) => {
      const lan = away(fresh(), 12, 2);
      if (told.before !== undefined)
        lan.watcher.failoverTest(VIP, lan.now, told.before && lan.now + told.before * 1_000_000);
      away(lan, 12, 1);
      if (told.after === null) lan.watcher.failoverTest(VIP, lan.now, null);
      return lan;
    };

    it('does not count them, whether the test is over or not', () => {
      for (const told of [{ before: 300 }, { before: 300, after: null }]) {
        const lan = withTest(told);
        expect(lan.story()).toEqual([]);
        expect(lan.dismissed('failover-test')).toBe(1);
      }
      expect(withTest({}).story()).toEqual(['raised vip-unstable 192.168.1.50']);
    });

    it('counts those after it', () => {
      const lan = away(asked(withTest({ before: 300, after: null }), 5, W1), 12, 1);
      expect(lan.story()).toEqual(['raised vip-unstable 192.168.1.50']);
      expect(lan.active()[0]?.message).toContain('3 times');
    });

    it('counts those after its time where nobody tells of its end', () => {
      expect(away(withTest({ before: 40 }), 12, 1).story()).toEqual(['raised vip-unstable 192.168.1.50']);
    });

    it('does not count one that begins in the test and outlasts it', () => {
      const lan = away(fresh(), 12, 2);
      lan.watcher.failoverTest(VIP, lan.now, lan.now + 300_000_000);
      asked(lan, 6, null);
      lan.watcher.failoverTest(VIP, lan.now, null);
      asked(asked(lan, 6, null), 10, W1);
      expect(lan.story()).toEqual([]);
    });

    it('knows none that was refused, nor one of another VIP', () => {
      const refused = away(fresh(), 12, 2);
      asked(refused, 6, null).watcher.failoverTest(VIP, refused.now, null);
      expect(asked(asked(refused, 6, null), 2, W1).story()).toEqual(['raised vip-unstable 192.168.1.50']);
      const other = away(fresh(), 12, 2);
      other.watcher.failoverTest(ip('192.168.1.51'), other.now, other.now + 300_000_000);
      expect(away(other, 12, 1).story()).toEqual(['raised vip-unstable 192.168.1.50']);
    });
  });

  it('ends when the address is no VIP any more', () => {
    const lan = away(fresh(), 12, 3).intend({ ...INTENT, vips: [] });
    expect(lan.story()).toEqual(['raised vip-unstable 192.168.1.50', 'resolved vip-unstable 192.168.1.50']);
  });
});
