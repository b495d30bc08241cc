// A block of the kernel's receive ring (`TPACKET_V3`, include/uapi/linux/if_packet.h): fixed offsets, native byte order.

import { type Micros, SECOND } from '../../base/time.ts';
import { TPID_CUSTOMER, TPID_SERVICE } from '../../net/ethernet.ts';
import type { CapturedFrame, FrameHandler } from '../../net/frame.ts';

/** `tpacket_block_desc`, in 32-bit words. */
const BLOCK_STATUS = 2;
const BLOCK_PACKETS = 3;
const BLOCK_FIRST_PACKET = 4;
const BLOCK_LENGTH = 5;

const STATUS_USER = 1;
const STATUS_KERNEL = 0;

/** `tpacket3_hdr`, in 32-bit words; its length is followed by a `sockaddr_ll`. */
const NEXT_OFFSET = 0;
const SECONDS = 1;
const NANOSECONDS = 2;
const CAPTURED_LENGTH = 3;
const WIRE_LENGTH = 4;
const STATUS = 5;
const MAC_OFFSET = 6; // low half-word
const VLAN_TCI = 8;

const STATUS_VLAN_VALID = 0x10;
const VLAN_ID_MASK = 0x0fff;
/** Byte offset from the packet's header: after `tpacket3_hdr`, `sll_pkttype` of `sockaddr_ll`. */
const PACKET_TYPE = 48 + 10;
const PACKET_OUTGOING = 4;

const TAG_TYPE_AT = 12;
const TAG_ID_AT = 14;

/**
 * Takes blocks out of a ring that the kernel fills. A block is copied into memory of our own and given back at once: frames
 * then live in ordinary memory (safe to touch after the socket is closed), and a slow reader holds up no block.
 */
export class RingReader {
  /** The block taken last. */
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  readonly #ring: Uint8Array;
  readonly #ringWords: Uint32Array;
  readonly #blockLength: number;
  #next = 0;

  constructor(ring: Uint8Array, blockLength: number) {
    this.#ring = ring;
    this.#ringWords = new Uint32Array(ring.buffer, ring.byteOffset, ring.length / 4);
    this.#blockLength = blockLength;
    this.bytes = new Uint8Array(blockLength);
    this.words = new Uint32Array(this.bytes.buffer);
  }

  /** The kernel's stamp of the first frame of the next block; undefined where the kernel still fills it. */
  nextAt(): Micros | undefined {
    if (!this.#isReady()) return undefined;
    const header = (this.#next + this.#ringWords[this.#next / 4 + BLOCK_FIRST_PACKET]!) >>> 2;
    return stampAt(this.#ringWords, header);
  }

  /** Gives the next block back unread. Returns how many frames it holds; 0 where the kernel still fills it. */
  skip(): number {
    if (!this.#isReady()) return 0;
    const packets = this.#ringWords[this.#next / 4 + BLOCK_PACKETS]!;
    this.#giveBack();
    return packets;
  }

  /** False where the kernel still fills the next block. */
  take(): boolean {
    if (!this.#isReady()) return false;
    const start = this.#next;
    const used = Math.min(this.#ringWords[start / 4 + BLOCK_LENGTH]!, this.#blockLength);
    this.bytes.set(this.#ring.subarray(start, start + used));
    this.#giveBack();
    return true;
  }

  /** Atomics: what the kernel wrote before the status must be read after it, and given back after it was read. */
  #isReady(): boolean {
    return (Atomics.load(this.#ringWords, this.#next / 4 + BLOCK_STATUS) & STATUS_USER) !== 0;
  }

  #giveBack(): void {
    Atomics.store(this.#ringWords, this.#next / 4 + BLOCK_STATUS, STATUS_KERNEL);
    this.#next = (this.#next + this.#blockLength) % this.#ring.length;
  }
}

/** @param word where the frame's header begins. */
function stampAt(words: Uint32Array, word: number): Micros {
  return words[word + SECONDS]! * SECOND + words[word + NANOSECONDS]! / 1000;
}

/** What to make of a block's packets; `frame` is filled anew for each. */
export interface Delivery {
  readonly frame: CapturedFrame;
  readonly handler: FrameHandler;
  /** From the kernel's wall-clock timestamp to the process's timeline. */
  readonly toTimeline: (realtime: Micros) => Micros;
  /** VLANs whose frames are left out, because their own interface delivers them. */
  readonly leftOutVlans: ReadonlySet<number>;
}

/** Hands each packet of a block to the handler; returns how many. */
export function deliverBlock(bytes: Uint8Array, words: Uint32Array, delivery: Delivery): number {
  const { frame, handler, toTimeline, leftOutVlans } = delivery;
  const packets = words[BLOCK_PACKETS]!;
  let delivered = 0;
  let header = words[BLOCK_FIRST_PACKET]!;
  for (let i = 0; i < packets; i += 1) {
    const word = header >>> 2;
    const status = words[word + STATUS]!;
    const start = header + (words[word + MAC_OFFSET]! & 0xffff);
    const end = start + words[word + CAPTURED_LENGTH]!;
    const strippedVlan = (status & STATUS_VLAN_VALID) !== 0 ? words[word + VLAN_TCI]! & VLAN_ID_MASK : null;
    if (leftOutVlans.size === 0 || !leftOutVlans.has(strippedVlan ?? inBandVlan(bytes, start, end))) {
      frame.bytes = bytes;
      frame.start = start;
      frame.end = end;
      frame.wireLength = words[word + WIRE_LENGTH]!;
      frame.at = toTimeline(stampAt(words, word));
      frame.strippedVlan = strippedVlan;
      frame.outgoing = bytes[header + PACKET_TYPE] === PACKET_OUTGOING;
      handler(frame);
      delivered += 1;
    }
    header += words[word + NEXT_OFFSET]!;
  }
  return delivered;
}

/** The VLAN id of a tag within the frame, or -1. A frame that this host sends may carry it there. */
function inBandVlan(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < TAG_ID_AT + 2) return -1;
  const type = (bytes[start + TAG_TYPE_AT]! << 8) | bytes[start + TAG_TYPE_AT + 1]!;
  if (type !== TPID_CUSTOMER && type !== TPID_SERVICE) return -1;
  return ((bytes[start + TAG_ID_AT]! << 8) | bytes[start + TAG_ID_AT + 1]!) & VLAN_ID_MASK;
}
