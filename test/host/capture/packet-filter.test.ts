import { describe, expect, it } from 'vitest';
import {
  type BpfInstruction,
  encodeFilter,
  packetFilter,
  SNAP_LENGTH,
} from '../../../src/host/capture/packet-filter.ts';

/** linux/if_packet.h */
const PACKET_HOST = 0;
const PACKET_OTHERHOST = 3;
const PACKET_OUTGOING = 4;

/** Classic BPF as bpf(4) describes it, for the instructions that filters are made of here. */
function run(program: readonly BpfInstruction[], packet: Uint8Array, frameKind = PACKET_HOST): number {
  const kept: number[] = [];
  let a = 0;
  let x = 0;
  const load = (at: number, length: number): number => {
    let value = 0;
    for (let i = 0; i < length; i += 1) value = value * 256 + packet[at + i]!;
    return value;
  };
  for (let pc = 0; pc < program.length; pc += 1) {
    const { code, jumpTrue, jumpFalse, operand: k } = program[pc]!;
    const jump = (holds: boolean): void => {
      pc += holds ? jumpTrue : jumpFalse;
    };
    const beyond = (at: number, length: number): boolean => at + length > packet.length;
    switch (code) {
      case 0x00:
        a = k;
        break;
      case 0x02:
        kept[k] = a;
        break;
      case 0x60:
        a = kept[k]!;
        break;
      case 0x20:
        // Of the words about the frame (linux/filter.h, SKF_AD_OFF) only SKF_AD_PKTTYPE.
        if (k !== 0xffff_f004) throw new Error(`unknown word 0x${k.toString(16)}`);
        a = frameKind;
        break;
      case 0x28:
        if (beyond(k, 2)) return 0;
        a = load(k, 2);
        break;
      case 0x48:
        if (beyond(x + k, 2)) return 0;
        a = load(x + k, 2);
        break;
      case 0x50:
        if (beyond(x + k, 1)) return 0;
        a = load(x + k, 1);
        break;
      case 0x01:
        x = k;
        break;
      case 0x04:
        a += k;
        break;
      case 0x0c:
        a += x;
        break;
      case 0x54:
        a &= k;
        break;
      case 0x64:
        a <<= k;
        break;
      case 0x07:
        x = a;
        break;
      case 0x05:
        pc += k;
        break;
      case 0x15:
        jump(a === k);
        break;
      case 0x25:
        jump(a > k);
        break;
      case 0x35:
        jump(a >= k);
        break;
      case 0x45:
        jump((a & k) !== 0);
        break;
      case 0x06:
        return k;
      default:
        throw new Error(`unknown instruction 0x${code.toString(16)}`);
    }
  }
  throw new Error('ran off the end');
}

const MACS = 'ffffffffffff 020000000099';
const IPV6_ADDRESSES = '00'.repeat(32);
const ipv6 = (nextHeader: string, rest: string) =>
  `86dd 60000000 0020 ${nextHeader} ff ${IPV6_ADDRESSES} ${rest}`;
const icmpv6 = (type: number) => ipv6('3a', `${type.toString(16)} 00 0000 00000000`);
const udp = (source: string, destination: string, fragment = '0000') =>
  `0800 45000030 0000${fragment} 4011 0000 0a000001 0a000002 ${source}${destination} 0008 0000`;
const SYN = 0x02;
const RST = 0x04;
const ACK = 0x10;
const tcpHeader = (destination: string, flags: number) =>
  `01bb${destination} 00000000 00000000 50 ${flags.toString(16).padStart(2, '0')} 0000 0000 0000`;
const tcp = (destination: string, flags: number, fragment = '0000') =>
  `0800 45000028 0000${fragment} 4006 0000 0a000001 0a000002 ${tcpHeader(destination, flags)}`;
const tcp6 = (destination: string, flags: number) => ipv6('06', tcpHeader(destination, flags));

const icmp = (typeAndCode: string, identifier: string, fragment = '0000') =>
  `0800 4500001c 0000${fragment} 4001 0000 0a000001 0a000002 ${typeAndCode} 0000 ${identifier} 0001`;

