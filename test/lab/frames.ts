// What the switch recorded, for assertions.
import { readFileSync } from 'node:fs';
import type { Mac } from '../../src/net/address.ts';
import { CaptureReader } from '../../src/net/capture-file.ts';
import { decodeEthernet } from '../../src/net/ethernet.ts';
import type { Micros } from '../../src/net/time.ts';
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

/** The DHCP messages on the wire, as RFC 2132 names their types (section 9.6), with who sent them. */
export function dhcpTypes(frames: readonly RecordedFrame[]): string[] {
  return frames.flatMap(({ layers }) =>
    layers.protocol === 'dhcp' ? [DHCP_TYPES[layers.packet.messageType ?? 0] ?? 'unknown'] : [],
  );
}

const DHCP_TYPES = ['none', 'DISCOVER', 'OFFER', 'REQUEST', 'DECLINE', 'ACK', 'NAK', 'RELEASE', 'INFORM'];
