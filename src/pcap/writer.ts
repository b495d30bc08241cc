// Writes the pcap format with nanosecond timestamps, little-endian, Ethernet.

import { type Micros, SECOND } from '../base/time.ts';
import { LINKTYPE_ETHERNET } from './link-type.ts';
import { PCAP_HEADER_LENGTH, PCAP_NANOSECONDS, PCAP_RECORD_HEADER_LENGTH } from './pcap.ts';

const SNAP_LENGTH = 262_144;

export function pcapHeader(): Uint8Array {
  const bytes = new Uint8Array(PCAP_HEADER_LENGTH);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, PCAP_NANOSECONDS, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, SNAP_LENGTH, true);
  view.setUint32(20, LINKTYPE_ETHERNET, true);
  return bytes;
}

/** `wireLength` is that of the whole frame where `frame` was cut. */
export function pcapRecord(at: Micros, frame: Uint8Array, wireLength = frame.length): Uint8Array {
  const bytes = new Uint8Array(PCAP_RECORD_HEADER_LENGTH + frame.length);
  const view = new DataView(bytes.buffer);
  const seconds = Math.floor(at / SECOND);
  view.setUint32(0, seconds, true);
  view.setUint32(4, Math.floor((at - seconds * SECOND) * 1000), true);
  view.setUint32(8, frame.length, true);
  view.setUint32(12, wireLength, true);
  bytes.set(frame, PCAP_RECORD_HEADER_LENGTH);
  return bytes;
}
