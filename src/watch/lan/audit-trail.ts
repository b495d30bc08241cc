// The questions of audits, whichever agent or command asks them, and what servers offered for them: what that shows of the servers'
// ranges. Every agent hears the questions, and the answers where a server sends them to all.
import { BoundedMap } from '../../base/bounded-map.ts';
import { HOUR, MINUTE, type Micros } from '../../base/time.ts';
import { rangesShown } from '../../dhcp/offered.ts';
import type { DhcpPacket } from '../../dhcp/packet.ts';
import type { RouterAccount } from '../../dhcp/router-knowledge.ts';
import type { Ipv4 } from '../../net/address.ts';
import { type IpRange, numberOfIp } from '../../net/range.ts';
import type { Segment } from './segment.ts';

/** What a server offered for an address that an audit asked for. */
export interface AuditedOffer {
  readonly asked: Ipv4;
  readonly offered: Ipv4;
  readonly server: Ipv4;
}

interface Point {
  readonly isOffered: boolean;
  /** The address that it was offered in place of, or was offered for. */
  readonly asked: Ipv4;
  readonly at: Micros;
}

/** Open at one time: one audit asks once a second. */
const MAX_OPEN = 256;
const MAX_SERVERS = 16;
const MAX_POINTS = 512;
/** What is offered to one asker is held for it by some servers: that the next one is refused it says nothing so long. */
const HELD_FOR = 2 * MINUTE;
/** A router may be set otherwise since. */
const POINT_LIFETIME = 7 * 24 * HOUR;

export class AuditTrail {
  readonly #asked = new BoundedMap<string, Ipv4>(MAX_OPEN);
  readonly #points = new BoundedMap<string, BoundedMap<bigint, Point>>(MAX_SERVERS);
  /** When each address was asked for last, by whoever. */
  readonly #askedAt = new BoundedMap<Ipv4, Micros>(MAX_POINTS);

  asks(segment: Segment, packet: DhcpPacket, ip: Ipv4, at: Micros): void {
    this.#asked.set(keyOf(segment, packet), ip);
    this.#askedAt.set(ip, at);
  }

  /** The address that was asked for by the question that this message answers; undefined: it answers none of an audit. */
  answered(segment: Segment, packet: DhcpPacket): Ipv4 | undefined {
    return this.#asked.size === 0 ? undefined : this.#asked.get(keyOf(segment, packet));
  }

  askedAt(ip: Ipv4): Micros | undefined {
    return this.#askedAt.get(ip);
  }

  /** @param hosts addresses that machines of its network can have. Returns what is known of the server's ranges by now. */
  offered({ asked, offered, server }: AuditedOffer, hosts: IpRange, at: Micros): RouterAccount {
    const points = this.#points.get(server) ?? new BoundedMap<bigint, Point>(MAX_POINTS);
    this.#points.set(server, points);
    for (const [number, point] of points) if (at - point.at > POINT_LIFETIME) points.delete(number);
    const before = points.get(numberOfIp(asked));
    const isHeld = before?.isOffered && before.asked !== asked && at - before.at < HELD_FOR;
    if (!isHeld) points.set(numberOfIp(asked), { isOffered: asked === offered, asked, at });
    points.set(numberOfIp(offered), { isOffered: true, asked, at });
    points.set(numberOfIp(server), { isOffered: false, asked, at });
    const shown = new Map([...points].map(([number, { isOffered }]) => [number, isOffered]));
    return {
      source: 'audit',
      name: server,
      readAt: at,
      ranges: rangesShown(shown, hosts),
      reservations: [],
      declined: [],
    };
  }
}

function keyOf(segment: Segment, { clientMac, transactionId }: DhcpPacket): string {
  return `${segment.name}/${clientMac}/${transactionId}`;
}
