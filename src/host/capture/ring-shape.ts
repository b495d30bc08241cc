// The shape of a receive ring (`struct tpacket_req3`, include/uapi/linux/if_packet.h): many small blocks. A block is handed over
// after its timeout however empty it is, so that their number, not their bytes, says how long a reader may stall while a
// few frames come.

import type { Millis } from '../../base/time.ts';
export interface RingShape {
  /** Bytes; a multiple of the page. */
  readonly blockLength: number;
  readonly blocks: number;
  /** Bytes. TPACKET_V3 packs frames whatever their length; it only wants a divisor of the block. */
  readonly frameLength: number;
  /** A block is handed over when it is full, or so many milliseconds after its first frame. */
  readonly timeoutMs: Millis;
}

export const MIN_BLOCKS = 2;
const FRAME_LENGTH = 2048;
/** Each block that is handed over may wake the process up. */
const SHORTEST_TIMEOUT_MS = 5;
/** Thin traffic of so many milliseconds is kept while nobody reads, as while an SD card writes. */
const BEARS_STALL_MS = 5000;

/** @param pageLength bytes: 4,096 mostly, but 16 or 64 KiB on some arm64 kernels. */
export function ringShape(ringBytes: number, pageLength: number): RingShape {
  const blocks = Math.max(MIN_BLOCKS, Math.ceil(ringBytes / pageLength));
  return {
    blockLength: pageLength,
    blocks,
    frameLength: FRAME_LENGTH,
    timeoutMs: Math.max(SHORTEST_TIMEOUT_MS, Math.ceil(BEARS_STALL_MS / blocks)),
  };
}
