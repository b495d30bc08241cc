import { describe, expect, it } from 'vitest';
import { addressSpace, ipText, networkRange } from '../../web/address-space.ts';
import type { ClusterNode, DhcpRange, Pool, Vip } from '../../web/api.ts';
import type { State } from '../../web/known.ts';

const EMPTY: State = { lostSince: null, readAt: null };
const pool = (first: string, last: string): Pool => ({
  name: 'p',
  ranges: [{ first, last }],
  autoAssign: true,
  total: 0,
  assigned: 0,
  leased: 0,
  taken: 0,
  free: 0,
});
const range = (first: string, last: string): DhcpRange => ({
  first,
  last,
  atLeast: false,
  source: 'configuration',
  name: 'dhcp.ranges',
  readAt: null,
});
const node = (name: string, ip: string): ClusterNode => ({
  name,
  addresses: [ip],
  macs: [],
  own: false,
  agentReady: null,
  agentVersion: null,
});
const vip = (ip: string): Vip => ({
  ip,
  service: null,
  pool: null,
  up: true,
  elected: null,
  announcers: [],
  lastTakeover: null,
  worstTakeover: null,
});

const at = (network: string, known: State, ip: string) =>
  addressSpace(network, known)!.cells.find(({ first }) => ipText(first) === ip)!;
const safe = (known: State) => {
  const found = addressSpace('192.168.1.0/24', known)!.safe;
  return found && `${ipText(found.first)}-${ipText(found.last)}`;
};

describe('the cells of a network', () => {
  it('are one an address up to 256, and blocks beyond', () => {
    const count = (network: string) => {
      const space = addressSpace(network, EMPTY)!;
      return [space.cells.length, space.block];
    };
    expect(count('192.168.1.0/24')).toEqual([256, 1]);
    expect(count('192.168.1.16/28')).toEqual([16, 1]);
    expect(count('10.0.0.0/16')).toEqual([256, 256]);
    expect(addressSpace('fd00::/64', EMPTY)).toBeNull();
    expect(networkRange('10.0.0.0/4')).toBeNull();
  });

  it('have the gravest role of their addresses', () => {
    const known: State = {
      ...EMPTY,
      vips: [vip('10.0.3.7')],
      nodes: [node('cp', '10.0.3.9')],
      pools: [pool('10.0.3.0', '10.0.3.63')],
      ranges: [range('10.0.0.2', '10.0.2.254')],
    };
    expect(at('10.0.0.0/16', known, '10.0.3.0')).toMatchObject({
      role: 'vip',
      used: 2,
      inPool: true,
      inDhcp: false,
    });
    expect(at('10.0.0.0/16', known, '10.0.0.0')).toMatchObject({ role: 'none', inPool: false, inDhcp: true });
    expect(
      at('192.168.1.0/24', { ...EMPTY, pools: [pool('192.168.1.50', '192.168.1.59')] }, '192.168.1.53').role,
    ).toBe('free');
  });
});

describe('the range that a router could keep', () => {
  const pools = [pool('192.168.1.50', '192.168.1.59')];

  it('is the longest run without pool, VIP and node, of what DHCP hands out', () => {
    expect(safe({ ...EMPTY, pools })).toBe('192.168.1.60-192.168.1.254');
    expect(safe({ ...EMPTY, pools, ranges: [range('192.168.1.2', '192.168.1.80')] })).toBe(
      '192.168.1.2-192.168.1.49',
    );
    expect(safe({ ...EMPTY, pools, nodes: [node('cp', '192.168.1.200')] })).toBe(
      '192.168.1.60-192.168.1.199',
    );
    expect(
      safe({ ...EMPTY, pools, vips: [vip('192.168.1.100')], nodes: [node('cp', '192.168.1.200')] }),
    ).toBe('192.168.1.101-192.168.1.199');
  });

  it('is the longest of all that DHCP hands out, in whatever order it is known', () => {
    const ranges = [range('192.168.1.40', '192.168.1.55'), range('192.168.1.100', '192.168.1.200')];
    expect(safe({ ...EMPTY, pools, ranges })).toBe('192.168.1.100-192.168.1.200');
    expect(safe({ ...EMPTY, pools, ranges: ranges.toReversed() })).toBe('192.168.1.100-192.168.1.200');
    const touching = [range('192.168.1.60', '192.168.1.99'), range('192.168.1.100', '192.168.1.120')];
    expect(safe({ ...EMPTY, pools, ranges: touching })).toBe('192.168.1.60-192.168.1.120');
  });

  it('is not spoken of without pools, nor where nothing is left', () => {
    expect(safe(EMPTY)).toBeNull();
    expect(safe({ ...EMPTY, pools: [pool('192.168.1.0', '192.168.1.255')] })).toBeNull();
  });
});
