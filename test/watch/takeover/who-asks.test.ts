// Whose questions agents count as their own: whoever asks may write any address, and any MAC that no node has, into them.
import { expect, it } from 'vitest';
import type { Ipv4, Mac } from '../../../src/net/address.ts';
import type { QuestionBy } from '../../../src/watch/takeover/vips.ts';
import { CP, INTENT, ip, Lan, mac, PHONE, VIP, W1 } from '../lan.ts';

const CP_IP = ip('192.168.1.10');
const W1_IP = ip('192.168.1.11');
const W2_IP = ip('192.168.1.12');
const EXTENDER = mac('77');

function heard(): { readonly lan: Lan; readonly by: (asker: Mac, askerIp: Ipv4) => QuestionBy[] } {
  const told: QuestionBy[] = [];
  const lan = new Lan(INTENT, { onQuestion: (_, by) => told.push(by) });
  return {
    lan,
    by: (asker, askerIp) => {
      told.length = 0;
      lan.request(asker, askerIp, VIP);
      return [...told];
    },
  };
}

/** It alone answers for these nodes' own addresses. */
function answersFor(lan: Lan, nodes: readonly Ipv4[]): void {
  for (let i = 0; i < 20; i += 1) {
    for (const node of nodes) lan.request(CP, CP_IP, node).wait(1).reply(EXTENDER, node).wait(499);
  }
}

it('a node asks under its own MAC', () => {
  const { lan, by } = heard();
  expect(by(W1, W1_IP)).toEqual(['node']);
  lan.gratuitous(W1, VIP);
  expect(by(W1, W1_IP)).toEqual(['announcer']);
  expect(by(CP, CP_IP)).toEqual(['node']);
});

it('an unknown MAC that writes the address of a node into its questions is a stranger', () => {
  const { lan, by } = heard();
  expect(by(PHONE, W1_IP)).toEqual(['stranger']);
  lan.wait(60_000);
  expect(by(PHONE, W1_IP)).toEqual(['stranger']);
});

it('an extender that answers for several nodes asks for those, and for no other', () => {
  const { lan, by } = heard();
  answersFor(lan, [W1_IP, W2_IP]);
  expect(by(EXTENDER, W1_IP)).toEqual(['node']);
  expect(by(EXTENDER, W2_IP)).toEqual(['node']);
  expect(by(EXTENDER, CP_IP)).toEqual(['stranger']);
  expect(by(EXTENDER, ip('192.168.1.77'))).toEqual(['stranger']);
});

it('what answers for one node alone is that node, whatever address it asks from', () => {
  const { lan, by } = heard();
  answersFor(lan, [W1_IP]);
  expect(by(EXTENDER, W1_IP)).toEqual(['node']);
});
