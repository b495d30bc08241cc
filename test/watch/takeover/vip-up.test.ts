// Whether a VIP is up.
import { describe, expect, it } from 'vitest';
import { INTENT, ip, Lan, PHONE, VIP, W1 } from '../lan.ts';

describe('a VIP that this node announces', () => {
  const isUp = (lan: Lan) => lan.watcher.vips(lan.now)[0]?.up;

  it('is up while this node answers, though nobody else is seen to', () => {
    const lan = new Lan().gratuitous(W1, VIP, { outgoing: true }).wait(3_600_000);
    expect(isUp(lan)).toBe(true);
    for (let i = 0; i < 10; i += 1) {
      lan
        .request(PHONE, ip('192.168.1.77'), VIP)
        .reply(W1, VIP, PHONE, ip('192.168.1.77'), { outgoing: true })
        .wait(1000);
    }
    expect(isUp(lan)).toBe(true);
  });

  it("is down once this node's own questions stay unanswered too: another may have taken it over", () => {
    const lan = new Lan().gratuitous(W1, VIP, { outgoing: true }).wait(60_000);
    for (let i = 0; i < 6; i += 1) lan.request(PHONE, ip('192.168.1.77'), VIP).wait(1000);
    expect(isUp(lan)).toBe(null);
    expect(isUp(lan.ask(VIP, 3))).toBe(false);
  });

  it('is up by anyone who answers where no nodes are known', () => {
    const lan = new Lan({ ...INTENT, nodes: [] }).reply(W1, VIP);
    expect(lan.watcher.vips(lan.now)).toMatchObject([{ up: true, announcers: [{ mac: W1, node: null }] }]);
    expect(isUp(lan.wait(10_000))).toBe(null);
    expect(isUp(lan.ask(VIP, 3))).toBe(false);
  });
});
