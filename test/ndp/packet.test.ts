import { describe, expect, it } from 'vitest';
import {
  decodeNdp,
  encodeNdp,
  multicastMac,
  type NdpMessage,
  solicitedNodeMulticast,
  sourceMacOption,
  targetMacOption,
} from '../../src/ndp/packet.ts';
import type { Ipv6, Mac } from '../../src/net/address.ts';
import { checksumOf, foldSum, sumOfWords } from '../../src/net/checksum.ts';
import { decodeIpv6 } from '../../src/net/ipv6.ts';
import { checkCodec } from '../codec.ts';
import { fromHex, toHex } from '../hex.ts';

const CHECKSUM = 42;
const NODE = 'fe800000000000000000000000000011';
const ASKER = 'fe800000000000000000000000000010';
const VIP = 'fd000000000000000000000000000050';
const ALL_NODES = 'ff020000000000000000000000000001';
const SOLICITED_NODE = 'ff0200000000000000000001ff000050';
const UNSPECIFIED = '00000000000000000000000000000000';

/** A whole IPv6 packet; the checksum is put right, so that each case breaks one rule alone. */
function packet(source: string, destination: string, icmp: string, { hopLimit = 'ff' } = {}): Uint8Array {
  const bytes = fromHex(`60000000 0000 3a ${hopLimit} ${source} ${destination} ${icmp}`);
  new DataView(bytes.buffer).setUint16(4, bytes.length - 40);
  return repaired(bytes);
}

function repaired(bytes: Uint8Array): Uint8Array {
  const ip = decodeIpv6(bytes);
  if (!ip.ok || ip.value.nextHeader !== 58 || ip.value.payloadEnd - ip.value.payloadStart < 4) return bytes;
  const { payloadStart, payloadEnd, pseudoHeaderSum } = ip.value;
  const right = bytes.slice();
  right.set([0, 0], payloadStart + 2);
  const sum = pseudoHeaderSum + sumOfWords(right, payloadStart, payloadEnd);
  new DataView(right.buffer).setUint16(payloadStart + 2, checksumOf(sum));
  return right;
}

function decode(bytes: Uint8Array, start = 0, end = bytes.length) {
  const ip = decodeIpv6(bytes, start, end);
  if (!ip.ok) return ip;
  return decodeNdp(bytes, ip.value.payloadStart, ip.value.payloadEnd, ip.value);
}

checkCodec({
  name: 'NDP in IPv6',
  decode: (bytes, start = 0, end = bytes.length) => {
    const ip = decodeIpv6(bytes, start, end);
    if (!ip.ok) return ip;
    const ndp = decodeNdp(bytes, ip.value.payloadStart, ip.value.payloadEnd, ip.value);
    if (!ndp.ok) return ndp;
    const { source, destination } = ip.value;
    return { ok: true, value: { source, destination, packet: ndp.value } } as const;
  },
  encode: (value) => encodeNdp(value.packet, value),
  repair: repaired,
  samples: {
    'a solicitation with source option': `60000000 0020 3a ff ${ASKER} ${SOLICITED_NODE}
      87 00 7b5d 00000000 ${VIP}  01 01 020000000010`,
    'duplicate address detection': `60000000 0018 3a ff ${UNSPECIFIED} ${SOLICITED_NODE}
      87 00 7d07 00000000 ${VIP}`,
    "MetalLB's unsolicited advertisement": `60000000 0020 3a ff ${NODE} ${ALL_NODES}
      88 00 58ac 20000000 ${VIP}  02 01 020000000011`,
    'a solicited advertisement': `60000000 0020 3a ff ${NODE} ${ASKER}
      88 00 391f 40000000 ${VIP}  02 01 020000000011`,
    'a router solicitation': `60000000 0008 3a ff ${UNSPECIFIED} ff020000000000000000000000000002
      85 00 7bb8 00000000`,
    'a router advertisement with MTU and source options': `60000000 0020 3a ff ${NODE} ${ALL_NODES}
      86 00 2718 40000708 00000000 00000000  05 01 0000 000005dc  01 01 020000000011`,
  },
});

