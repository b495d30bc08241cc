// ICMP echo (RFC 792): a ping and its answer.
import { copyOfBytes, uint16At } from './bytes.ts';
import { checksumOf, foldSum, sumOfWords } from './checksum.ts';
import { accepted, type Decoded, refused } from './result.ts';

export interface Echo {
  readonly isReply: boolean;
  readonly identifier: number;
  readonly sequence: number;
  /** The answer brings it back. */
  readonly data: Uint8Array;
}

export type EchoRefusal = 'truncated' | 'not-an-echo' | 'bad-checksum';

/** The identifier of this program's pings: the kernel-side filter passes no other answers. */
export const PING_IDENTIFIER = 0x7677;

const ECHO_REPLY = 0;
const ECHO_REQUEST = 8;
const CODE = 1;
const CHECKSUM = 2;
const IDENTIFIER = 4;
const SEQUENCE = 6;
const DATA = 8;

const TRUNCATED = refused('truncated');
const NOT_AN_ECHO = refused('not-an-echo');
const BAD_CHECKSUM = refused('bad-checksum');

/** The bounds are those of the IP payload. */
export function decodeEcho(bytes: Uint8Array, start = 0, end = bytes.length): Decoded<Echo, EchoRefusal> {
  if (end - start < DATA) return TRUNCATED;
  const type = bytes[start];
  if ((type !== ECHO_REPLY && type !== ECHO_REQUEST) || bytes[start + CODE] !== 0) return NOT_AN_ECHO;
  if (foldSum(sumOfWords(bytes, start, end)) !== 0xffff) return BAD_CHECKSUM;
  return accepted({
    isReply: type === ECHO_REPLY,
    identifier: uint16At(bytes, start + IDENTIFIER),
    sequence: uint16At(bytes, start + SEQUENCE),
    data: copyOfBytes(bytes, start + DATA, end),
  });
}

export function encodeEcho({ isReply, identifier, sequence, data }: Echo): Uint8Array {
  const bytes = new Uint8Array(DATA + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, isReply ? ECHO_REPLY : ECHO_REQUEST);
  view.setUint16(IDENTIFIER, identifier);
  view.setUint16(SEQUENCE, sequence);
  bytes.set(data, DATA);
  view.setUint16(CHECKSUM, checksumOf(sumOfWords(bytes, 0, bytes.length)));
  return bytes;
}
