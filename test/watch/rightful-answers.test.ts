// Whose answers are an answer to a prober: a node's, under whichever MAC, and not an intruder's.
import { describe, expect, it } from 'vitest';
import type { Mac } from '../../src/net/address.ts';
import { CP, INTENT, ip, Lan, mac, PHONE, VIP, W1 } from './lan.ts';

const EXTENDER = mac('ee');
const VRRP = '00:00:5e:00:01:33' as Mac;

/** What the prober is told of the VIP, in the order in which it came. */
function told(story: (lan: Lan) => void): Mac[] {
  const answers: Mac[] = [];
  story(
    new Lan(INTENT, {
      onAnswer: (claim) => {
        if (claim.ip === VIP) answers.push(claim.mac);
      },
    }),
  );
  return answers;
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
    expect(told((lan) => lan.reply(W1, VIP).reply(PHONE, VIP).reply(EXTENDER, VIP))).toEqual([W1]);
  });

  it.each([1, 2])('is that of an extender with %i nodes behind it', (nodes) => {
    const answers = told((lan) => {
      behindExtender(lan, nodes);
      lan.ask(VIP).reply(EXTENDER, VIP).wait(1000);
      expect(lan.watcher.vips(lan.now)).toMatchObject([{ ip: VIP, up: true }]);
    });
    expect(answers).toEqual([EXTENDER]);
  });

  it('is that of a VRRP virtual MAC which holds it alone, and not beside a node', () => {
    expect(told((lan) => lan.reply(VRRP, VIP))).toEqual([VRRP]);
    expect(told((lan) => lan.reply(W1, VIP).reply(VRRP, VIP))).toEqual([W1]);
  });
});
