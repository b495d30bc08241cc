// The IPv4 header (RFC 791).
import { type Ipv4, ipv4At, writeIp } from './address.ts';
import { uint16At } from './bytes.ts';
import { checksumOf, foldSum, sumOfWords } from './checksum.ts';
import { accepted, type Decoded, refused } from './result.ts';

export interface Ipv4Header {
  readonly source: Ipv4;
  readonly destination: Ipv4;
  readonly protocol: number;
  readonly timeToLive: number;
}

export interface Ipv4Packet extends Ipv4Header {
  readonly payloadStart: number;
  /** By the header's total length: Ethernet's padding is outside. */
  readonly payloadEnd: number;
  /** Of both addresses, the protocol and the payload's length: for the checksum of what the packet carries. */
  readonly pseudoHeaderSum: number;
}

export type Ipv4Refusal =
  | 'truncated'
  | 'bad-version'
  | 'bad-header-length'
  | 'bad-length'
  | 'bad-checksum'
  | 'fragment';

const TOTAL_LENGTH = 2;
const FRAGMENT = 6;
const TTL = 8;
const PROTOCOL = 9;
const CHECKSUM = 10;
const SOURCE = 12;
const DESTINATION = 16;
const MINIMUM_HEADER = 20;

const MORE_FRAGMENTS_AND_OFFSET = 0x3fff;

const TRUNCATED = refused('truncated');
const BAD_VERSION = refused('bad-version');
const BAD_HEADER_LENGTH = refused('bad-header-length');
const BAD_LENGTH = refused('bad-length');
const BAD_CHECKSUM = refused('bad-checksum');
const IS_FRAGMENT = refused('fragment');

/** Options are skipped. Fragments are refused: nothing that vipwatch reads is ever sent in pieces. */
export function decodeIpv4(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
): Decoded<Ipv4Packet, Ipv4Refusal> {
  if (end - start < MINIMUM_HEADER) return TRUNCATED;
  if (bytes[start]! >> 4 !== 4) return BAD_VERSION;
  const headerLength = (bytes[start]! & 0x0f) * 4;
  if (headerLength < MINIMUM_HEADER) return BAD_HEADER_LENGTH;
  const totalLength = uint16At(bytes, start + TOTAL_LENGTH);
  if (totalLength < headerLength) return BAD_LENGTH;
  if (end - start < totalLength) return TRUNCATED;
  const payloadStart = start + headerLength;
  if (foldSum(sumOfWords(bytes, start, payloadStart)) !== 0xffff) return BAD_CHECKSUM;
  if ((uint16At(bytes, start + FRAGMENT) & MORE_FRAGMENTS_AND_OFFSET) !== 0) return IS_FRAGMENT;
  const protocol = bytes[start + PROTOCOL]!;
  return accepted({
    source: ipv4At(bytes, start + SOURCE),
    destination: ipv4At(bytes, start + DESTINATION),
    protocol,
    timeToLive: bytes[start + TTL]!,
    payloadStart,
    payloadEnd: start + totalLength,
    pseudoHeaderSum:
      sumOfWords(bytes, start + SOURCE, start + MINIMUM_HEADER) + protocol + totalLength - headerLength,
  });
}

/** The header, without options and not to be fragmented, and the payload. */
export function encodeIpv4(header: Ipv4Header, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(MINIMUM_HEADER + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x45);
  view.setUint16(TOTAL_LENGTH, bytes.length);
  view.setUint16(FRAGMENT, 0x4000);
  view.setUint8(TTL, header.timeToLive);
  view.setUint8(PROTOCOL, header.protocol);
  writeIp(bytes, SOURCE, header.source);
  writeIp(bytes, DESTINATION, header.destination);
  view.setUint16(CHECKSUM, checksumOf(sumOfWords(bytes, 0, MINIMUM_HEADER)));
  bytes.set(payload, MINIMUM_HEADER);
  return bytes;
}
