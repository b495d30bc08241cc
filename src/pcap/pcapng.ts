// The pcapng capture file format (draft-ietf-opsawg-pcapng): sections, interfaces, and blocks of many kinds.

import { SECOND } from '../base/time.ts';
import type { Link } from '../net/frame.ts';
import { CaptureError, MAX_RECORD_LENGTH } from './errors.ts';
import type { FrameOutput, RecordParser } from './record-parser.ts';

/** Reads the same in both byte orders. */
export const PCAPNG_SECTION_HEADER = 0x0a0d0d0a;

const INTERFACE_DESCRIPTION = 1;
const OLD_PACKET = 2;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** Type and length in front of a block's body, the length again behind it. */
const BLOCK_HEADER_LENGTH = 8;
const BLOCK_TRAILER_LENGTH = 4;
const SECTION_BODY_LENGTH = 16;

const OPTION_END = 0;
const OPTION_NAME = 2;
const OPTION_PACKET_FLAGS = 2;
const OPTION_TIME_RESOLUTION = 9;
const OPTION_TIME_OFFSET = 14;
const DIRECTION_MASK = 3;
const OUTBOUND = 2;

/** Times beyond these are damage; `Micros` cannot hold them exactly. */
const MAX_MICROS = Number.MAX_SAFE_INTEGER;

interface Interface {
  readonly linkType: number;
  readonly snapLength: number;
  readonly name: string | null;
  /** How many of the timestamp's units a microsecond has. */
  readonly unitsPerMicro: number;
  /** To be added to timestamps, in microseconds. */
  readonly offset: number;
  link: Link | null;
}

/** Where a packet block's fields lie; lengths and data follow the timestamp in both kinds. */
interface PacketLayout {
  readonly shortInterface: boolean;
}

const ENHANCED: PacketLayout = { shortInterface: false };
const OLD: PacketLayout = { shortInterface: true };

export class PcapngParser implements RecordParser {
  readonly #output: FrameOutput;
  readonly #defaultName: string;
  readonly #links = new Map<string, Link>();
  #littleEndian = true;
  #interfaces: Interface[] = [];
  #begun = false;

  /** `defaultName` stands for interfaces that the file doesn't name; several of them get `-0`, `-1` and so on. */
  constructor(output: FrameOutput, defaultName: string) {
    this.#output = output;
    this.#defaultName = defaultName;
  }

  get begun(): boolean {
    return this.#begun;
  }

  parse(bytes: Uint8Array, view: DataView, start: number, end: number): number {
    let at = start;
    this.#output.frame.bytes = bytes;
    this.#output.frame.strippedVlan = null;
    while (end - at >= BLOCK_HEADER_LENGTH + BLOCK_TRAILER_LENGTH) {
      const isSection = view.getUint32(at, this.#littleEndian) === PCAPNG_SECTION_HEADER;
      // Each section may have its own byte order, which its length is already written in.
      if (isSection) this.#readByteOrder(view, at);
      const length = view.getUint32(at + 4, this.#littleEndian);
      this.#checkLength(length, isSection);
      if (end - at < length) break;
      const next = at + length;
      if (view.getUint32(next - BLOCK_TRAILER_LENGTH, this.#littleEndian) !== length) {
        throw new CaptureError('damaged: the two lengths of a block disagree');
      }
      this.#readBlock(bytes, view, at, next - BLOCK_TRAILER_LENGTH);
      at = next;
    }
    return at;
  }

  #readByteOrder(view: DataView, at: number): void {
    const magic = view.getUint32(at + BLOCK_HEADER_LENGTH, true);
    this.#littleEndian = magic === BYTE_ORDER_MAGIC;
    if (!this.#littleEndian && view.getUint32(at + BLOCK_HEADER_LENGTH, false) !== BYTE_ORDER_MAGIC) {
      throw new CaptureError('damaged: a section has no byte-order mark');
    }
  }

  #checkLength(length: number, isSection: boolean): void {
    const least = BLOCK_HEADER_LENGTH + BLOCK_TRAILER_LENGTH + (isSection ? SECTION_BODY_LENGTH : 0);
    if (length < least || length % 4 !== 0 || length > MAX_RECORD_LENGTH) {
      throw new CaptureError(`damaged: a block claims to be ${length} bytes long`);
    }
  }

  #readBlock(bytes: Uint8Array, view: DataView, at: number, end: number): void {
    const body = at + BLOCK_HEADER_LENGTH;
    switch (view.getUint32(at, this.#littleEndian)) {
      case PCAPNG_SECTION_HEADER:
        this.#readSection(view, body);
        break;
      case INTERFACE_DESCRIPTION:
        this.#readInterface(bytes, view, body, end);
        break;
      case ENHANCED_PACKET:
        this.#readPacket(view, body, end, ENHANCED);
        break;
      case OLD_PACKET:
        this.#readPacket(view, body, end, OLD);
        break;
      case SIMPLE_PACKET:
        this.#readSimplePacket(view, body, end);
        break;
      // Names, statistics, comments, secrets and whatever else exists are of no interest.
    }
  }

  #readSection(view: DataView, body: number): void {
    const version = view.getUint16(body + 4, this.#littleEndian);
    if (version !== 1) throw new CaptureError(`pcapng version ${version} is not supported: expected 1`);
    this.#interfaces = [];
    this.#begun = true;
  }

  #readInterface(bytes: Uint8Array, view: DataView, body: number, end: number): void {
    if (end - body < 8) throw new CaptureError('damaged: an interface description is too short');
    let name: string | null = null;
    let unitsPerMicro = 1;
    let offset = 0;
    this.#eachOption(view, body + 8, end, (option, from, length) => {
      if (option === OPTION_NAME) name = nameOf(bytes.subarray(from, from + length));
      else if (option === OPTION_TIME_RESOLUTION && length >= 1)
        unitsPerMicro = unitsPerMicroOf(bytes[from]!);
      else if (option === OPTION_TIME_OFFSET && length >= 8) {
        offset = Number(view.getBigInt64(from, this.#littleEndian)) * SECOND;
      }
    });
    this.#interfaces.push({
      linkType: view.getUint16(body, this.#littleEndian),
      snapLength: view.getUint32(body + 4, this.#littleEndian),
      name,
      unitsPerMicro,
      offset,
      link: null,
    });
  }

