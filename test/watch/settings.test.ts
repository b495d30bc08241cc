// How patient the watcher is depends on how many VIPs there are to ask for.
import { describe, expect, it } from 'vitest';
import { SECOND } from '../../src/base/time.ts';
import { settingsFor } from '../../src/probe/rates.ts';
import { INTENT, Lan, VIP, W1, W2 } from './lan.ts';

const isUp = (lan: Lan) => lan.watcher.vips(lan.now).find((row) => row.ip === VIP)?.up;

describe('with more VIPs than can be asked for each second', () => {
  it('an announcer is given the time of three questions, from the change on', () => {
    const lan = new Lan().reply(W1, VIP).wait(1).ask(VIP, 6);
    expect(isUp(lan)).toBe(false);
    lan.watcher.setSettings(settingsFor(SECOND, 4_000));
    expect(isUp(lan)).toBe(true);
    expect(isUp(lan.ask(VIP, 10))).toBe(false);
    lan.reply(W1, VIP).watcher.setSettings(settingsFor(SECOND, 1));
    expect(isUp(lan.wait(1).ask(VIP, 6))).toBe(false);
  });

  it('a takeover that waited for a silence is settled as soon as the silence is long enough', () => {
    const lan = new Lan(INTENT, { settings: settingsFor(SECOND, 20_000) });
    lan.gratuitous(W1, VIP).wait(1_000).gratuitous(W2, VIP);
    // W1 answers once more, and is then silent while W2 goes on.
    lan.wait(1_000).reply(W1, VIP).wait(2_000);
    for (let i = 0; i < 5; i += 1) lan.reply(W2, VIP).wait(2_000);
    expect(lan.watcher.takeovers()).toEqual([]);
    lan.watcher.setSettings(settingsFor(SECOND, 1));
    lan.wait(1);
    expect(lan.watcher.takeovers()).toMatchObject([{ from: { node: 'w1' }, to: { node: 'w2' } }]);
  });
});
