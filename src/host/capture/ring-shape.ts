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

const MIB = 1024 * 1024;
/** Room for 28,000 ARP frames of a flood. Unlike `SO_RCVBUF` it needs neither a sysctl nor CAP_NET_ADMIN. Bytes. */
export const WHOLE_RING = 4 * MIB;
/** Room for 900 ARP frames. Bytes. */
const SMALLEST_RING = MIB / 8;
/** With fewer a frame would wait for longer than a third of a second to be handed over. */
const FEWEST_BLOCKS = 16;
/** All rings together, unless there are so many that the smallest take more. Bytes. */
const ALL_RINGS = 64 * MIB;
/** What is left is shared by those that are opened now and as much again for those that come later. */
const KEPT_FOR_LATER = 2;

/**
 * Bytes of each ring that is opened now: memory that the kernel takes at once, on machines that may have hundreds of interfaces.
 * @param open bytes of the rings that are open.
 * @param opening how many more are opened now.
 * @param pageLength bytes.
 */
export function ringBytesFor(open: number, opening: number, pageLength: number): number {
  const share = Math.max(0, ALL_RINGS - open) / KEPT_FOR_LATER / opening;
  const bytes = Math.max(share, SMALLEST_RING, FEWEST_BLOCKS * pageLength);
  return Math.min(WHOLE_RING, 2 ** Math.floor(Math.log2(bytes)));
}

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
