// A captured frame, and the link that it came from: what every source of frames hands out.
import type { Micros } from '../base/time.ts';

/** A network interface that frames come from: a live one, or the name given to a capture file's. */
export interface Link {
  /** The interface that carries the segment's untagged frames, e.g. `eth0` both for `eth0` and for `eth0.10`. */
  readonly interface: string;
  /** The VLAN that this link's untagged frames belong to: 10 for `eth0.10`, null for `eth0`. */
  readonly vlan: number | null;
}

/**
 * One captured frame. Sources hand out the same object again and again, and reuse its buffer: what outlives the call
 * must be copied.
 */
export interface CapturedFrame {
  bytes: Uint8Array;
  /** First byte of the Ethernet header. */
  start: number;
  /** One past the last captured byte. */
  end: number;
  /** Length on the wire, in bytes; more than `end - start` where the capture cut the frame. */
  wireLength: number;
  at: Micros;
  link: Link;
  /** The outer tag's VLAN id where the kernel took the tag off the frame (`PACKET_AUXDATA`), else null. */
  strippedVlan: number | null;
  /** This host sent the frame itself (`PACKET_OUTGOING`). */
  outgoing: boolean;
}

/** What a source fills with one frame after the other. */
export function emptyFrame(link: Link, bytes = new Uint8Array(0)): CapturedFrame {
  return {
    bytes,
    start: 0,
    end: 0,
    wireLength: 0,
    at: 0,
    link,
    strippedVlan: null,
    outgoing: false,
  };
}

export type FrameHandler = (frame: CapturedFrame) => void;
