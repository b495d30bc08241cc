import { describe, expect, it } from 'vitest';
import { INTENT, ip, Lan, mac, PHONE, VIP, W1 } from '../lan.ts';

const W1_IP = ip('192.168.1.11');
const REBUILT = mac('99');
const SECOND_CARD = mac('98');
const learning = () => new Lan({ ...INTENT, nodes: INTENT.nodes.map((node) => ({ ...node, macs: [] })) });
const holder = (lan: Lan) => lan.watcher.answers.holderOn(W1_IP, 'eth0')?.mac ?? null;

describe('who is to be asked', () => {
  it.each([
    ['listed', () => new Lan()],
    ['learned', learning],
  ])('is the node for its own address, its MAC being %s, whoever else claims that', (_, make) => {
    const lan = make().announce(W1, W1_IP).wait(1000);
    for (let times = 0; times < 11; times += 1) lan.announce(PHONE, W1_IP).wait(200);
    expect(holder(lan)).toBe(W1);
  });

  it('is the node though it was heard to ask alone', () => {
    expect(holder(new Lan().request(W1, W1_IP, VIP).announce(PHONE, W1_IP))).toBe(W1);
  });

  it('is the node by the MAC that is listed for it, though it was never heard', () => {
    expect(holder(new Lan().announce(PHONE, W1_IP))).toBe(W1);
  });

  it.each([
    ['that has the address', '192.168.1.11', SECOND_CARD],
    ['is not known', '10.0.0.11', PHONE],
  ])('is the node by the one of its cards %s', (_, address, mac) => {
    const addresses = [{ ip: ip(address), prefixLength: 24 }];
    const card = { name: 'eth1', mac: SECOND_CARD, addresses, segment: 'eth1' };
    const nodes = INTENT.nodes.map((node) =>
      node.addresses.includes(W1_IP) ? { ...node, macs: [W1, SECOND_CARD], interfaces: [card] } : node,
    );
    expect(holder(new Lan({ ...INTENT, nodes }).announce(PHONE, W1_IP))).toBe(mac);
  });

  it('is whoever claims an address of a node whose MAC nobody knows', () => {
    const nodes = INTENT.nodes.map((node) => ({ ...node, macs: [W1, SECOND_CARD] }));
    expect(holder(new Lan({ ...INTENT, nodes }).announce(PHONE, W1_IP))).toBe(PHONE);
  });

  it('is the MAC under which a node is back, once that is taken for its own', () => {
    const lan = learning().announce(W1, W1_IP).wait(90_000).announce(REBUILT, W1_IP).wait(5000);
    expect(holder(lan)).toBe(W1);
    lan.announce(REBUILT, W1_IP).wait(120_000).announce(REBUILT, W1_IP);
    expect(holder(lan)).toBe(REBUILT);
  });

  it('is nobody where no MAC is known and nobody claims it', () => {
    expect(holder(learning())).toBeNull();
  });
});
