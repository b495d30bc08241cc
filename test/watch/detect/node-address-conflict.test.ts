// Another MAC on a node's own address, each with the look-alike that must stay silent.
import { describe, expect, it } from 'vitest';
import { INTENT, ip, Lan, mac, PHONE, VIP, W1 } from '../lan.ts';

describe('node-address-conflict', () => {
  const W1_IP = ip('192.168.1.11');

  it("is raised for another MAC on a node's address", () => {
    const lan = new Lan().request(W1, W1_IP, ip('192.168.1.1')).announce(PHONE, W1_IP);
    expect(lan.raised()).toMatchObject([
      { kind: 'node-address-conflict', severity: 'critical', ip: W1_IP, macs: [W1, PHONE] },
    ]);
  });

  it("ends when the address is no node's any more", () => {
    const lan = new Lan().request(W1, W1_IP, ip('192.168.1.1')).announce(PHONE, W1_IP);
    lan.intend({ ...INTENT, nodes: INTENT.nodes.filter(({ name }) => name !== 'w1') });
    expect(lan.story()).toEqual([
      'raised node-address-conflict 192.168.1.11',
      'resolved node-address-conflict 192.168.1.11',
    ]);
  });

  it('is not raised for the node itself or for questions about it', () => {
    const lan = new Lan()
      .announce(W1, W1_IP)
      .request(PHONE, ip('192.168.1.77'), W1_IP)
      .acdProbe(PHONE, W1_IP);
    expect(lan.wait(60_000).story()).toEqual([]);
  });

  describe('where the MAC was learned', () => {
    const learning = () => new Lan({ ...INTENT, nodes: INTENT.nodes.map((node) => ({ ...node, macs: [] })) });

    it('is raised once both were heard in turn', () => {
      const lan = learning().announce(W1, W1_IP).wait(1000).announce(PHONE, W1_IP);
      expect(lan.story()).toEqual([]);
      lan.wait(1000).request(W1, W1_IP, ip('192.168.1.1'));
      expect(lan.raised()).toMatchObject([{ kind: 'node-address-conflict', macs: [W1, PHONE] }]);
    });

    it('is raised when the quiet node is heard again, and the other is never taken for the node', () => {
      const lan = learning().announce(W1, W1_IP).wait(70_000).announce(PHONE, W1_IP);
      expect(lan.watcher.unlearnedNodeAddresses()).toContain(W1_IP);
      lan.announce(PHONE, VIP).wait(1000).reply(W1, W1_IP);
      expect(lan.raised()).toMatchObject([{ kind: 'node-address-conflict', macs: [W1, PHONE] }]);
    });

    it('is not raised for a replaced network card', () => {
      const lan = learning().announce(W1, W1_IP).wait(90_000).announce(mac('99'), W1_IP).wait(5000);
      lan.announce(mac('99'), W1_IP).wait(120_000);
      expect(lan.story()).toEqual([]);
    });
  });
});
