import { describe, expect, it } from 'vitest';
import { ZERO_MAC } from '../../src/net/address.ts';
import { INTENT, ip, Lan, mac } from './lan.ts';

const NODES = [
  { name: 'w1', addresses: [ip('192.168.1.11')], macs: [] },
  { name: 'w2', addresses: [ip('192.168.1.12')], macs: [mac('12')], agentReady: false },
];

describe('nodes', () => {
  it('have the MACs that are listed, and those that are learned', () => {
    const lan = new Lan({ ...INTENT, nodes: NODES });
    expect(lan.watcher.nodes()).toEqual([
      { name: 'w1', addresses: ['192.168.1.11'], macs: [], isOwn: false, agentReady: null },
      { name: 'w2', addresses: ['192.168.1.12'], macs: [mac('12')], isOwn: false, agentReady: false },
    ]);
    lan.announce(mac('77'), ip('192.168.1.11'));
    expect(lan.watcher.nodes()[0]).toMatchObject({ name: 'w1', macs: [mac('77')] });
  });

  it('know their own: an agent is there', () => {
    const lan = new Lan({ ...INTENT, nodes: NODES });
    lan.watcher.setOwnInterfaces({
      addresses: [ip('192.168.1.12')],
      macs: [ZERO_MAC, mac('99')],
      networks: [],
    });
    expect(lan.watcher.nodes()[1]).toEqual({
      name: 'w2',
      addresses: ['192.168.1.12'],
      macs: [mac('12'), mac('99')],
      isOwn: true,
      agentReady: true,
    });
  });
});
