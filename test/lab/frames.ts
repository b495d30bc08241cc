// What the switch recorded, for assertions.
import { readFileSync } from 'node:fs';
import { ARP_REQUEST } from '../../src/arp/packet.ts';
import type { Micros } from '../../src/base/time.ts';
import type { Mac } from '../../src/net/address.ts';
import { decodeEthernet } from '../../src/net/ethernet.ts';
import { CaptureReader } from '../../src/pcap/reader.ts';
import { decodeFrame, type Layers } from '../net/decode-frame.ts';

export interface RecordedFrame {
  readonly at: Micros;
  readonly bytes: Uint8Array;
  readonly sourceMac: Mac;
  readonly destinationMac: Mac;
  readonly layers: Layers;
}

export function readFrames(path: string): RecordedFrame[] {
  const frames: RecordedFrame[] = [];
  const reader = new CaptureReader(
    ({ at, bytes: buffer, start, end }) => {
      const bytes = buffer.slice(start, end);
      const ethernet = decodeEthernet(bytes);
      if (!ethernet.ok) throw new Error(`The switch recorded a frame that is ${ethernet.reason}`);
      const { sourceMac, destinationMac } = ethernet.value;
      frames.push({ at, bytes, sourceMac, destinationMac, layers: decodeFrame(bytes) });
    },
    { interfaceName: 'switch' },
  );
  reader.push(readFileSync(path));
  reader.end();
  return frames;
}

/** Frames that say that the address is their sender's: ARP's sender pair, advertisements (RFC 4861, section 4.4). */
export function claimsOf(ip: string, frames: readonly RecordedFrame[]): RecordedFrame[] {
  return frames.filter(({ layers }) => {
    if (layers.protocol === 'arp') return layers.packet.senderIp === ip;
    if (layers.protocol !== 'ndp' || layers.packet.kind !== 'neighbor-advertisement') return false;
    return layers.packet.targetIp === ip;
  });
}

/** Frames that ask who has the address: ARP requests, solicitations (RFC 4861, section 4.3). */
export function questionsAbout(ip: string, frames: readonly RecordedFrame[]): RecordedFrame[] {
  return frames.filter(({ layers }) => {
    if (layers.protocol === 'arp')
      return layers.packet.operation === ARP_REQUEST && layers.packet.targetIp === ip;
    if (layers.protocol !== 'ndp' || layers.packet.kind !== 'neighbor-solicitation') return false;
    return layers.packet.targetIp === ip;
  });
}

/** The DHCP messages on the wire, as RFC 2132 names their types (section 9.6), with who sent them. */
export function dhcpTypes(frames: readonly RecordedFrame[]): string[] {
  return frames.flatMap(({ layers }) =>
    layers.protocol === 'dhcp' ? [DHCP_TYPES[layers.packet.messageType ?? 0] ?? 'unknown'] : [],
  );
}

const DHCP_TYPES = ['none', 'DISCOVER', 'OFFER', 'REQUEST', 'DECLINE', 'ACK', 'NAK', 'RELEASE', 'INFORM'];
