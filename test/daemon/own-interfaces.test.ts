import { describe, expect, it } from 'vitest';
import { ownInterfaces } from '../../src/daemon/own-interfaces.ts';
import type { InterfaceInfo } from '../../src/host/capture/interfaces.ts';
import type { Mac } from '../../src/net/address.ts';
import { interfaceInfo } from '../host/capture/interface-info.ts';

function info(name: string, mac: string | null, over: Partial<InterfaceInfo> = {}): InterfaceInfo {
  return interfaceInfo(name, { mac: mac as Mac | null, ...over });
}

const ETH0 = info('eth0', '02:00:00:00:00:10');
const ETH1 = info('eth1', '02:00:00:00:00:11');
const VLAN = info('lan', '02:00:00:00:00:10', { kind: 'vlan', vlan: { id: 10, parentIndex: 1 } });
const CALI = info('cali1234', 'ee:ee:ee:ee:ee:ee');

describe('ownInterfaces()', () => {
  it('are those that MetalLB could announce on, watched or not, and no Pod’s', () => {
    const captured = [{ info: ETH0, link: { interface: 'eth0', vlan: null } }];
    expect(ownInterfaces([ETH0, ETH1, CALI], captured)).toEqual([
      { name: 'eth0', mac: '02:00:00:00:00:10', addresses: [], segment: 'eth0' },
      { name: 'eth1', mac: '02:00:00:00:00:11', addresses: [], segment: null },
    ]);
  });

  it('are the cards of a bond, too, under whose MACs it may answer, and no bridge’s ports', () => {
    const bond = info('bond0', '02:00:00:00:00:20', { index: 2, kind: 'bond' });
    const bridge = info('br0', '02:00:00:00:00:30', { index: 3, kind: 'bridge' });
    const card = info('eth2', '02:00:00:00:00:21', { masterIndex: 2 });
    const port = info('eth3', '02:00:00:00:00:31', { masterIndex: 3 });
    expect(ownInterfaces([bond, bridge, card, port], []).map(({ name, mac }) => [name, mac])).toEqual([
      ['bond0', '02:00:00:00:00:20'],
      ['br0', '02:00:00:00:00:30'],
      ['eth2', '02:00:00:00:00:21'],
    ]);
  });

  it('are also those that are watched because the configuration says so', () => {
    const captured = [{ info: CALI, link: { interface: 'cali1234', vlan: null } }];
    expect(ownInterfaces([CALI], captured)).toMatchObject([{ name: 'cali1234', segment: 'cali1234' }]);
  });

  it('name the segment that a VLAN interface, however named, is part of', () => {
    const captured = [{ info: VLAN, link: { interface: 'eth0', vlan: 10 } }];
    expect(ownInterfaces([VLAN], captured)).toMatchObject([{ name: 'lan', segment: 'eth0.10' }]);
  });
});
