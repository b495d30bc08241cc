// A VIP that is away for a moment again and again.
import { describe, expect, it } from 'vitest';
import { CP, INTENT, Lan, VIP, W1, W2 } from '../lan.ts';

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

  it('does not count an outage that ended with another announcer', () => {
    const lan = fresh();
    for (let i = 0; i < 3; i += 1) {
      asked(asked(lan, 12, null), 200, W2);
      asked(asked(lan, 12, null), 200, W1);
    }
    expect(lan.raised().map(({ kind }) => kind)).not.toContain('vip-unstable');
  });

  it('ends when the address is no VIP any more', () => {
    const lan = away(fresh(), 12, 3).intend({ ...INTENT, vips: [] });
    expect(lan.story()).toEqual(['raised vip-unstable 192.168.1.50', 'resolved vip-unstable 192.168.1.50']);
  });
});