/** What is of interest only where it was sent to this host. */
const answers = {
  'an answer to a ping of an audit': icmp('0000', '7677'),
  'an answer to such a ping, do not fragment': icmp('0000', '7677', '4000'),
  'an answer to such a ping behind IP options':
    '0800 46000020 00000000 4001 0000 0a000001 0a000002 94040000 0000 0000 7677 0001',
  'a SYN-ACK to a service probe': tcp('fe00', SYN | ACK),
  'a SYN-ACK to the last port of the probes': tcp('feff', SYN | ACK),
  'a SYN-ACK with ECN': tcp('fe80', 0x40 | SYN | ACK),
  'a SYN-ACK not to be fragmented': tcp('fe80', SYN | ACK, '4000'),
  'a refusal of a service probe': tcp('fe80', RST | ACK),
  'a bare RST': tcp('fe80', RST),
  'a SYN-ACK behind IP options': `0800 4600002c 00000000 4006 0000 0a000001 0a000002 94040000 ${tcpHeader('fe80', SYN | ACK)}`,
  'a SYN-ACK over IPv6': tcp6('fe80', SYN | ACK),
  'a refusal over IPv6': tcp6('fe80', RST | ACK),
};

const passed = {
  ...answers,
  'an ARP request': '0806 0001 0800 06 04 0001',
  'an ARP header cut after the type': '0806',
  'a router solicitation': icmpv6(133),
  'a router advertisement': icmpv6(134),
  'a neighbour solicitation': icmpv6(135),
  'a neighbour advertisement': icmpv6(136),
  'an advertisement after 8 bytes of hop-by-hop options': ipv6('00', '3a 00 050200000100 88 00 0000'),
  'an advertisement after 16 bytes of hop-by-hop options': ipv6('00', `3a 01 ${'00'.repeat(14)} 88 00 0000`),
  'a DHCP request': udp('0044', '0043'),
  'a DHCP answer': udp('0043', '0044'),
  'a DHCP message from a relay': udp('0043', '0043'),
  'DHCP from an odd port': udp('c000', '0043'),
  'DHCP, do not fragment': udp('0044', '0043', '4000'),
  'the first fragment of a DHCP message': udp('0044', '0043', '2000'),
  'a DHCPv6 request': ipv6('11', '0222 0223 0008 0000'),
  'a DHCPv6 answer': ipv6('11', '0223 0222 0008 0000'),
  'a DHCPv6 message from a relay': ipv6('11', '0223 0223 0008 0000'),
  'DHCPv6 to an odd port': ipv6('11', '0223 c000 0008 0000'),
  'DHCP behind IP options': '0800 46000034 00000000 4011 0000 0a000001 0a000002 94040000 00440043 0008 0000',
};

