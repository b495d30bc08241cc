// A node that holds an address that it should not.
import { describe, expect, it } from 'vitest';
import type { Election, Intent } from '../../../src/intent/intent.ts';
import { INTENT, ip, Lan, PHONE, VIP, W1, W2 } from '../lan.ts';

const FREE = ip('192.168.1.55');

function held(lan: Lan, seconds: number, owner = W2, address = FREE): Lan {
  for (let i = 0; i < seconds; i += 5) lan.reply(owner, address).wait(5000);
  return lan;
}
function elect(election: Election): Intent {
  return {
    ...INTENT,
    vips: [{ address: VIP, service: 'traefik/traefik', elector: { elect: () => election } }],
  };
}

describe('stray-address', () => {
  it('is raised for a pool address that a node has held for two minutes, and resolved by quiet', () => {
    const lan = held(new Lan(), 120);
    expect(lan.story()).toEqual([]);
    expect(lan.dismissed('within-stray-grace')).toBe(24);
    held(lan, 5);
    expect(lan.raised()).toMatchObject([
      { kind: 'stray-address', severity: 'warning', ip: FREE, culprit: { node: 'w2' } },
    ]);
    expect(lan.raised()[0]?.remedy).toMatch(/add it to the VIPs.*kube-vip/);
    expect(lan.wait(600_000).story().at(-1)).toBe('resolved stray-address 192.168.1.55');
  });

  it('is not raised for a Service that was deleted a moment ago, nor for what another machine holds', () => {
    const lan = held(new Lan(), 300, W1, VIP).intend({ ...INTENT, vips: [] });
    expect(held(lan, 30, W1, VIP).wait(600_000).story()).toEqual([]);
    expect(
      held(new Lan(), 300, PHONE)
        .raised()
        .map(({ kind }) => kind),
    ).toEqual(['pool-address-taken']);
  });

  it('is not raised for a node that passes by again and again', () => {
    const lan = new Lan();
    for (let i = 0; i < 5; i += 1) held(lan, 60).wait(300_000);
    expect(lan.story()).toEqual([]);
  });

  it('ends when a Service gets the address', () => {
    const lan = held(new Lan(), 130).intend({ ...INTENT, vips: [{ address: FREE, service: 'a/b' }] });
    expect(lan.story()).toEqual(['raised stray-address 192.168.1.55', 'resolved stray-address 192.168.1.55']);
  });

  it('is raised for a VIP that no node can announce by the rules, until one can', () => {
    const lan = held(new Lan(elect({ node: null, reason: 'no-endpoint' })), 115, W1, VIP);
    expect(lan.story()).toEqual([]);
    held(lan, 15, W1, VIP);
    expect(lan.raised()).toMatchObject([{ kind: 'stray-address', ip: VIP, culprit: { node: 'w1' } }]);
    held(lan.intend(elect({ node: 'w1', interfaces: null })), 10, W1, VIP);
    expect(lan.story().at(-1)).toBe('resolved stray-address 192.168.1.50');
  });

  it('is not raised for a VIP that another controller may announce', () => {
    const lan = held(new Lan(elect({ node: null, reason: 'other-load-balancer-class' })), 300, W1, VIP);
    expect(lan.story()).toEqual([]);
  });

  it('asks for what a Service gave back, every ten seconds for three minutes', () => {
    const lan = new Lan().wait(1000).intend({ ...INTENT, vips: [] });
    let begun = 0;
    let wasAsked = false;
    for (let tenths = 0; tenths < 2400; tenths += 1) {
      const isAsked = lan.wait(100).watcher.freeToAsk().includes(VIP);
      if (isAsked && !wasAsked) begun += 1;
      if (tenths > 1810) expect(isAsked).toBe(false);
      wasAsked = isAsked;
    }
    expect(begun).toBe(18);
  });

  it('goes on asking as long as a node claims it, and for four addresses at once', () => {
    const vips = [50, 51, 52, 53, 54, 55].map((last) => ({
      address: ip(`192.168.1.${last}`),
      service: null,
    }));
    const lan = new Lan({ ...INTENT, vips }).intend({ ...INTENT, vips: [] });
    const seen = new Set<string>();
    for (let i = 0; i < 300; i += 1) {
      const asked = lan.wait(100).watcher.freeToAsk();
      expect(asked.length).toBeLessThanOrEqual(4);
      for (const one of asked) seen.add(one);
    }
    expect(seen.size).toBe(6);
    for (let i = 0; i < 600; i += 1) if (lan.wait(500).watcher.freeToAsk().includes(VIP)) lan.reply(W1, VIP);
    expect(lan.story()).toEqual(['raised stray-address 192.168.1.50']);
  });

  it('asks for nothing that a Service has, or never had', () => {
    const lan = new Lan()
      .wait(1000)
      .intend({ ...INTENT, vips: [] })
      .wait(5000)
      .intend(INTENT);
    for (let i = 0; i < 200; i += 1) expect(lan.wait(100).watcher.freeToAsk()).toEqual([]);
  });

  it('is not raised for a Service that is made and deleted again within two minutes', () => {
    const without = { ...INTENT, vips: [] };
    const lan = held(new Lan().intend(without), 20, W1, VIP).intend(INTENT);
    held(held(lan, 90, W1, VIP).intend(without), 25, W1, VIP);
    expect(lan.wait(600_000).story()).toEqual([]);
  });
});
