// The TCP over IPv4 that the switch recorded, for assertions.

import type { Micros } from '../../src/base/time.ts';
import type { IpAddress, Mac } from '../../src/net/address.ts';
import { decodeEthernet, ETHERTYPE_IPV4 } from '../../src/net/ethernet.ts';
import { decodeIpv4 } from '../../src/net/ipv4.ts';
import { PROTOCOL_TCP } from '../../src/net/protocol-numbers.ts';
import { decodeTcp, TCP_ACK, TCP_SYN, type TcpHeader } from '../../src/net/tcp.ts';
import { readFrames } from './frames.ts';

export interface RecordedSegment extends TcpHeader {
  readonly at: Micros;
  readonly sourceMac: Mac;
  readonly source: IpAddress;
  readonly destination: IpAddress;
}

export function readSegments(path: string): RecordedSegment[] {
  return readFrames(path).flatMap(({ at, bytes, sourceMac }) => {
    const ethernet = decodeEthernet(bytes);
    if (!ethernet.ok || ethernet.value.etherType !== ETHERTYPE_IPV4) return [];
    const ip = decodeIpv4(bytes, ethernet.value.payloadStart);
    if (!ip.ok || ip.value.protocol !== PROTOCOL_TCP) return [];
    const { payloadStart, payloadEnd, pseudoHeaderSum, source, destination } = ip.value;
    const tcp = decodeTcp(bytes, payloadStart, payloadEnd, pseudoHeaderSum);
    if (!tcp.ok) throw new Error(`A segment on the wire is ${tcp.reason}`);
    return [{ ...tcp.value, at, sourceMac, source, destination }];
  });
}

export function isSynAck({ flags }: Pick<TcpHeader, 'flags'>): boolean {
  return (flags & (TCP_SYN | TCP_ACK)) === (TCP_SYN | TCP_ACK);
}