const rejected = {
  'a ping': icmp('0800', '7677'),
  'an answer to another ping': icmp('0000', '7678'),
  'a destination that is unreachable': icmp('0301', '7677'),
  'a later fragment of an answer to a ping': icmp('0000', '7677', '0001'),
  'a later fragment whose data look like DHCP ports': udp('0044', '0043', '0001'),
  DNS: udp('0035', 'c000'),
  'IP options that look like DHCP ports':
    '0800 46000034 00000000 4011 0000 0a000001 0a000002 00440043 00350035 0008 0000',
  'TCP to port 67': tcp('0043', SYN | ACK),
  'a SYN-ACK to the port before those of the probes': tcp('fdff', SYN | ACK),
  'a SYN-ACK to the port after those of the probes': tcp('ff00', SYN | ACK),
  'a SYN-ACK from a port of the probes': tcp('01bb', SYN | ACK).replace('01bb01bb', 'fe8001bb'),
  'a SYN to a port of the probes': tcp('fe80', SYN),
  'data to a port of the probes': tcp('fe80', 0x08 | ACK),
  'a later fragment that looks like a SYN-ACK': tcp('fe80', SYN | ACK, '0001'),
  'a SYN-ACK cut before its flags': tcp('fe80', SYN | ACK).slice(0, -17),
  'IP options that look like a SYN-ACK': `0800 4f00003c 00000000 4006 0000 0a000001 0a000002 ${tcpHeader('fe80', SYN | ACK)} ${'00'.repeat(20)} 01bb01bb ${'00'.repeat(16)}`,
  'UDP to a port of the probes': udp('01bb', 'fe80'),
  'a SYN-ACK over IPv6 to another port': tcp6('01bb', SYN | ACK),
  'an IPv6 SYN to a port of the probes': tcp6('fe80', SYN),
  'UDP cut before its ports': '0800 4500001c 00000000 4011 0000 0a000001 0a000002',
  'an echo request': icmpv6(128),
  'a multicast listener report': icmpv6(132),
  'a redirect': icmpv6(137),
  'a multicast listener report after hop-by-hop options': ipv6('00', '3a 00 050200000100 8f 00 0000'),
  'hop-by-hop options before TCP': ipv6('00', '06 00 050200000100 88 00 0000'),
  'hop-by-hop options that reach beyond the frame': ipv6('00', '3a ff 050200000100 88 00 0000'),
  'IPv6 TCP': ipv6('06', '88'.repeat(20)),
  'DNS over IPv6': ipv6('11', '0035 c000 0008 0000'),
  'IPv6 UDP whose length looks like a DHCPv6 port': ipv6('11', 'c000 c001 0223 0222'),
  'IPv6 UDP cut before its ports': ipv6('11', ''),
  'DHCP over IPv6': ipv6('11', '0044 0043 0008 0000'),
  'DHCPv6 over IPv4': udp('0222', '0223'),
  'DHCPv6 behind hop-by-hop options': ipv6('00', '11 00 050200000100 0222 0223 0008 0000'),
  'spanning tree': '0026 424203 0000000000',
  LLDP: '88cc 0207',
  'an empty payload': '',
};

const TAGS = {
  untagged: '',
  'behind an 802.1Q tag': '8100 600a',
  'behind an 802.1ad and an 802.1Q tag': '88a8 0064 8100 000a',
  'behind an old double tag': '9100 0064 8100 000a',
};

describe.each(Object.entries(TAGS))('packetFilter, %s', (_, tags) => {
  const program = packetFilter();
  const frame = (rest: string): Uint8Array =>
    new Uint8Array(Buffer.from(`${MACS}${tags}${rest}`.replaceAll(' ', ''), 'hex'));

  it.each(Object.entries(passed))('passes %s', (_name, rest) => {
    expect(run(program, frame(rest))).toBe(SNAP_LENGTH);
  });

  it.each(Object.entries(rejected))('rejects %s', (_name, rest) => {
    expect(run(program, frame(rest))).toBe(0);
  });

  it.each(Object.entries(answers))('passes %s only to this host', (_name, rest) => {
    expect(run(program, frame(rest), PACKET_OUTGOING)).toBe(0);
    expect(run(program, frame(rest), PACKET_OTHERHOST)).toBe(0);
  });

  it('passes ARP that this host sends', () => {
    expect(run(program, frame('0806 0001'), PACKET_OUTGOING)).toBe(SNAP_LENGTH);
  });
});

describe('packetFilter', () => {
  it('rejects ARP behind three tags', () => {
    const frame = `${MACS} 8100 0001 8100 0002 8100 0003 0806`.replaceAll(' ', '');
    expect(run(packetFilter(), new Uint8Array(Buffer.from(frame, 'hex')))).toBe(0);
  });

  it('jumps forward, within the program and within eight bits, as the kernel wants', () => {
    const program = packetFilter();
    program.forEach(({ code, jumpTrue, jumpFalse, operand }, i) => {
      if (code === 0x06) return;
      const distances = code === 0x05 ? [operand] : [jumpTrue, jumpFalse];
      for (const distance of distances) {
        expect(distance).toBeGreaterThanOrEqual(0);
        expect(distance).toBeLessThan(256);
        expect(i + 1 + distance).toBeLessThan(program.length);
      }
    });
  });

  it('is laid out as struct sock_filter', () => {
    const bytes = encodeFilter([{ code: 0x15, jumpTrue: 1, jumpFalse: 2, operand: 0x0806 }]);
    expect(Buffer.from(bytes).toString('hex')).toBe('1500010206080000');
  });
});
