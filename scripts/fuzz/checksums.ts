// Puts checksums right after an edit: a wrong one would hide whatever else the edit has broken.
import { checksumOf, sumOfPseudoHeader, sumOfWords } from '../../src/net/checksum.ts';
import { decodeEthernet, ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from '../../src/net/ethernet.ts';
import { decodeIpv4 } from '../../src/net/ipv4.ts';
import { decodeIpv6 } from '../../src/net/ipv6.ts';
import { PROTOCOL_ICMPV6, PROTOCOL_TCP, PROTOCOL_UDP } from '../../src/net/protocol-numbers.ts';

const IPV4_CHECKSUM = 10;
const ICMPV6_CHECKSUM = 2;
const UDP_CHECKSUM = 6;
const TCP_CHECKSUM = 16;

/** Of the message from `start` to `end`, whose checksum is at this offset in it. */
export function rightSum(bytes: Uint8Array, start: number, end: number, offset: number, pseudoSum = 0): void {
  if (start + offset + 2 > end || end > bytes.length) return;
  bytes.set([0, 0], start + offset);
  const sum = checksumOf(pseudoSum + sumOfWords(bytes, start, end));
  new DataView(bytes.buffer, bytes.byteOffset).setUint16(start + offset, sum || 0xffff);
}

export function rightIpv4(bytes: Uint8Array, start = 0): void {
  const length = ((bytes[start] ?? 0) & 0x0f) * 4;
  if (length >= 20) rightSum(bytes, start, start + length, IPV4_CHECKSUM);
}

export function rightIpv6(bytes: Uint8Array, start = 0): void {
  const ip = decodeIpv6(bytes, start);
  if (!ip.ok) return;
  const { nextHeader, payloadStart, payloadEnd, pseudoHeaderSum } = ip.value;
  const offset = {
    [PROTOCOL_ICMPV6]: ICMPV6_CHECKSUM,
    [PROTOCOL_TCP]: TCP_CHECKSUM,
    [PROTOCOL_UDP]: UDP_CHECKSUM,
  }[nextHeader];
  if (offset !== undefined) rightSum(bytes, payloadStart, payloadEnd, offset, pseudoHeaderSum);
}

/** All sums of a frame. */
export function rightFrame(bytes: Uint8Array): void {
  const ethernet = decodeEthernet(bytes);
  if (!ethernet.ok) return;
  const { etherType, payloadStart } = ethernet.value;
  if (etherType === ETHERTYPE_IPV6) rightIpv6(bytes, payloadStart);
  if (etherType !== ETHERTYPE_IPV4) return;
  rightIpv4(bytes, payloadStart);
  const ip = decodeIpv4(bytes, payloadStart, bytes.length);
  if (!ip.ok) return;
  const { source, destination, protocol, payloadStart: from, payloadEnd: to } = ip.value;
  const offset = { [PROTOCOL_UDP]: UDP_CHECKSUM, [PROTOCOL_TCP]: TCP_CHECKSUM }[protocol];
  if (offset === undefined) return;
  const length =
    protocol === PROTOCOL_UDP && from + 6 <= to ? (bytes[from + 4]! << 8) | bytes[from + 5]! : to - from;
  rightSum(bytes, from, from + length, offset, sumOfPseudoHeader(source, destination, protocol, length));
}
