// UDP datagrams (RFC 768).
import type { IpAddress } from './address.ts';
import { uint16At } from './bytes.ts';
import { checksumOf, judgeChecksum, sumOfPseudoHeader, sumOfWords } from './checksum.ts';
import { PROTOCOL_UDP } from './protocol-numbers.ts';
import { accepted, type Decoded, refused } from './result.ts';

export interface UdpHeader {
  readonly sourcePort: number;
  readonly destinationPort: number;
}

export interface UdpDatagram extends UdpHeader {
  readonly payloadStart: number;
  readonly payloadEnd: number;
  /** `absent`: the sender left it out. `offloaded`: left to the sender's network card, see `judgeChecksum`. */
  readonly checksum: 'verified' | 'offloaded' | 'absent' | 'unchecked';
}

export type UdpRefusal = 'truncated' | 'bad-length' | 'bad-checksum';

const SOURCE_PORT = 0;
const DESTINATION_PORT = 2;
const LENGTH = 4;
const CHECKSUM = 6;
const HEADER_LENGTH = 8;

const TRUNCATED = refused('truncated');
const BAD_LENGTH = refused('bad-length');
const BAD_CHECKSUM = refused('bad-checksum');

/**
 * The bounds and `pseudoHeaderSum` are those of the IP payload, as the IP decoders give them; without the sum the
 * checksum stays unchecked.
 */
export function decodeUdp(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
  pseudoHeaderSum?: number,
): Decoded<UdpDatagram, UdpRefusal> {
  if (end - start < HEADER_LENGTH) return TRUNCATED;
  const length = uint16At(bytes, start + LENGTH);
  if (length < HEADER_LENGTH) return BAD_LENGTH;
  if (end - start < length) return TRUNCATED;
  const payloadEnd = start + length;
  const field = uint16At(bytes, start + CHECKSUM);
  let checksum: UdpDatagram['checksum'] = field === 0 ? 'absent' : 'unchecked';
  if (field !== 0 && pseudoHeaderSum !== undefined) {
    // The pseudo-header counts the datagram's length, which may be less than that of the IP payload around it.
    const sum = pseudoHeaderSum - (end - start) + length;
    const state = judgeChecksum(field, sum, sumOfWords(bytes, start, payloadEnd));
    if (state === undefined) return BAD_CHECKSUM;
    checksum = state;
  }
  return accepted({
    sourcePort: uint16At(bytes, start + SOURCE_PORT),
    destinationPort: uint16At(bytes, start + DESTINATION_PORT),
    payloadStart: start + HEADER_LENGTH,
    payloadEnd,
    checksum,
  });
}

/** The datagram with its checksum, which covers the addresses it is sent from and to. */
export function encodeUdp(
  header: UdpHeader,
  payload: Uint8Array,
  addresses: { readonly source: IpAddress; readonly destination: IpAddress },
): Uint8Array {
  const bytes = new Uint8Array(HEADER_LENGTH + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(SOURCE_PORT, header.sourcePort);
  view.setUint16(DESTINATION_PORT, header.destinationPort);
  view.setUint16(LENGTH, bytes.length);
  bytes.set(payload, HEADER_LENGTH);
  const pseudoSum = sumOfPseudoHeader(addresses.source, addresses.destination, PROTOCOL_UDP, bytes.length);
  // 0 would say that there is none; 0xffff is the same number in ones' complement.
  view.setUint16(CHECKSUM, checksumOf(pseudoSum + sumOfWords(bytes, 0, bytes.length)) || 0xffff);
  return bytes;
}
