import { describe, expect, it } from 'vitest';
import { claimOfArp } from '../../src/arp/claim.ts';
import { decodeArp } from '../../src/arp/packet.ts';
import { fromHex } from '../hex.ts';

const W1 = '02:00:00:00:00:11';
const VIP = '192.168.1.50';

/** Operation, sender MAC, sender IP, target MAC and target IP, in hex as on the wire. */
function claimOf(hex: string) {
  const decoded = decodeArp(fromHex(`0001 0800 06 04 ${hex}`));
  if (!decoded.ok) throw new Error(decoded.reason);
  return claimOfArp(decoded.value);
}

describe('claimOfArp()', () => {
  it.each([
    [
      'an ordinary request claims its sender pair',
      '0001 020000000011 c0a80132 000000000000 c0a80101',
      'request',
    ],
    ['an answer', '0002 020000000011 c0a80132 020000000010 c0a8010a', 'reply'],
    [
      'an announcement by request (RFC 5227)',
      '0001 020000000011 c0a80132 000000000000 c0a80132',
      'announcement',
    ],
    ['an announcement by reply', '0002 020000000011 c0a80132 000000000000 c0a80132', 'announcement'],
    [
      "MetalLB's request, target MAC all ones",
      '0001 020000000011 c0a80132 ffffffffffff c0a80132',
      'announcement',
    ],
    [
      "MetalLB's reply, target MAC all ones",
      '0002 020000000011 c0a80132 ffffffffffff c0a80132',
      'announcement',
    ],
    [
      'a request from a host whose target is no host',
      '0001 020000000011 c0a80132 000000000000 00000000',
      'request',
    ],
  ])('%s', (_name, hex, kind) => {
    expect(claimOf(hex)).toEqual({ ok: true, value: { kind, ip: VIP, mac: W1 } });
  });

  it('takes the target of an ACD probe as the address that someone is about to take', () => {
    expect(claimOf('0001 020000000011 00000000 000000000000 c0a80132')).toEqual({
      ok: true,
      value: { kind: 'acd-probe', ip: VIP, mac: W1 },
    });
  });

  it('a multicast MAC claims, as that of a load balancer does', () => {
    expect(claimOf('0002 03bf0a141ec8 c0a80132 020000000010 c0a8010a')).toMatchObject({
      ok: true,
      value: { kind: 'reply', ip: VIP, mac: '03:bf:0a:14:1e:c8' },
    });
  });

  it.each([
    ['reverse ARP', '0003 020000000011 c0a80132 020000000011 c0a80132', 'not-request-or-reply'],
    ['inverse ARP', '0008 020000000011 c0a80132 020000000010 c0a8010a', 'not-request-or-reply'],
    ['operation 0', '0000 020000000011 c0a80132 020000000010 c0a8010a', 'not-request-or-reply'],
    ['the zero MAC', '0002 000000000000 c0a80132 020000000010 c0a8010a', 'bad-sender-mac'],
    ['the broadcast MAC', '0002 ffffffffffff c0a80132 020000000010 c0a8010a', 'bad-sender-mac'],
    ['a reply from 0.0.0.0', '0002 020000000011 00000000 020000000010 c0a8010a', 'bad-address'],
    ['a probe for 0.0.0.0', '0001 020000000011 00000000 000000000000 00000000', 'bad-address'],
    ['a probe for a multicast address', '0001 020000000011 00000000 000000000000 e0000012', 'bad-address'],
    ['a probe for broadcast', '0001 020000000011 00000000 000000000000 ffffffff', 'bad-address'],
    ['a multicast sender', '0001 020000000011 e0000001 000000000000 c0a8010a', 'bad-address'],
    ['the last multicast address', '0001 020000000011 efffffff 000000000000 c0a8010a', 'bad-address'],
    ['a broadcast sender', '0001 020000000011 ffffffff 000000000000 c0a8010a', 'bad-address'],
    ['an announced broadcast address', '0001 020000000011 ffffffff 000000000000 ffffffff', 'bad-address'],
    ['a loopback sender', '0001 020000000011 7f000001 000000000000 c0a8010a', 'bad-address'],
  ])('finds no claim in %s', (_name, hex, reason) => {
    expect(claimOf(hex)).toEqual({ ok: false, reason });
  });

  it.each(['df', 'f0', '7e', '80'])('accepts a sender just outside the refused blocks: 0x%s/8', (octet) => {
    expect(claimOf(`0002 020000000011 ${octet}000001 020000000010 c0a8010a`)).toMatchObject({ ok: true });
  });
});
