// Each protocol's bytes: refused with a reason or taken, never thrown at; what was taken is written and read again as it was.
import { isDeepStrictEqual } from 'node:util';
import { type ArpPacket, decodeArp, encodeArp } from '../../../src/arp/packet.ts';
import { decodeDhcp, encodeDhcp } from '../../../src/dhcp/packet.ts';
import { associationsOf, clientLinkLayerAddress, fqdn, macOfDuid } from '../../../src/dhcpv6/option.ts';
import { decodeDhcpv6, encodeDhcpv6 } from '../../../src/dhcpv6/packet.ts';
import { decodeNdp, encodeNdp } from '../../../src/ndp/packet.ts';
import type { Ipv4 } from '../../../src/net/address.ts';
import { sumOfPseudoHeader } from '../../../src/net/checksum.ts';
import { decodeEthernet, encodeEthernet } from '../../../src/net/ethernet.ts';
import { decodeEcho, encodeEcho } from '../../../src/net/icmp.ts';
import { decodeIpv4, encodeIpv4 } from '../../../src/net/ipv4.ts';
import { decodeIpv6, encodeIpv6 } from '../../../src/net/ipv6.ts';
import { PROTOCOL_TCP, PROTOCOL_UDP } from '../../../src/net/protocol-numbers.ts';
import { accepted, type Decoded } from '../../../src/net/result.ts';
import { decodeTcp, encodeTcp } from '../../../src/net/tcp.ts';
import { decodeUdp, encodeUdp } from '../../../src/net/udp.ts';
import { rightIpv4, rightIpv6, rightSum } from '../checksums.ts';
import { law, type Target } from '../target.ts';

type Decode<Value> = (bytes: Uint8Array, start: number, end: number) => Decoded<Value, string>;

interface Codec<Value> {
  readonly decode: Decode<Value>;
  /** Null: such a value is read, and never written. */
  readonly encode: (value: Value) => Uint8Array | null;
  /** Puts checksums right, in place. */
  readonly repair?: (bytes: Uint8Array) => void;
  readonly seeds: readonly string[];
}

const REASON = /^[a-z][a-z0-9-]{2,40}$/;
/** Beside the bytes, in a buffer that holds more than them. */
const MARGIN = 31;
const ADDRESSES = { source: '192.168.1.13' as Ipv4, destination: '192.168.1.60' as Ipv4 };

const DUID = '0001000a 00030001 0200000000aa';
const REQUEST6 = `03 001000 ${DUID} 0002000e 000100012c5e1a00 020000000001 00030028 000000010000070800000b40 00050018 fd000005000000000000000000000060 00000e1000001c20 0027000c 00 0a 6c7563612d70686f6e65`;