describe('decodeNdp()', () => {
  it('reads an advertisement', () => {
    const bytes = packet(NODE, ASKER, `88 00 0000 e0000000 ${VIP} 02 01 020000000011`);
    expect(decode(bytes)).toEqual({
      ok: true,
      value: {
        kind: 'neighbor-advertisement',
        router: true,
        solicited: true,
        override: true,
        targetIp: 'fd00::50',
        options: [{ type: 2, value: fromHex('020000000011') }],
        sourceMac: null,
        targetMac: '02:00:00:00:00:11',
        checksum: 'verified',
      },
    });
  });

  it.each([
    ['80000000', { router: true, solicited: false, override: false }],
    ['40000000', { router: false, solicited: true, override: false }],
    ['20000000', { router: false, solicited: false, override: true }],
    // Reserved bits say nothing.
    ['1fffffff', { router: false, solicited: false, override: false }],
  ])('reads the flags of %s', (flags, value) => {
    expect(decode(packet(NODE, ASKER, `88 00 0000 ${flags} ${VIP}`))).toMatchObject({ ok: true, value });
  });

  it('keeps options that it does not know, and copies them from the buffer', () => {
    const bytes = packet(ASKER, SOLICITED_NODE, `87 00 0000 00000000 ${VIP} 0e 01 279ab730591b`);
    const decoded = decode(bytes);
    bytes.fill(0);
    expect(decoded).toMatchObject({ value: { options: [{ type: 14, value: fromHex('279ab730591b') }] } });
  });

  it('takes no MAC from an option of another length than Ethernet has', () => {
    const option = '01 02 0200000000100000 000000000000';
    expect(decode(packet(ASKER, SOLICITED_NODE, `87 00 0000 00000000 ${VIP} ${option}`))).toMatchObject({
      ok: true,
      value: { sourceMac: null, options: [{ type: 1 }] },
    });
  });

  it('accepts the checksum of a frame captured on its sender', () => {
    const bytes = packet(NODE, ALL_NODES, `88 00 0000 20000000 ${VIP} 02 01 020000000011`);
    const ip = decodeIpv6(bytes);
    if (!ip.ok) throw new Error(ip.reason);
    new DataView(bytes.buffer).setUint16(CHECKSUM, foldSum(ip.value.pseudoHeaderSum));
    expect(decode(bytes)).toMatchObject({ ok: true, value: { checksum: 'offloaded' } });
    new DataView(bytes.buffer).setUint16(CHECKSUM, foldSum(ip.value.pseudoHeaderSum) + 1);
    expect(decode(bytes)).toEqual({ ok: false, reason: 'bad-checksum' });
  });

  it('has no use for a checksum of zero: ICMPv6 cannot leave it out', () => {
    const bytes = packet(NODE, ALL_NODES, `88 00 0000 20000000 ${VIP}`);
    bytes.set([0, 0], CHECKSUM);
    expect(decode(bytes)).toEqual({ ok: false, reason: 'bad-checksum' });
  });

  it.each([
    ['fe80', true],
    ['febf', true],
    ['fec0', false],
    ['fe7f', false],
  ])('takes a router advertisement from %s::11: %s', (prefix, ok) => {
    const advertisement = '86 00 0000 40000708 00000000 00000000';
    expect(decode(packet(`${prefix}${NODE.slice(4)}`, ALL_NODES, advertisement)).ok).toBe(ok);
  });

  it('accepts duplicate address detection that names no source', () => {
    expect(decode(packet(UNSPECIFIED, SOLICITED_NODE, `87 00 0000 00000000 ${VIP}`))).toMatchObject({
      ok: true,
    });
  });

  it.each([
    ['an echo request', packet(ASKER, NODE, '80 00 0000 00010001'), 'not-ndp'],
    ['a redirect', packet(ASKER, NODE, `89 00 0000 00000000 ${VIP} ${VIP}`), 'not-ndp'],
    ['three bytes', packet(ASKER, NODE, '870000'), 'truncated'],
    ['a solicitation of 23 bytes', packet(ASKER, NODE, `87 00 0000 00000000 ${VIP.slice(2)}`), 'truncated'],
    ['an advertisement of 23 bytes', packet(ASKER, NODE, `88 00 0000 00000000 ${VIP.slice(2)}`), 'truncated'],
    ['a router solicitation of 7 bytes', packet(ASKER, ALL_NODES, '85 00 0000 000000'), 'truncated'],
    [
      'a router advertisement of 15 bytes',
      packet(NODE, ALL_NODES, '86 00 0000 40000708 00000000 000000'),
      'truncated',
    ],
    [
      'a hop limit of 254',
      packet(NODE, ASKER, `88 00 0000 00000000 ${VIP}`, { hopLimit: 'fe' }),
      'bad-hop-limit',
    ],
    ['code 1', packet(NODE, ASKER, `88 01 0000 00000000 ${VIP}`), 'bad-code'],
    [
      'an option of length 0',
      packet(NODE, ASKER, `88 00 0000 00000000 ${VIP} 02 00 020000000011`),
      'bad-option-length',
    ],
    [
      'an option beyond the end',
      packet(NODE, ASKER, `88 00 0000 00000000 ${VIP} 02 02 020000000011`),
      'bad-option-length',
    ],
    [
      'an option of four bytes',
      packet(NODE, ASKER, `88 00 0000 00000000 ${VIP} 02 01 0200`),
      'bad-option-length',
    ],
    ['a multicast target', packet(NODE, ASKER, `88 00 0000 00000000 ${ALL_NODES}`), 'bad-target'],
    [
      'a question for a multicast target',
      packet(ASKER, NODE, `87 00 0000 00000000 ${ALL_NODES}`),
      'bad-target',
    ],
    [
      'a solicited answer to a group',
      packet(NODE, ALL_NODES, `88 00 0000 40000000 ${VIP}`),
      'bad-destination',
    ],
    ['DAD to all nodes', packet(UNSPECIFIED, ALL_NODES, `87 00 0000 00000000 ${VIP}`), 'bad-destination'],
    [
      'DAD for another group',
      packet(UNSPECIFIED, `${SOLICITED_NODE.slice(0, -2)}51`, `87 00 0000 00000000 ${VIP}`),
      'bad-destination',
    ],
    [
      'DAD with a source option',
      packet(UNSPECIFIED, SOLICITED_NODE, `87 00 0000 00000000 ${VIP} 01 01 020000000010`),
      'unexpected-source-option',
    ],
    [
      'a router solicitation from nobody with a source option',
      packet(UNSPECIFIED, ALL_NODES, '85 00 0000 00000000 01 01 020000000010'),
      'unexpected-source-option',
    ],
    [
      'a router advertisement from beyond the link',
      packet(VIP, ALL_NODES, '86 00 0000 40000708 00000000 00000000'),
      'bad-source',
    ],
    [
      'a fragment header (RFC 6980)',
      withAtomicFragment(packet(NODE, ASKER, `88 00 0000 00000000 ${VIP}`)),
      'fragment',
    ],
  ])('refuses %s', (_name, bytes, reason) => {
    expect(decode(bytes)).toEqual({ ok: false, reason });
  });
});

