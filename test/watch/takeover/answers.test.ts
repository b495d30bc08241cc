import { describe, expect, it } from 'vitest';
import { INTENT, ip, Lan, mac, PHONE, VIP, W1 } from '../lan.ts';

const W1_IP = ip('192.168.1.11');
const REBUILT = mac('99');
const learning = () => new Lan({ ...INTENT, nodes: INTENT.nodes.map((node) => ({ ...node, macs: [] })) });
const holder = (lan: Lan, address = W1_IP) => lan.watcher.answers.holderOn(address, 'eth0')?.mac ?? null;

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

  it('is whoever claims an address of a node that was never heard', () => {
    expect(holder(new Lan().announce(PHONE, W1_IP))).toBe(PHONE);
  });

  it('is the MAC under which a node is back, once that is taken for its own', () => {
    const lan = learning().announce(W1, W1_IP).wait(90_000).announce(REBUILT, W1_IP).wait(5000);
    expect(holder(lan)).toBe(W1);
    lan.announce(REBUILT, W1_IP).wait(120_000).announce(REBUILT, W1_IP);
    expect(holder(lan)).toBe(REBUILT);
  });

  it('is nobody where nobody claims it', () => {
    expect(holder(new Lan())).toBeNull();
  });
});
