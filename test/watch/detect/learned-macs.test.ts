// Nodes whose MACs are learned: who is taken for one until all are known.
import { describe, expect, it } from 'vitest';
import { CP, INTENT, ip, Lan, mac, ROUTER, VIP, W1, W2 } from '../lan.ts';

const W1_IP = ip('192.168.1.11');
const W2_IP = ip('192.168.1.12');
const OTHER = mac('77');
const ASKER = mac('90');
const LEARNED = { ...INTENT, nodes: INTENT.nodes.map((node) => ({ ...node, macs: [] })) };

function asked(lan: Lan, address: typeof VIP, ...owners: (typeof W1)[]): Lan {
  lan.request(ASKER, ip('192.168.1.90'), address).wait(1);
  for (const owner of owners) lan.reply(owner, address, ASKER, ip('192.168.1.90'));
  return lan.wait(999);
}

const kinds = (lan: Lan) => lan.raised().map(({ kind }) => kind);

describe('nodes whose MACs are learned', () => {
  it('are behind one extender, which takes nobody’s address', () => {
    const lan = new Lan(LEARNED);
    asked(lan, ip('192.168.1.10'), CP);
    for (let i = 0; i < 20; i += 1) for (const one of [W1_IP, W2_IP, VIP]) asked(lan, one, OTHER);
    expect(kinds(lan)).toEqual(['node-mac-differs']);
    expect(lan.active()[0]?.message).toContain('answers for w1 and w2');
  });

  it('stay robbed of an address by whoever was accused of it and answers beside them', () => {
    const lan = new Lan(LEARNED);
    for (let i = 0; i < 3; i += 1) asked(asked(lan, W1_IP, W1), W1_IP, OTHER);
    expect(lan.active()).toMatchObject([{ kind: 'node-address-conflict', culprit: { mac: OTHER } }]);
    for (let i = 0; i < 20; i += 1) asked(lan, W1_IP, W1, OTHER);
    expect(lan.active()).toMatchObject([{ kind: 'node-address-conflict', culprit: { mac: OTHER } }]);
  });

  it('are not accused as soon as the last of them is known', () => {
    const lan = new Lan(LEARNED);
    lan.request(CP, ip('192.168.1.10'), VIP).request(W2, W2_IP, VIP).reply(OTHER, VIP).wait(10);
    lan.request(ASKER, ip('192.168.1.90'), W1_IP).reply(W1, W1_IP, ASKER).wait(10);
    lan.request(CP, ip('192.168.1.10'), W1_IP).reply(OTHER, W1_IP).wait(5000);
    expect(kinds(lan)).not.toContain('foreign-claim');
  });

  it('are no reason to overlook a router that answers for them and for the pool', () => {
    const lan = new Lan(LEARNED);
    for (let i = 0; i < 5; i += 1) {
      asked(lan, ip('192.168.1.10'), CP, ROUTER);
      asked(lan, W1_IP, W1, ROUTER);
      asked(lan, W2_IP, W2, ROUTER);
      asked(lan, ip(`192.168.1.5${i + 2}`), ROUTER);
    }
    expect(kinds(lan)).toContain('proxy-arp');
  });
});
