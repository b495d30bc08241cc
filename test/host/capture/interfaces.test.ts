import { describe, expect, it } from 'vitest';
import {
  chooseInterfaces,
  type InterfaceInfo,
  linkOf,
  vlansCapturedElsewhere,
} from '../../../src/host/capture/interfaces.ts';
import { parseIp } from '../../../src/net/address.ts';
import { interfaceInfo } from './interface-info.ts';

function iface(name: string, index: number, changes: Partial<InterfaceInfo> = {}): InterfaceInfo {
  return interfaceInfo(name, { index, ...changes });
}

const eth0 = iface('eth0', 2);
const vlan10 = iface('eth0.10', 3, { kind: 'vlan', vlan: { id: 10, parentIndex: 2 } });
const storage = iface('storage', 4, { kind: 'vlan', vlan: { id: 20, parentIndex: 2 } });

describe('chooseInterfaces() without configuration', () => {
  it.each([
    ['a plain interface', eth0, null],
    ['one without a cable', iface('eth1', 5, { running: false }), null],
    ['a VLAN interface', vlan10, null],
    ['a bond', iface('bond0', 5, { kind: 'bond' }), null],
    ['a bridge', iface('br0', 5, { kind: 'bridge' }), null],
    ['a wireless interface', iface('wlan0', 5), null],
    ['one that is switched off', iface('eth1', 5, { up: false, running: false }), 'down'],
    ['a bond slave or bridge port', iface('eth1', 5, { masterIndex: 9 }), 'has-master'],
    ['the loopback', iface('lo', 1, { loopback: true }), 'loopback'],
    ['WireGuard', iface('wg0', 5, { ethernet: false, noArp: true }), 'not-ethernet'],
    ['an interface without ARP', iface('eth1', 5, { noArp: true }), 'no-arp'],
    ["a container's", iface('veth1a2b', 5), 'excluded-name'],
    ["Calico's", iface('cali1a2b', 5), 'excluded-name'],
    ["kube-proxy's", iface('kube-ipvs0', 5), 'excluded-name'],
    ["Docker's", iface('docker0', 5), 'excluded-name'],
    ['one without broadcast', iface('eth1', 5, { broadcast: false }), 'no-broadcast'],
    [
      'one without broadcast but with a link-local address',
      iface('eth1', 5, { broadcast: false, addresses: [{ ip: parseIp('fe80::1')!, prefixLength: 64 }] }),
      null,
    ],
  ])('judges %s', (_, info, reason) => {
    const { chosen, skipped } = chooseInterfaces([info], null);
    expect(chosen).toEqual(reason === null ? [info] : []);
    expect(skipped).toEqual(reason === null ? [] : [{ name: info.name, index: info.index, reason }]);
  });

  it('names the lasting reason of an excluded interface that is also down', () => {
    const { skipped } = chooseInterfaces([iface('veth0', 5, { up: false })], null);
    expect(skipped[0]?.reason).toBe('excluded-name');
  });
});

describe('chooseInterfaces() with configured names', () => {
  const slave = iface('veth0', 5, { masterIndex: 9, noArp: true });
  const off = iface('eth1', 6, { up: false });
  const tunnel = iface('wg0', 7, { ethernet: false });
  it('takes exactly these, whatever their name or master', () => {
    const { chosen, skipped } = chooseInterfaces(
      [eth0, slave, off, tunnel],
      ['veth0', 'eth1', 'eth9', 'wg0', 'veth0'],
    );
    expect(chosen).toEqual([slave]);
    expect(skipped).toEqual([
      { name: 'eth1', index: 6, reason: 'down' },
      { name: 'eth9', index: null, reason: 'absent' },
      { name: 'wg0', index: 7, reason: 'not-ethernet' },
    ]);
  });
});

describe('linkOf()', () => {
  const all = [eth0, vlan10, storage];
  it.each([
    ['the interface itself', eth0, { interface: 'eth0', vlan: null }],
    ['its VLAN interface', vlan10, { interface: 'eth0', vlan: 10 }],
    ['a VLAN interface of any name', storage, { interface: 'eth0', vlan: 20 }],
    [
      'a VLAN interface whose parent is in another namespace',
      iface('eth0', 8, { vlan: { id: 30, parentIndex: null } }),
      { interface: 'eth0', vlan: null },
    ],
  ])('is that of %s', (_, info, link) => {
    expect(linkOf(info, all)).toEqual(link);
  });
});

describe('vlansCapturedElsewhere()', () => {
  it('leaves the frames of captured VLAN interfaces out of their parent, and of nothing else', () => {
    expect(vlansCapturedElsewhere(eth0, [eth0, vlan10, storage])).toEqual(new Set([10, 20]));
    expect(vlansCapturedElsewhere(eth0, [eth0, storage])).toEqual(new Set([20]));
    expect(vlansCapturedElsewhere(vlan10, [eth0, vlan10])).toEqual(new Set());
    expect(vlansCapturedElsewhere(iface('eth1', 9), [vlan10])).toEqual(new Set());
  });
});
