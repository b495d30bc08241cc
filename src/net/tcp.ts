// TCP segments without their data (RFC 9293), as far as asking for a connection and reading the answer needs them.
import type { IpAddress } from './address.ts';
import { uint16At, uint32At } from './bytes.ts';
import { checksumOf, judgeChecksum, sumOfPseudoHeader, sumOfWords } from './checksum.ts';
import { PROTOCOL_TCP } from './protocol-numbers.ts';
import { accepted, type Decoded, refused } from './result.ts';

export const TCP_SYN = 0x02;
export const TCP_RST = 0x04;
export const TCP_ACK = 0x10;

export interface TcpHeader {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly acknowledgment: number;
  /** CWR, ECE, URG, ACK, PSH, RST, SYN, FIN, from the highest bit to the lowest. */
  readonly flags: number;
  readonly window: number;
  /** The option of that name (section 3.7.1); null: absent. The other options are skipped. */
  readonly maximumSegmentSize: number | null;
}

export interface TcpSegment extends TcpHeader {
  readonly payloadStart: number;
  readonly payloadEnd: number;
  /** `offloaded`: left to the sender's network card, see `judgeChecksum`. */
  readonly checksum: 'verified' | 'offloaded';
}

export type TcpRefusal = 'truncated' | 'bad-header-length' | 'bad-option' | 'bad-checksum';

const SOURCE_PORT = 0;
const DESTINATION_PORT = 2;
const SEQUENCE = 4;
const ACKNOWLEDGMENT = 8;
const DATA_OFFSET = 12;
const FLAGS = 13;
const WINDOW = 14;
const CHECKSUM = 16;
const MINIMUM_HEADER = 20;

const END_OF_OPTIONS = 0;
const NO_OPERATION = 1;
const MAXIMUM_SEGMENT_SIZE = 2;
const MAXIMUM_SEGMENT_SIZE_LENGTH = 4;

const TRUNCATED = refused('truncated');
const BAD_HEADER_LENGTH = refused('bad-header-length');
const BAD_OPTION = refused('bad-option');
const BAD_CHECKSUM = refused('bad-checksum');

/** The bounds and `pseudoHeaderSum` are those of the IP payload, as the IP decoders give them. */
export function decodeTcp(
  bytes: Uint8Array,
  start: number,
  end: number,
  pseudoHeaderSum: number,
): Decoded<TcpSegment, TcpRefusal> {
  if (end - start < MINIMUM_HEADER) return TRUNCATED;
  const headerLength = (bytes[start + DATA_OFFSET]! >> 4) * 4;
  if (headerLength < MINIMUM_HEADER) return BAD_HEADER_LENGTH;
  if (end - start < headerLength) return TRUNCATED;
  const payloadStart = start + headerLength;
  const checksum = judgeChecksum(
    uint16At(bytes, start + CHECKSUM),
    pseudoHeaderSum,
    sumOfWords(bytes, start, end),
  );
  if (checksum === undefined) return BAD_CHECKSUM;
  const maximumSegmentSize = maximumSegmentSizeAt(bytes, start + MINIMUM_HEADER, payloadStart);
  if (maximumSegmentSize === 'bad-option') return BAD_OPTION;
  return accepted({
    sourcePort: uint16At(bytes, start + SOURCE_PORT),
    destinationPort: uint16At(bytes, start + DESTINATION_PORT),
    sequence: uint32At(bytes, start + SEQUENCE),
    acknowledgment: uint32At(bytes, start + ACKNOWLEDGMENT),
    flags: bytes[start + FLAGS]!,
    window: uint16At(bytes, start + WINDOW),
    maximumSegmentSize,
    payloadStart,
    payloadEnd: end,
    checksum,
  });
}

/** Section 3.1: an option is one byte (kinds 0 and 1), or a kind, its whole length and its data. The first one counts. */
function maximumSegmentSizeAt(bytes: Uint8Array, start: number, end: number): number | null | 'bad-option' {
  let found: number | null = null;
  for (let at = start; at < end; ) {
    const kind = bytes[at]!;
    if (kind === END_OF_OPTIONS) break;
    if (kind === NO_OPERATION) {
      at += 1;
      continue;
    }
    if (end - at < 2) return 'bad-option';
    const length = bytes[at + 1]!;
    if (length < 2 || end - at < length) return 'bad-option';
    if (kind === MAXIMUM_SEGMENT_SIZE) {
      if (length !== MAXIMUM_SEGMENT_SIZE_LENGTH) return 'bad-option';
      found ??= uint16At(bytes, at + 2);
    }
    at += length;
  }
  return found;
}

/** The segment, without data, with its checksum, which covers the addresses it is sent from and to. */
export function encodeTcp(
  header: TcpHeader,
  addresses: { readonly source: IpAddress; readonly destination: IpAddress },
): Uint8Array {
  const { maximumSegmentSize } = header;
  const length = MINIMUM_HEADER + (maximumSegmentSize === null ? 0 : MAXIMUM_SEGMENT_SIZE_LENGTH);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint16(SOURCE_PORT, header.sourcePort);
  view.setUint16(DESTINATION_PORT, header.destinationPort);
  view.setUint32(SEQUENCE, header.sequence);
  view.setUint32(ACKNOWLEDGMENT, header.acknowledgment);
  view.setUint8(DATA_OFFSET, (length / 4) << 4);
  view.setUint8(FLAGS, header.flags);
  view.setUint16(WINDOW, header.window);
  if (maximumSegmentSize !== null) {
    view.setUint8(MINIMUM_HEADER, MAXIMUM_SEGMENT_SIZE);
    view.setUint8(MINIMUM_HEADER + 1, MAXIMUM_SEGMENT_SIZE_LENGTH);
    view.setUint16(MINIMUM_HEADER + 2, maximumSegmentSize);
  }
  const pseudoSum = sumOfPseudoHeader(addresses.source, addresses.destination, PROTOCOL_TCP, length);
  view.setUint16(CHECKSUM, checksumOf(pseudoSum + sumOfWords(bytes, 0, length)));
  return bytes;
}
