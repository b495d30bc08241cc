import { expect, it } from 'vitest';
import { SECOND } from '../../src/base/time.ts';
import { Origins } from '../../src/daemon/origins.ts';
import type { IpAddress } from '../../src/net/address.ts';
import { type IpRange, parseRange } from '../../src/net/range.ts';

const known = {
  own: ['192.168.1.11', 'fe80::1'] as IpAddress[],
  nodes: ['192.168.1.10', '192.168.1.11', 'fd00::10'] as IpAddress[],
  pods: [parseRange('10.42.0.0/24'), parseRange('fd42::/64')] as IpRange[],
};

it.each([
  ['node', ['127.0.0.1', '127.9.9.9', '::1', '192.168.1.11', 'fe80::1']],
  ['cluster', ['192.168.1.10', 'fd00::10', '10.42.0.7', 'fd42::7']],
  ['stranger', ['192.168.1.12', '10.42.1.7', '128.0.0.1', 'fd00::11', '::2', 'fd42:0:0:1::7']],
])('of the %s are %j', (origin, addresses) => {
  const origins = new Origins(
    () => 0,
    () => known,
  );
  expect(new Set(addresses.map((ip) => origins.of(ip as IpAddress)))).toEqual(new Set([origin]));
});

it('who becomes a node is known as one soon', () => {
  let now = 0;
  let nodes: IpAddress[] = [];
  const origins = new Origins(
    () => now,
    () => ({ ...known, nodes }),
  );
  const ip = '192.168.1.20' as IpAddress;
  expect(origins.of(ip)).toBe('stranger');
  nodes = [ip];
  now += 9 * SECOND;
  expect(origins.of(ip)).toBe('stranger');
  now += SECOND;
  expect(origins.of(ip)).toBe('cluster');
});
