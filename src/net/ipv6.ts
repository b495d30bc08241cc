// The IPv6 header and its extension headers (RFC 8200; the authentication header: RFC 4302).
import { IPV6_LENGTH, type Ipv6, ipv6At, writeIp } from './address.ts';
import { uint16At } from './bytes.ts';
import { sumOfWords } from './checksum.ts';
import { PROTOCOL_HOP_BY_HOP } from './protocol-numbers.ts';
import { accepted, type Decoded, refused } from './result.ts';

export interface Ipv6Header {
  readonly source: Ipv6;
  readonly destination: Ipv6;
  /** Of the upper layer: what follows the extension headers. */
  readonly nextHeader: number;
  readonly hopLimit: number;
}

export interface Ipv6Packet extends Ipv6Header {
  /** There was a fragment header, though of a whole packet (RFC 6946); neighbor discovery forbids it (RFC 6980). */
  readonly hasFragmentHeader: boolean;
  /** After the extension headers. */
  readonly payloadStart: number;
  /** By the header's payload length: Ethernet's padding is outside. */
  readonly payloadEnd: number;
  /** Of both addresses, the upper layer's number and its length: for the checksum of what the packet carries. */
  readonly pseudoHeaderSum: number;
}

export type Ipv6Refusal =
  | 'truncated'
  | 'bad-version'
  | 'no-payload'
  | 'jumbogram'
  | 'bad-extension'
  | 'too-many-extensions'
  | 'fragment';

const PAYLOAD_LENGTH = 4;
const NEXT_HEADER = 6;
const HOP_LIMIT = 7;
const SOURCE = 8;
const DESTINATION = SOURCE + IPV6_LENGTH;
const HEADER_LENGTH = DESTINATION + IPV6_LENGTH;

const ROUTING = 43;
const FRAGMENT = 44;
const AUTHENTICATION = 51;
const DESTINATION_OPTIONS = 60;

/** RFC 8200 recommends five at most, destination options twice; the bound is against made-up chains. */
const MAX_EXTENSIONS = 8;
const MINIMUM_EXTENSION = 8;

const TRUNCATED = refused('truncated');
const BAD_VERSION = refused('bad-version');
const NO_PAYLOAD = refused('no-payload');
const JUMBOGRAM = refused('jumbogram');
const BAD_EXTENSION = refused('bad-extension');
const TOO_MANY_EXTENSIONS = refused('too-many-extensions');
const IS_FRAGMENT = refused('fragment');

export function decodeIpv6(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
): Decoded<Ipv6Packet, Ipv6Refusal> {
  if (end - start < HEADER_LENGTH) return TRUNCATED;
  if (bytes[start]! >> 4 !== 6) return BAD_VERSION;
  let nextHeader = bytes[start + NEXT_HEADER]!;
  const payloadLength = uint16At(bytes, start + PAYLOAD_LENGTH);
  // RFC 2675: a jumbogram says 0 and has its length in a hop-by-hop option.
  if (payloadLength === 0) return nextHeader === PROTOCOL_HOP_BY_HOP ? JUMBOGRAM : NO_PAYLOAD;
  let payloadStart = start + HEADER_LENGTH;
  const payloadEnd = payloadStart + payloadLength;
  if (end < payloadEnd) return TRUNCATED;

  let hasFragmentHeader = false;
  for (let count = 0; isExtension(nextHeader); count += 1) {
    if (count === MAX_EXTENSIONS) return TOO_MANY_EXTENSIONS;
    if (payloadEnd - payloadStart < MINIMUM_EXTENSION) return BAD_EXTENSION;
    if (nextHeader === FRAGMENT) {
      // Offset and M; the two bits between them are reserved.
      if ((uint16At(bytes, payloadStart + 2) & 0xfff9) !== 0) return IS_FRAGMENT;
      hasFragmentHeader = true;
    }
    const length = extensionLength(nextHeader, bytes[payloadStart + 1]!);
    if (payloadEnd - payloadStart < length) return BAD_EXTENSION;
    nextHeader = bytes[payloadStart]!;
    payloadStart += length;
  }

  return accepted({
    source: ipv6At(bytes, start + SOURCE),
    destination: ipv6At(bytes, start + DESTINATION),
    nextHeader,
    hopLimit: bytes[start + HOP_LIMIT]!,
    hasFragmentHeader,
    payloadStart,
    payloadEnd,
    pseudoHeaderSum:
      sumOfWords(bytes, start + SOURCE, start + HEADER_LENGTH) + nextHeader + payloadEnd - payloadStart,
  });
}

function isExtension(nextHeader: number): boolean {
  return (
    nextHeader === PROTOCOL_HOP_BY_HOP ||
    nextHeader === ROUTING ||
    nextHeader === FRAGMENT ||
    nextHeader === AUTHENTICATION ||
    nextHeader === DESTINATION_OPTIONS
  );
}

/** In bytes, from the header's own length field, which each kind counts in its way. */
function extensionLength(kind: number, field: number): number {
  if (kind === FRAGMENT) return 8;
  if (kind === AUTHENTICATION) return (field + 2) * 4;
  return (field + 1) * 8;
}

/** The header, without extensions, and the payload. */
export function encodeIpv6(header: Ipv6Header, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER_LENGTH + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x60);
  view.setUint16(PAYLOAD_LENGTH, payload.length);
  view.setUint8(NEXT_HEADER, header.nextHeader);
  view.setUint8(HOP_LIMIT, header.hopLimit);
  writeIp(bytes, SOURCE, header.source);
  writeIp(bytes, DESTINATION, header.destination);
  bytes.set(payload, HEADER_LENGTH);
  return bytes;
}
