// Whose answers are an answer to a prober: a node's, under whichever MAC, and not an intruder's.
import { describe, expect, it } from 'vitest';
import type { Mac } from '../../src/net/address.ts';
import { CP, ip, Lan, mac, PHONE, VIP, W1 } from './lan.ts';

const EXTENDER = mac('ee');
const VRRP = '00:00:5e:00:01:33' as Mac;

/** Whose answer for the VIP counts last, for whoever asks; null: nobody's. */
function answerer(story: (lan: Lan) => void): Mac | null {
  const lan = new Lan();
  story(lan);
  return lan.watcher.answers.latest(VIP)?.mac ?? null;
}

/** It answers for the own address of so many nodes, and of w1 and w2 none of them does. */
function behindExtender(lan: Lan, nodes: number): void {
  for (const last of ['11', '12'].slice(0, nodes)) {
    const address = ip(`192.168.1.${last}`);
    for (let i = 0; i < 3; i += 1)
      lan.request(CP, ip('192.168.1.10'), address).reply(EXTENDER, address).wait(1000);
  }
}

describe('an answer for a VIP', () => {
  it('is a node’s, and no stranger’s', () => {
    expect(
      answerer((lan) => lan.reply(W1, VIP).wait(10).reply(PHONE, VIP).wait(10).reply(EXTENDER, VIP)),
    ).toBe(W1);
    expect(answerer((lan) => lan.reply(PHONE, VIP))).toBeNull();
  });

  it.each([1, 2])('is that of an extender with %i nodes behind it', (nodes) => {
    const last = answerer((lan) => {
      behindExtender(lan, nodes);
      lan.ask(VIP).reply(EXTENDER, VIP).wait(1000);
      expect(lan.watcher.vips(lan.now)).toMatchObject([{ ip: VIP, up: true }]);
    });
    expect(last).toBe(EXTENDER);
  });

  it('is that of a VRRP virtual MAC which holds it alone, and not beside a node', () => {
    expect(answerer((lan) => lan.reply(VRRP, VIP))).toBe(VRRP);
    expect(answerer((lan) => lan.reply(W1, VIP).wait(10).reply(VRRP, VIP))).toBe(W1);
  });
});
