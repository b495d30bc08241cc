// DHCPv6 among IPv6 traffic: what is read, what is refused and why, and what is left.
import { describe, expect, it } from 'vitest';
import { parseIp } from '../../../src/net/address.ts';
import { encodeDhcpv6Message } from '../dhcpv6-message.ts';
import { Lan, PHONE } from '../lan.ts';

const ADDRESS = parseIp('fd00::99')!;
const FRAME = encodeDhcpv6Message({
  type: 'request',
  client: PHONE,
  addresses: [ADDRESS as never],
  server: 1,
});
const IP = 14;
const UDP = IP + 40;
const NEXT_HEADER = IP + 6;
const PAYLOAD_LENGTH = IP + 4;

function edited(edit: (bytes: Uint8Array) => void): Uint8Array {
  const bytes = FRAME.slice();
  edit(bytes);
  return bytes;
}

/** With an extension header of so many bytes, whose first one names UDP, before the datagram. */
function behind(kind: number, extension: readonly number[]): Uint8Array {
  const bytes = Uint8Array.from([...FRAME.subarray(0, UDP), ...extension, ...FRAME.subarray(UDP)]);
  bytes[NEXT_HEADER] = kind;
  const view = new DataView(bytes.buffer);
  view.setUint16(PAYLOAD_LENGTH, view.getUint16(PAYLOAD_LENGTH) + extension.length);
  return bytes;
}

const HOP_BY_HOP = 0;
const FRAGMENT = 44;

describe('a DHCPv6 frame', () => {
  it.each([
    ['as it is', FRAME],
    ['in a frame that is filled up', Uint8Array.from([...FRAME, ...new Uint8Array(8)])],
    ['behind an extension header', behind(HOP_BY_HOP, [17, 0, 1, 4, 0, 0, 0, 0])],
  ])('is read: %s', (_name, bytes) => {
    const lan = new Lan().frame(bytes);
    const { framesByProtocol, malformed, dhcpv6Messages, dhcpMessages } = lan.watcher.counters();
    expect(framesByProtocol).toContainEqual({ protocol: 'dhcpv6', interface: 'eth0', count: 1 });
    expect([malformed, dhcpMessages]).toEqual([[], []]);
    expect(dhcpv6Messages).toEqual([{ type: 'request', count: 1 }]);
    expect(lan.watcher.leases()).toMatchObject([{ ip: ADDRESS, segment: { name: 'eth0' } }]);
  });

  it('is of the VLAN that its tag names', () => {
    expect(new Lan().frame(FRAME, { strippedVlan: 10 }).watcher.leases()).toMatchObject([
      { segment: { vlan: 10 } },
    ]);
  });

  it.each([
    ['a wrong checksum', edited((bytes) => bytes.set([0xba, 0xad], UDP + 6)), 'bad-checksum'],
    ['a cut frame', FRAME.slice(0, -1), 'truncated'],
    ['a length that is too small', edited((bytes) => bytes.set([0, 7], UDP + 4)), 'bad-length'],
  ])('is refused for %s', (_name, bytes, reason) => {
    const { malformed } = new Lan().frame(bytes).watcher.counters();
    expect(malformed).toEqual([{ protocol: 'dhcpv6', reason, count: 1 }]);
  });

  it.each([
    ['a later fragment', behind(FRAGMENT, [17, 0, 0, 8, 0, 0, 0, 1]), 'fragment'],
    ['UDP of other ports', edited((bytes) => bytes.set([0xc0, 0, 0, 0x35], UDP)), 'other-ipv6'],
    ['UDP cut before its ports', FRAME.slice(0, UDP + 3), 'other-ipv6'],
  ])('is none: %s', (_name, bytes, reason) => {
    const { malformed, ignored } = new Lan().frame(bytes).watcher.counters();
    expect([malformed, ignored]).toEqual([[], [{ reason, count: 1 }]]);
  });
});
