// The pcap capture file format (draft-ietf-opsawg-pcap): micro- or nanoseconds, either byte order.

import { SECOND } from '../base/time.ts';
import type { Link } from '../net/frame.ts';
import { CaptureError, MAX_RECORD_LENGTH } from './errors.ts';
import { isReadLinkType, LINKTYPE_ETHERNET, unsupportedLinkType } from './link-type.ts';
import type { FrameOutput, RecordParser } from './record-parser.ts';

/** The magic number as its bytes read in big-endian order. */
const PCAP_MICROSECONDS = 0xa1b2c3d4;
export const PCAP_NANOSECONDS = 0xa1b23c4d;
const MICROSECONDS_SWAPPED = 0xd4c3b2a1;
const NANOSECONDS_SWAPPED = 0x4d3cb2a1;

export const PCAP_HEADER_LENGTH = 24;
const MAJOR_VERSION = 4;
const LINK_TYPE = 20;
/** The upper half holds the length of a frame check sequence, which does no harm at a frame's end. */
const LINK_TYPE_MASK = 0xffff;

export const PCAP_RECORD_HEADER_LENGTH = 16;
const FRACTION = 4;
const CAPTURED_LENGTH = 8;
const WIRE_LENGTH = 12;

export function isPcapMagic(magic: number): boolean {
  return (
    magic === PCAP_MICROSECONDS ||
    magic === PCAP_NANOSECONDS ||
    magic === MICROSECONDS_SWAPPED ||
    magic === NANOSECONDS_SWAPPED
  );
}

export class PcapParser implements RecordParser {
  readonly #output: FrameOutput;
  readonly #link: Link;
  readonly #littleEndian: boolean;
  readonly #fractionsPerMicro: number;
  #linkType = LINKTYPE_ETHERNET;
  #records = 0;
  #begun = false;

  constructor(magic: number, output: FrameOutput, link: Link) {
    this.#output = output;
    this.#link = link;
    this.#littleEndian = magic === MICROSECONDS_SWAPPED || magic === NANOSECONDS_SWAPPED;
    this.#fractionsPerMicro = magic === PCAP_NANOSECONDS || magic === NANOSECONDS_SWAPPED ? 1000 : 1;
  }

  get begun(): boolean {
    return this.#begun;
  }

  parse(bytes: Uint8Array, view: DataView, start: number, end: number): number {
    let at = start;
    if (!this.#begun) {
      if (end - at < PCAP_HEADER_LENGTH) return at;
      this.#readHeader(view, at);
      at += PCAP_HEADER_LENGTH;
    }
    const littleEndian = this.#littleEndian;
    const fractionsPerMicro = this.#fractionsPerMicro;
    const { frame, deliver } = this.#output;
    const linkType = this.#linkType;
    frame.bytes = bytes;
    frame.link = this.#link;
    frame.strippedVlan = null;
    frame.outgoing = false;
    while (end - at >= PCAP_RECORD_HEADER_LENGTH) {
      const length = view.getUint32(at + CAPTURED_LENGTH, littleEndian);
      if (length > MAX_RECORD_LENGTH) {
        throw new CaptureError(`damaged: record ${this.#records + 1} claims to be ${length} bytes long`);
      }
      const frameStart = at + PCAP_RECORD_HEADER_LENGTH;
      if (end - frameStart < length) break;
      frame.start = frameStart;
      frame.end = frameStart + length;
      frame.wireLength = view.getUint32(at + WIRE_LENGTH, littleEndian);
      frame.at =
        view.getUint32(at, littleEndian) * SECOND +
        view.getUint32(at + FRACTION, littleEndian) / fractionsPerMicro;
      this.#records += 1;
      deliver(linkType);
      at = frame.end;
    }
    return at;
  }

  #readHeader(view: DataView, at: number): void {
    const version = view.getUint16(at + MAJOR_VERSION, this.#littleEndian);
    if (version !== 2) throw new CaptureError(`pcap version ${version} is not supported: expected 2`);
    const linkType = view.getUint32(at + LINK_TYPE, this.#littleEndian) & LINK_TYPE_MASK;
    if (!isReadLinkType(linkType)) throw unsupportedLinkType(linkType);
    this.#linkType = linkType;
    this.#begun = true;
  }
}
