// What a takeover was like by the switch's capture, which sees every frame that crosses the LAN and when.

import type { Micros } from '../../src/base/time.ts';
import { BROADCAST_MAC } from '../../src/net/address.ts';
import { isProbePort } from '../../src/net/probe-ports.ts';
import { TCP_ACK, TCP_SYN } from '../../src/net/tcp.ts';
import { readFrames } from '../lab/frames.ts';
import { isSynAck, type RecordedSegment, readSegments } from '../lab/segments.ts';

/** A VIP's way from the node with the one MAC to that with the other. */
export interface Move {
  readonly ip: string;
  readonly from: string;
  readonly to: string;
}

interface ArpReferee {
  readonly lastOldAt: Micros;
  /** From the old one's last claim to the new one's first. Milliseconds. */
  readonly gapMs: number;
  /** The new one's first claim to everyone. */
  readonly announcedAt: Micros;
  /** The new one's first answer to one host alone; Infinity: there is none. */
  readonly answeredAt: Micros;
}

/** @param listener the MAC of the host that hears what is sent to it and to everyone; undefined: one that hears all. */
export function arpReferee(path: string, { ip, from, to }: Move, listener?: string): ArpReferee {
  const claims = readFrames(path).flatMap(({ at, destinationMac, layers }) => {
    const isToAll = destinationMac === BROADCAST_MAC;
    const isHeard = isToAll || listener === undefined || destinationMac === listener;
    if (!isHeard || layers.protocol !== 'arp' || layers.packet.senderIp !== ip) return [];
    return [{ at, mac: layers.packet.senderMac as string, isToAll }];
  });
  const begun = claims.findIndex(({ mac }) => mac === to);
  const lastOld = claims.findLast(({ mac }, i) => mac === from && i < begun)!;
  const byNew = claims.filter(({ mac }) => mac === to);
  return {
    lastOldAt: lastOld.at,
    gapMs: (claims[begun]!.at - lastOld.at) / 1000,
    announcedAt: byNew.find(({ isToAll }) => isToAll)!.at,
    answeredAt: byNew.find(({ isToAll }) => !isToAll)?.at ?? Number.POSITIVE_INFINITY,
  };
}

interface ServiceReferee {
  /** The SYN-ACKs to probes by way of the old node, before the new one's first; and by way of the new one. */
  readonly byOld: readonly RecordedSegment[];
  readonly byNew: readonly RecordedSegment[];
  /** How many probes between the last of the old node's and the first of the new one's got none. */
  readonly unserved: number;
  /** Between those two, in milliseconds; Infinity where there is none by way of the new one. */
  readonly gapMs: number;
}

/** @param asker the address of the node whose probes count; undefined: everyone's. */
export function serviceReferee(path: string, { ip, from, to }: Move, asker?: string): ServiceReferee {
  const isAsker = (address: string) => asker === undefined || address === asker;
  const segments = readSegments(path);
  const synAcks = segments.filter(
    (one) =>
      one.source === ip && isSynAck(one) && isProbePort(one.destinationPort) && isAsker(one.destination),
  );
  const byNew = synAcks.filter(({ sourceMac }) => sourceMac === to);
  const servedAt = byNew[0]?.at ?? Number.POSITIVE_INFINITY;
  const byOld = synAcks.filter(({ sourceMac, at }) => sourceMac === from && at < servedAt);
  const silentSince = byOld.at(-1)?.at ?? Number.NEGATIVE_INFINITY;
  const answered = new Set(
    synAcks.map(({ destination, acknowledgment }) => `${destination} ${acknowledgment}`),
  );
  const unserved = segments.filter(
    (one) =>
      one.destination === ip &&
      isAsker(one.source) &&
      isSyn(one) &&
      one.at > silentSince &&
      one.at < servedAt &&
      !answered.has(`${one.source} ${(one.sequence + 1) >>> 0}`),
  );
  return { byOld, byNew, unserved: unserved.length, gapMs: (servedAt - silentSince) / 1000 };
}

function isSyn({ flags }: RecordedSegment): boolean {
  return (flags & (TCP_SYN | TCP_ACK)) === TCP_SYN;
}
