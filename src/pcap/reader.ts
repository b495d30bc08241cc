// Reads capture files, pcap or pcapng, in chunks as they come: flat memory, whatever the file's size.

import { type CapturedFrame, emptyFrame, type FrameHandler } from '../net/frame.ts';
import { COMPRESSION_MAGIC_LENGTH, compressionOf } from './compression.ts';
import { CookedFrames } from './cooked.ts';
import { CaptureError } from './errors.ts';
import { isReadLinkType, LINKTYPE_ETHERNET, linkTypeName, unsupportedLinkType } from './link-type.ts';
import { isPcapMagic, PcapParser } from './pcap.ts';
import { PCAPNG_SECTION_HEADER, PcapngParser } from './pcapng.ts';
import type { FrameOutput, RecordParser } from './record-parser.ts';

const MAGIC_LENGTH = COMPRESSION_MAGIC_LENGTH;
const COOKED_BUT_NOT_ETHERNET = 'Linux cooked, but not from Ethernet';
/** A damaged file may claim any link type: those beyond are counted together. */
const MAX_LEFT_OUT = 16;
const OTHERS = 'others';

/** So much of a chunk is joined to a record that began in the chunk before, at a time. Bytes. */
const JOIN_LENGTH = 64 * 1024;

export interface CaptureReaderOptions {
  /** For the frames' link, where the file doesn't name its interface. */
  readonly interfaceName: string;
}

export interface CaptureEnd {
  readonly frames: number;
  /** What is missing, where the file ends within a record; the frames before it were delivered. */
  readonly truncated: string | null;
  /** How many frames came from interfaces that are not Ethernet, by the name of their link type. Absent where none did. */
  readonly leftOut?: ReadonlyMap<string, number>;
}

/** The handler is called within `push`, again and again with the same frame. */
export class CaptureReader {
  readonly #output: FrameOutput;
  readonly #interfaceName: string;
  readonly #handler: FrameHandler;
  readonly #cooked: CookedFrames;
  readonly #leftOut = new Map<string, number>();
  #parser: RecordParser | undefined;
  #frames = 0;
  #leftOutType: number | null = null;
  /** The record that the last chunk left incomplete. */
  #rest = new Uint8Array(2 * JOIN_LENGTH);
  #restLength = 0;

  constructor(handler: FrameHandler, { interfaceName }: CaptureReaderOptions) {
    this.#interfaceName = interfaceName;
    this.#handler = handler;
    const frame = emptyFrame({ interface: interfaceName, vlan: null }, this.#rest);
    this.#cooked = new CookedFrames(frame.link);
    this.#output = { frame, deliver: (linkType) => this.#deliver(frame, linkType) };
  }

  /** The chunk may be reused afterwards. Throws CaptureError for what is no capture file, or a damaged one. */
  push(chunk: Uint8Array): void {
    let at = 0;
    while (this.#restLength > 0 && at < chunk.length) {
      const before = this.#restLength;
      const joined = Math.min(JOIN_LENGTH, chunk.length - at);
      this.#append(chunk.subarray(at, at + joined));
      const used = this.#parse(this.#rest, this.#restLength);
      if (used >= before) {
        at += used - before;
        this.#restLength = 0;
      } else {
        at += joined;
        this.#rest.copyWithin(0, used, this.#restLength);
        this.#restLength -= used;
      }
    }
    const left = at === 0 ? chunk : chunk.subarray(at);
    this.#append(left.subarray(this.#parse(left, left.length)));
  }

  /** Throws CaptureError where the file was no capture at all. */
  end(): CaptureEnd {
    if (this.#parser?.begun !== true) {
      throw new CaptureError(
        this.#restLength === 0 ? 'the file is empty' : 'the file ends within its header',
      );
    }
    if (this.#frames === 0 && this.#leftOutType !== null) throw unsupportedLinkType(this.#leftOutType);
    const truncated =
      this.#restLength === 0
        ? null
        : `the file ends within a record: its last ${this.#restLength} bytes were left out`;
    return {
      frames: this.#frames,
      truncated,
      ...(this.#leftOut.size > 0 && { leftOut: this.#leftOut }),
    };
  }

  #deliver(frame: CapturedFrame, linkType: number): void {
    if (linkType === LINKTYPE_ETHERNET) {
      this.#frames += 1;
      return this.#handler(frame);
    }
    if (!isReadLinkType(linkType)) {
      this.#leftOutType ??= linkType;
      return this.#leaveOut(linkTypeName(linkType));
    }
    const ethernet = this.#cooked.asEthernet(frame, linkType);
    if (!ethernet) return this.#leaveOut(COOKED_BUT_NOT_ETHERNET);
    this.#frames += 1;
    this.#handler(ethernet);
  }

  #leaveOut(name: string): void {
    const kept = this.#leftOut.has(name) || this.#leftOut.size < MAX_LEFT_OUT ? name : OTHERS;
    this.#leftOut.set(kept, (this.#leftOut.get(kept) ?? 0) + 1);
  }

  #parse(bytes: Uint8Array, end: number): number {
    if (end === 0) return 0;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    if (this.#parser === undefined) {
      if (end < MAGIC_LENGTH) return 0;
      this.#parser = this.#parserFor(view.getUint32(0, false));
    }
    return this.#parser.parse(bytes, view, 0, end);
  }

  #parserFor(magic: number): RecordParser {
    if (isPcapMagic(magic)) return new PcapParser(magic, this.#output, this.#output.frame.link);
    if (magic === PCAPNG_SECTION_HEADER) return new PcapngParser(this.#output, this.#interfaceName);
    const compression = compressionOf(magic);
    if (compression) {
      throw new CaptureError(
        `the file is compressed: decompress it first, e.g. \`${compression.command} FILE | vipwatch replay … -\``,
      );
    }
    throw new CaptureError('not a pcap or pcapng file');
  }

  #append(bytes: Uint8Array): void {
    const length = this.#restLength + bytes.length;
    if (length > this.#rest.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#rest.length));
      larger.set(this.#rest.subarray(0, this.#restLength));
      this.#rest = larger;
    }
    this.#rest.set(bytes, this.#restLength);
    this.#restLength = length;
  }
}
