// What the following of exchanges costs at most; what is concluded is in test/watch/detect/dhcpv6.test.ts.
import { expect, it } from 'vitest';
import { Dhcpv6Exchanges } from '../../src/dhcpv6/lease.ts';
import { decodeDhcpv6 } from '../../src/dhcpv6/packet.ts';
import type { Ipv6, Mac } from '../../src/net/address.ts';
import { fromHex } from '../hex.ts';
import { address, addresses, CLIENT_ID, message, VIP_HEX } from './message.ts';

const ENVELOPE = {
  source: 'fe80::aa' as Ipv6,
  sourceMac: '02:00:00:00:00:aa' as Mac,
  destinationMac: '33:33:00:01:00:02' as Mac,
};

function observe(exchanges: Dhcpv6Exchanges, hex: string) {
  const decoded = decodeDhcpv6(fromHex(hex));
  if (!decoded.ok) throw new Error(decoded.reason);
  return exchanges.observe(decoded.value, 'eth0', ENVELOPE);
}

const associations = (count: number, leases: string) =>
  Array.from({ length: count }, (_, i) => addresses(leases, i.toString(16).padStart(8, '0'))).join('');

it.each([
  { of: 8, looked: 8 },
  { of: 9, looked: 8 },
])('of a message with $of associations, $looked are looked at', ({ of, looked }) => {
  const exchanges = new Dhcpv6Exchanges();
  expect(observe(exchanges, message('01', CLIENT_ID, associations(of, ''))).startOver).toHaveLength(looked);
  const request = message('03', CLIENT_ID, associations(of, address(VIP_HEX)));
  expect(observe(exchanges, request).steps).toHaveLength(looked);
  // What is kept of it shows by what an answer that refuses all of it takes back.
  expect(observe(exchanges, message('07', CLIENT_ID, '000d 0002 0004')).steps).toHaveLength(looked);
});

it('of an association with nine addresses, eight are looked at', () => {
  const exchanges = new Dhcpv6Exchanges();
  const request = message('03', CLIENT_ID, associations(1, address(VIP_HEX).repeat(9)));
  expect(observe(exchanges, request).steps).toHaveLength(8);
});
