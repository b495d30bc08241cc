// What the parsers of the two capture formats have in common.
import type { CapturedFrame } from '../net/frame.ts';

/** Parses one capture file format, piece by piece. */
export interface RecordParser {
  /**
   * Takes as many whole records as lie in `bytes` from `start` to `end` and returns where the first incomplete one begins.
   * Throws CaptureError for what no more bytes could mend.
   */
  parse(bytes: Uint8Array, view: DataView, start: number, end: number): number;
  /** Whether the file's own header was complete. */
  readonly begun: boolean;
}

/** The one frame object that a parser fills again and again, and who gets it. */
export interface FrameOutput {
  readonly frame: CapturedFrame;
  /** Hands the frame on, of whatever link type it is. */
  readonly deliver: (linkType: number) => void;
}