function codec<Value>({ decode, encode, repair, seeds }: Codec<Value>): Target {
  const check = (bytes: Uint8Array) => {
    const decoded = decode(bytes, 0, bytes.length);
    const larger = new Uint8Array(bytes.length + 2 * MARGIN).fill(0xff);
    larger.set(bytes, MARGIN);
    const within = decode(larger, MARGIN, MARGIN + bytes.length);
    if (!decoded.ok) {
      law(REASON.test(decoded.reason), 'the reason is a word', decoded.reason);
      law(isDeepStrictEqual(within, decoded), 'bytes around it change nothing');
      return;
    }
    law(within.ok, 'bytes around it change nothing');
    const written = encode(decoded.value);
    if (written === null) return;
    const again = decode(written, 0, written.length);
    law(again.ok, 'what was taken is taken again', again.ok ? '' : again.reason);
    law(isDeepStrictEqual(again.value, decoded.value), 'what was written is read as it was');
    law(isDeepStrictEqual(encode(within.value), written), 'bytes around it change nothing');
  };
  return {
    kind: 'bytes',
    seeds: seeds.map((hex) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'))),
    run: (input) => {
      check(input);
      if (!repair) return;
      const repaired = input.slice();
      repair(repaired);
      check(repaired);
    },
  };
}

interface Bounds {
  readonly payloadStart: number;
  readonly payloadEnd: number;
}

/** A header as it is written, without its bounds, which are those of the buffer; and the payload that they delimit. */
function withPayload<Value extends Bounds, Header>(
  decode: Decode<Value>,
  headerOf: (value: Value) => Header,
  encode: (header: Header, payload: Uint8Array) => Uint8Array | null,
): Pick<Codec<{ readonly header: Header; readonly payload: Uint8Array }>, 'decode' | 'encode'> {
  return {
    decode: (bytes, start, end) => {
      const decoded = decode(bytes, start, end);
      if (!decoded.ok) return decoded;
      const { payloadStart: from, payloadEnd: to } = decoded.value;
      law(start <= from && from <= to && to <= end, 'the payload lies within');
      return accepted({ header: headerOf(decoded.value), payload: bytes.slice(from, to) });
    },
    encode: ({ header, payload }) => encode(header, payload),
  };
}

const pseudoSum = (protocol: number, length: number) =>
  sumOfPseudoHeader(ADDRESSES.source, ADDRESSES.destination, protocol, length);

export const CODECS: Readonly<Record<string, Target>> = {
  ethernet: codec({
    decode: (bytes, start, end) => {
      const decoded = decodeEthernet(bytes, start, end);
      if (!decoded.ok) return decoded;
      const { payloadStart, ...header } = decoded.value;
      law(start < payloadStart && payloadStart <= end, 'the payload lies within');
      return { ok: true, value: header };
    },
    encode: (header) => encodeEthernet(header, new Uint8Array()),
    seeds: ['ffffffffffff 020000000011 0806', 'ffffffffffff 020000000011 88a8 0064 8100 0fff 0806'],
  }),
  arp: codec<ArpPacket>({
    decode: decodeArp,
    encode: encodeArp,
    seeds: ['0001 0800 06 04 0001  020000000010 c0a8010a  000000000000 c0a80132'],
  }),
  ipv4: codec({
    ...withPayload(
      decodeIpv4,
      ({ source, destination, protocol, timeToLive }) => ({
        source,
        destination,
        protocol,
        timeToLive,
      }),
      encodeIpv4,
    ),
    repair: rightIpv4,
    seeds: [
      '45 00 0018 0000 4000 40 01 b758  c0a8010a c0a80132  08000000',
      '46 00 001c 0000 4000 40 01 b554  c0a8010a c0a80132  01000000  08000000',
    ],
  }),
  ipv6: codec({
    // Extensions are read, and not written.
    ...withPayload(
      decodeIpv6,
      ({ source, destination, nextHeader, hopLimit }) => ({
        source,
        destination,
        nextHeader,
        hopLimit,
      }),
      // Extensions, and nothing behind them.
      (header, payload) => (payload.length === 0 ? null : encodeIpv6(header, payload)),
    ),
    seeds: [
      '60000000 0004 3a ff fe800000000000000000000000000001 ff020000000000000000000000000002 85000000',
      '60000000 000c 00 01 fe800000000000000000000000000001 ff020000000000000000000000000002 3a00050200000000 85000000',
    ],
  }),
  udp: codec({
    // One without checksum is read; one with it is written.
    ...withPayload(
      (bytes, start, end) =>
        decodeUdp(bytes, start, end, pseudoSum(PROTOCOL_UDP, udpLength(bytes, start, end))),
      ({ sourcePort, destinationPort }) => ({ sourcePort, destinationPort }),
      (header, payload) => encodeUdp(header, payload, ADDRESSES),
    ),
    repair: (bytes) => {
      const length = udpLength(bytes, 0, bytes.length);
      rightSum(bytes, 0, length, 6, pseudoSum(PROTOCOL_UDP, length));
    },
    seeds: ['0043 0044 000c 4898 3333 0000', '0044 0043 0008 7bd3'],
  }),
  tcp: codec({
    decode: (bytes, start, end) => {
      const decoded = decodeTcp(bytes, start, end, pseudoSum(PROTOCOL_TCP, end - start));
      if (!decoded.ok) return decoded;
      const { payloadStart: _from, payloadEnd: _to, checksum: _sum, ...header } = decoded.value;
      return { ok: true, value: header };
    },
    encode: (header) => encodeTcp(header, ADDRESSES),
    repair: (bytes) => rightSum(bytes, 0, bytes.length, 16, pseudoSum(PROTOCOL_TCP, bytes.length)),
    seeds: ['fe07 01bb 89abcdef 00000000 60 02 faf0 c23d 0000 02 04 05b4'],
  }),
  ndp: codec({
    decode: (bytes, start, end) => {
      const ip = decodeIpv6(bytes, start, end);
      if (!ip.ok) return ip;
      const { source, destination, payloadStart, payloadEnd } = ip.value;
      const ndp = decodeNdp(bytes, payloadStart, payloadEnd, ip.value);
      return ndp.ok ? ({ ok: true, value: { source, destination, packet: ndp.value } } as const) : ndp;
    },
    encode: (value) => encodeNdp(value.packet, value),
    repair: rightIpv6,
    seeds: [
      '60000000 0020 3a ff fe800000000000000000000000000011 ff020000000000000000000000000001 88 00 58ac 20000000 fd000000000000000000000000000050 02 01 020000000011',
      '60000000 0020 3a ff fe800000000000000000000000000010 ff0200000000000000000001ff000050 87 00 7b5d 00000000 fd000000000000000000000000000050 01 01 020000000010',
      '60000000 0020 3a ff fe800000000000000000000000000011 ff020000000000000000000000000001 86 00 2718 40000708 00000000 00000000 05 01 0000 000005dc 01 01 020000000011',
    ],
  }),
  icmp: codec({
    decode: decodeEcho,
    encode: encodeEcho,
    repair: (bytes) => rightSum(bytes, 0, bytes.length, 2, 0),
    seeds: ['0800 8187 7677 0001 ffff', '0000 0987 7677 0001 8000 00'],
  }),
  dhcp: codec({
    decode: decodeDhcp,
    encode: encodeDhcp,
    seeds: [
      dhcp('01', '350101 39020240 3707 0103060c0f1c2a 0c0a 6c7563612d70686f6e65 3d07 010200000000aa ff'),
      dhcp('02', '350102 3604 c0a80101 3304 00015180 0104 ffffff00 0304 c0a80101 ff'),
      dhcp('01', '340103 350103 3204 c0a80132 520c 0104 65746830 0204 aabbccdd ff'),
    ],
  }),
  dhcpv6: codec({
    decode: readDhcpv6,
    encode: encodeDhcpv6,
    seeds: [
      `01 001000 ${DUID} 000e0000 0003000c 000000010000070800000b40 00060006 001700180027`,
      REQUEST6,
      `07 001000 ${DUID} 00190029 000000010000070800000b40 001a0019 00000e1000001c20 38 fd000006${'00'.repeat(12)} 000d0002 0004`,
      `0c 00 ${'00'.repeat(32)} 004f0008 00010200000000aa 00090060 ${REQUEST6} 00120004 65746830`,
    ],
  }),
};

/** What is read of the options, besides. */
function readDhcpv6(bytes: Uint8Array, start: number, end: number) {
  const decoded = decodeDhcpv6(bytes, start, end);
  if (!decoded.ok) return decoded;
  const { message, relays } = decoded.value;
  for (const { leases } of associationsOf(message))
    law(
      leases.every(({ prefixLength }) => (prefixLength ?? 0) <= 128),
      'a prefix has 128 bits at most',
    );
  law((fqdn(message) ?? '').length <= 510, 'a name is bounded');
  macOfDuid(message);
  for (const { before } of relays) clientLinkLayerAddress({ options: before });
  return decoded;
}

function udpLength(bytes: Uint8Array, start: number, end: number): number {
  return start + 6 <= end ? (bytes[start + 4]! << 8) | bytes[start + 5]! : 0;
}

function dhcp(operation: string, options: string): string {
  const head = `${operation} 01 06 00 40f8267d 0000 8000 ${'00'.repeat(16)} 0200000000aa ${'00'.repeat(10)}`;
  return `${head} ${'00'.repeat(192)} 63825363 ${options} ${'00'.repeat(8)}`;
}
