// What the kernel writes of its neighbours and ways.
import { describe, expect, it } from 'vitest';
import { askNeighbours, networksOf, parseArpTable, parseGateways } from '../../src/host/neighbours.ts';

const ARP = `IP address       HW type     Flags       HW address            Mask     Device
192.168.1.1      0x1         0x2         02:00:00:00:00:01     *        eth0
192.168.1.240    0x1         0x0         00:00:00:00:00:00     *        eth0
192.168.1.241    0x1         0x6         02:00:00:00:00:bb     *        eth0
`;
const ROUTE = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth1\t00000000\t0102A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth0\t0001A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
eth0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0
`;

describe('the ARP table', () => {
  it('tells those that answered, also by hand', () => {
    expect(parseArpTable(ARP)).toEqual([
      { ip: '192.168.1.1', mac: '02:00:00:00:00:01', interface: 'eth0' },
      { ip: '192.168.1.241', mac: '02:00:00:00:00:bb', interface: 'eth0' },
    ]);
    expect(parseArpTable('')).toEqual([]);
  });
});

describe('the routes', () => {
  it('tell the default gateway of an interface', () => {
    expect(parseGateways(ROUTE, 'eth0')).toEqual(['192.168.1.1']);
    expect(parseGateways(ROUTE, 'eth1')).toEqual(['192.168.2.1']);
    expect(parseGateways(ROUTE, 'eth2')).toEqual([]);
  });
});

describe('this machine', () => {
  it('knows its loopback, which answers no ARP', async () => {
    expect(networksOf('lo')).toContain('127.0.0.1/8');
    expect(networksOf('no-such-link')).toBeUndefined();
    expect(await askNeighbours(['127.0.0.1'])).toEqual([]);
  });
});
