// The Internet checksum (RFC 1071), and the pseudo-headers of UDP and ICMPv6 (RFC 768, RFC 8200 section 8.1).
import { IPV6_LENGTH, type IpAddress, writeIp } from './address.ts';

/** Sum of 16-bit words, not folded; an odd last byte counts as the high one. Exact for any packet's length. */
export function sumOfWords(bytes: Uint8Array, start: number, end: number): number {
  let sum = 0;
  let at = start;
  for (; at + 1 < end; at += 2) sum += (bytes[at]! << 8) | bytes[at + 1]!;
  return at < end ? sum + (bytes[at]! << 8) : sum;
}

/** Folds the carries back in, down to 16 bits. */
export function foldSum(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000);
  return folded;
}

/** What goes into a checksum field, for a sum taken while the field was zero. */
export function checksumOf(sum: number): number {
  return ~foldSum(sum) & 0xffff;
}

/** The pseudo-header's sum, for encoders; decoders take it from the packet's own bytes. */
export function sumOfPseudoHeader(
  source: IpAddress,
  destination: IpAddress,
  protocol: number,
  length: number,
): number {
  const addresses = new Uint8Array(2 * IPV6_LENGTH);
  writeIp(addresses, 0, source);
  writeIp(addresses, IPV6_LENGTH, destination);
  return sumOfWords(addresses, 0, addresses.length) + protocol + length;
}

/**
 * Judges a checksum field of a message from the sum of its pseudo-header and that of the message, field included.
 *
 * A frame captured on the host that sends it has not been through the network card yet, which completes the checksum:
 * the field then holds the folded sum of the pseudo-header (Linux's CHECKSUM_PARTIAL). Exactly that value is
 * `offloaded`; any other wrong one is undefined.
 */
export function judgeChecksum(
  field: number,
  pseudoSum: number,
  messageSum: number,
): 'verified' | 'offloaded' | undefined {
  if (foldSum(pseudoSum + messageSum) === 0xffff) return 'verified';
  return field === foldSum(pseudoSum) ? 'offloaded' : undefined;
}