  #readPacket(view: DataView, body: number, end: number, { shortInterface }: PacketLayout): void {
    if (end - body < 20) throw new CaptureError('damaged: a packet block is too short');
    const id = shortInterface
      ? view.getUint16(body, this.#littleEndian)
      : view.getUint32(body, this.#littleEndian);
    const source = this.#interfaceOf(id);
    const captured = view.getUint32(body + 12, this.#littleEndian);
    const start = body + 20;
    if (captured > end - start) throw new CaptureError(`damaged: a packet claims ${captured} bytes`);
    const { frame, deliver } = this.#output;
    const high = view.getUint32(body + 4, this.#littleEndian);
    const low = view.getUint32(body + 8, this.#littleEndian);
    frame.at = microsOf(high, low, source.unitsPerMicro) + source.offset;
    if (!(frame.at >= 0 && frame.at <= MAX_MICROS))
      throw new CaptureError("damaged: a packet's time is beyond reason");
    frame.start = start;
    frame.end = start + captured;
    frame.wireLength = view.getUint32(body + 16, this.#littleEndian);
    frame.link = source.link ?? this.#linkOf(source, id);
    frame.outgoing = false;
    const options = start + padded(captured);
    if (options < end) {
      this.#eachOption(view, options, end, (option, from, length) => {
        if (option !== OPTION_PACKET_FLAGS || length < 4) return;
        frame.outgoing = (view.getUint32(from, this.#littleEndian) & DIRECTION_MASK) === OUTBOUND;
      });
    }
    deliver(source.linkType);
  }

  /** It has no timestamp: it is given that of the packet before it. */
  #readSimplePacket(view: DataView, body: number, end: number): void {
    if (end - body < 4) throw new CaptureError('damaged: a packet block is too short');
    const source = this.#interfaceOf(0);
    const { frame, deliver } = this.#output;
    const start = body + 4;
    frame.wireLength = view.getUint32(body, this.#littleEndian);
    const snapLength = source.snapLength === 0 ? Number.POSITIVE_INFINITY : source.snapLength;
    frame.start = start;
    frame.end = start + Math.min(frame.wireLength, snapLength, end - start);
    frame.link = source.link ?? this.#linkOf(source, 0);
    frame.outgoing = false;
    deliver(source.linkType);
  }

  #interfaceOf(id: number): Interface {
    const source = this.#interfaces[id];
    if (source === undefined)
      throw new CaptureError(`damaged: a packet names interface ${id}, which is not described`);
    return source;
  }

  /** Named when its first packet comes: by then it is known whether it is the only one without a name. */
  #linkOf(source: Interface, id: number): Link {
    const unnamed = this.#interfaces.filter((other) => other.name === null).length;
    const name = source.name ?? (unnamed === 1 ? this.#defaultName : `${this.#defaultName}-${id}`);
    const link = this.#links.get(name) ?? { interface: name, vlan: null };
    this.#links.set(name, link);
    source.link = link;
    return link;
  }

  #eachOption(
    view: DataView,
    start: number,
    end: number,
    visit: (option: number, from: number, length: number) => void,
  ): void {
    for (let at = start; end - at >= 4; ) {
      const option = view.getUint16(at, this.#littleEndian);
      const length = view.getUint16(at + 2, this.#littleEndian);
      if (option === OPTION_END) return;
      if (length > end - at - 4) throw new CaptureError('damaged: an option is longer than its block');
      visit(option, at + 4, length);
      at += 4 + padded(length);
    }
  }
}

function padded(length: number): number {
  return (length + 3) & ~3;
}

/** `if_tsresol`: a negative power of 2 where the highest bit is set, else of 10. */
function unitsPerMicroOf(resolution: number): number {
  const exponent = resolution & 0x7f;
  return ((resolution & 0x80) !== 0 ? 2 ** exponent : 10 ** exponent) / SECOND;
}

/** A 64-bit count of units. Nanoseconds are beyond a double's whole numbers, so they are divided in two steps. */
function microsOf(high: number, low: number, unitsPerMicro: number): number {
  if (unitsPerMicro <= 1 || !Number.isInteger(unitsPerMicro)) {
    return (high * 2 ** 32 + low) / unitsPerMicro;
  }
  const upper = high * 0x10000 + (low >>> 16);
  const quotient = Math.floor(upper / unitsPerMicro);
  const rest = (upper - quotient * unitsPerMicro) * 0x10000 + (low & 0xffff);
  return quotient * 0x10000 + rest / unitsPerMicro;
}

/** A name may be padded with zeros; an empty one is none. */
function nameOf(bytes: Uint8Array): string | null {
  const end = bytes.indexOf(0);
  const text = new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
  return text === '' ? null : text;
}