/** The same packet with a fragment header that covers all of it. */
function withAtomicFragment(bytes: Uint8Array): Uint8Array {
  const longer = Uint8Array.from([...bytes.slice(0, 40), 58, 0, 0, 0, 1, 2, 3, 4, ...bytes.slice(40)]);
  longer[6] = 44;
  new DataView(longer.buffer).setUint16(4, longer.length - 40);
  return longer;
}

describe('encodeNdp()', () => {
  const addresses = { source: 'fe80::10' as Ipv6, destination: 'ff02::1:ff00:50' as Ipv6 };

  it('makes a solicitation that MetalLB answers: multicast, with source option', () => {
    const solicitation: NdpMessage = {
      kind: 'neighbor-solicitation',
      targetIp: 'fd00::50' as Ipv6,
      options: [sourceMacOption('02:00:00:00:00:10' as Mac)],
    };
    expect(toHex(encodeNdp(solicitation, addresses).subarray(40))).toBe(
      toHex(fromHex(`87 00 7b5d 00000000 ${VIP} 01 01 020000000010`)),
    );
  });

  it('makes the option of an advertisement', () => {
    expect(targetMacOption('02:00:00:00:00:11' as Mac)).toEqual({ type: 2, value: fromHex('020000000011') });
  });

  it('refuses an option that does not fill eight bytes', () => {
    const options = [{ type: 1, value: fromHex('0200') }];
    expect(() => encodeNdp({ kind: 'router-solicitation', options }, addresses)).toThrow(RangeError);
  });
});

describe('solicitedNodeMulticast()', () => {
  it.each([
    // The example of RFC 4291, section 2.7.1.
    ['4037::01:800:200e:8c6c', 'ff02::1:ff0e:8c6c', '33:33:ff:0e:8c:6c'],
    ['fd00::50', 'ff02::1:ff00:50', '33:33:ff:00:00:50'],
    ['::', 'ff02::1:ff00:0', '33:33:ff:00:00:00'],
  ])('%s: %s at %s', (address, group, mac) => {
    expect(solicitedNodeMulticast(address as Ipv6)).toBe(group);
    expect(multicastMac(group as Ipv6)).toBe(mac);
  });
});
