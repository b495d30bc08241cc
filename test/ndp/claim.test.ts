import { describe, expect, it } from 'vitest';
import { claimOfNdp } from '../../src/ndp/claim.ts';
import {
  decodeNdp,
  encodeNdp,
  type NdpMessage,
  type NdpOption,
  sourceMacOption,
  targetMacOption,
} from '../../src/ndp/packet.ts';
import type { Ipv6, Mac } from '../../src/net/address.ts';
import { decodeIpv6 } from '../../src/net/ipv6.ts';

const FRAME_SOURCE = '02:00:00:00:00:99' as Mac;
const W1 = '02:00:00:00:00:11' as Mac;
const ZERO = '00:00:00:00:00:00' as Mac;
const EVERYBODY = 'ff:ff:ff:ff:ff:ff' as Mac;
const VIP = 'fd00::50' as Ipv6;
const NODE = 'fe80::11' as Ipv6;

/** The claim of a packet as it comes off the wire. */
function claimOf(message: NdpMessage, source: string, destination: string, frameSource = FRAME_SOURCE) {
  const bytes = encodeNdp(message, { source: source as Ipv6, destination: destination as Ipv6 });
  const ip = decodeIpv6(bytes);
  if (!ip.ok) throw new Error(ip.reason);
  const ndp = decodeNdp(bytes, ip.value.payloadStart, ip.value.payloadEnd, ip.value);
  if (!ndp.ok) throw new Error(ndp.reason);
  return claimOfNdp(ndp.value, ip.value, frameSource);
}

function advertisement(solicited: boolean, options: NdpOption[], targetIp = VIP): NdpMessage {
  return { kind: 'neighbor-advertisement', router: false, solicited, override: true, targetIp, options };
}

function solicitation(options: NdpOption[], targetIp = VIP): NdpMessage {
  return { kind: 'neighbor-solicitation', targetIp, options };
}

const routerAdvertisement: NdpMessage = {
  kind: 'router-advertisement',
  settings: new Uint8Array(12),
  options: [sourceMacOption(W1)],
};

describe('claimOfNdp()', () => {
  it.each([
    [
      'an unsolicited advertisement announces its target',
      advertisement(false, [targetMacOption(W1)]),
      NODE,
      'ff02::1',
      { kind: 'announcement', ip: VIP, mac: W1 },
    ],
    [
      'a solicited one replies',
      advertisement(true, [targetMacOption(W1)]),
      NODE,
      'fe80::10',
      { kind: 'reply', ip: VIP, mac: W1 },
    ],
    [
      'without option, the frame names the MAC',
      advertisement(true, []),
      NODE,
      'fe80::10',
      { kind: 'reply', ip: VIP, mac: FRAME_SOURCE },
    ],
    [
      'a question claims the address it comes from',
      solicitation([sourceMacOption(W1)]),
      NODE,
      'ff02::1:ff00:50',
      { kind: 'request', ip: NODE, mac: W1 },
    ],
    [
      'DAD is about to take its target',
      solicitation([]),
      '::',
      'ff02::1:ff00:50',
      { kind: 'dad', ip: VIP, mac: FRAME_SOURCE },
    ],
    [
      'a router solicitation claims its source',
      { kind: 'router-solicitation', options: [sourceMacOption(W1)] } as const,
      NODE,
      'ff02::2',
      { kind: 'request', ip: NODE, mac: W1 },
    ],
    [
      'a router advertisement claims its source',
      routerAdvertisement,
      NODE,
      'ff02::1',
      { kind: 'request', ip: NODE, mac: W1 },
    ],
  ])('%s', (_name, message, source, destination, value) => {
    expect(claimOf(message, source, destination)).toEqual({ ok: true, value });
  });

  it.each([
    ['a question without option', solicitation([]), NODE, 'ff02::1:ff00:50', 'no-link-layer-address'],
    [
      'a router solicitation from nobody',
      { kind: 'router-solicitation', options: [] } as const,
      '::',
      'ff02::2',
      'no-link-layer-address',
    ],
    [
      'an advertised zero MAC',
      advertisement(false, [targetMacOption(ZERO)]),
      NODE,
      'ff02::1',
      'bad-sender-mac',
    ],
    [
      'an advertised broadcast MAC',
      advertisement(false, [targetMacOption(EVERYBODY)]),
      NODE,
      'ff02::1',
      'bad-sender-mac',
    ],
    [
      'a question from the broadcast MAC',
      solicitation([sourceMacOption(EVERYBODY)]),
      NODE,
      'ff02::1:ff00:50',
      'bad-sender-mac',
    ],
    [
      'an advertised unspecified address',
      advertisement(false, [targetMacOption(W1)], '::' as Ipv6),
      NODE,
      'ff02::1',
      'bad-address',
    ],
    [
      'an advertised loopback address',
      advertisement(false, [targetMacOption(W1)], '::1' as Ipv6),
      NODE,
      'ff02::1',
      'bad-address',
    ],
    [
      'a question from a multicast address',
      solicitation([sourceMacOption(W1)]),
      'ff02::5',
      'ff02::1:ff00:50',
      'bad-address',
    ],
    ['DAD for the loopback address', solicitation([], '::1' as Ipv6), '::', 'ff02::1:ff00:1', 'bad-address'],
  ])('finds no claim in %s', (_name, message, source, destination, reason) => {
    expect(claimOf(message, source, destination)).toEqual({ ok: false, reason });
  });

  it('finds one by a multicast MAC, as that of a load balancer is', () => {
    const mac = '03:bf:0a:14:1e:c8' as Mac;
    expect(claimOf(advertisement(false, [targetMacOption(mac)]), NODE, 'ff02::1')).toMatchObject({
      ok: true,
      value: { kind: 'announcement', mac },
    });
  });

  it('finds no claim where the frame that must name the MAC has a zero source (loopback)', () => {
    expect(claimOf(advertisement(true, []), NODE, 'fe80::10', ZERO)).toEqual({
      ok: false,
      reason: 'bad-sender-mac',
    });
  });
});
