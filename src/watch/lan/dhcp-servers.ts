// The DHCP servers of each segment, and which of them are to be there.
import { HOUR, type Micros } from '../../base/time.ts';
import { type Ipv4, ipv4Number, type Mac } from '../../net/address.ts';
import type { Segment } from './segment.ts';

export interface DhcpServerRow {
  readonly segment: Segment;
  readonly ip: Ipv4;
  /** Null while it is known only from the clients that name it. */
  readonly mac: Mac | null;
  readonly expected: boolean;
  readonly firstSeen: Micros;
  readonly lastSeen: Micros;
  readonly messages: number;
}

export type DhcpServer = { -readonly [Key in keyof DhcpServerRow]: DhcpServerRow[Key] } & {
  /** The address, to be compared. */
  readonly number: number;
};

/**
 * What a message has shown of the servers that should be there: this one takes the place of an expected one that no longer
 * answers; or one that seemed to be another is the same machine as an expected one.
 */
export type ServerNews = 'successor' | 'same-machine' | null;

/** A server identifier is whatever a frame says; more than this many are not kept. */
const MAX_SERVERS = 256;
/** A server unheard for this long was replaced by the one that answers now. */
const SERVER_LIFETIME = 24 * HOUR;

export class DhcpServers {
  /** Null: on each segment the first server seen is the expected one. */
  readonly expected: readonly Ipv4[] | null;
  readonly #servers = new Map<string, DhcpServer>();
  evictions = 0;

  constructor(expected: readonly Ipv4[] | null) {
    this.expected = expected;
  }

  /**
   * A server answered, or a client named the one whose offer it takes. Undefined where it finds no room.
   * @param mac the server's own, from its frame or from what it claims; null where only a relay's is seen, or none.
   */
  seen(
    segment: Segment,
    ip: Ipv4,
    mac: Mac | null,
    at: Micros,
  ): { readonly server: DhcpServer; readonly news: ServerNews } | undefined {
    const server = this.#serverAt(segment, ip, at);
    if (!server) return undefined;
    server.lastSeen = at;
    server.messages += 1;
    const isLearned = mac !== null && mac !== server.mac;
    if (isLearned) server.mac = mac;
    if ((isLearned || !server.expected) && this.#joinsMachines(server))
      return { server, news: 'same-machine' };
    const succeeds = !this.expected && !server.expected && this.#succeed(server, at);
    return { server, news: succeeds ? 'successor' : null };
  }

  /** Two identifiers of one machine, as far as its MAC is known. */
  areOne(segment: Segment, a: Ipv4, b: Ipv4): boolean {
    const mac = this.#servers.get(serverKey(segment, a))?.mac;
    return (
      a === b || (mac !== undefined && mac !== null && mac === this.#servers.get(serverKey(segment, b))?.mac)
    );
  }

  /** Those that are not expected, of a segment. */
  suspects(segment: Segment, at: Micros): IteratorObject<DhcpServer> {
    return this.heard(segment, at).filter((server) => !server.expected);
  }

  /** The servers of a segment that answered within the lifetime. */
  heard(segment: Segment, at: Micros): IteratorObject<DhcpServer> {
    return this.#servers
      .values()
      .filter((server) => server.segment === segment && at - server.lastSeen < SERVER_LIFETIME);
  }

  restore(rows: readonly DhcpServerRow[], segmentOf: (row: DhcpServerRow) => Segment | undefined): void {
    for (const row of rows) {
      const segment = segmentOf(row);
      if (!segment || this.#servers.size >= MAX_SERVERS) continue;
      const expected = this.expected ? this.expected.includes(row.ip) : row.expected;
      this.#servers.set(serverKey(segment, row.ip), {
        ...row,
        number: ipv4Number(row.ip),
        segment,
        expected,
      });
    }
  }

  rows(): DhcpServerRow[] {
    return [...this.#servers.values()].map(({ number: _, ...row }) => row);
  }

  get size(): number {
    return this.#servers.size;
  }

  #serverAt(segment: Segment, ip: Ipv4, at: Micros): DhcpServer | undefined {
    const key = serverKey(segment, ip);
    const known = this.#servers.get(key);
    if (known) return known;
    if (this.#servers.size >= MAX_SERVERS && !this.#forgetOldest()) return undefined;
    const expected = this.expected
      ? this.expected.includes(ip)
      : !this.#servers.values().some((row) => row.segment === segment);
    const server: DhcpServer = {
      number: ipv4Number(ip),
      segment,
      ip,
      mac: null,
      expected,
      firstSeen: at,
      lastSeen: at,
      messages: 0,
    };
    this.#servers.set(key, server);
    return server;
  }

  /** A machine that has several addresses may answer from each (one server, several identifiers). True where that is news. */
  #joinsMachines({ segment, mac }: DhcpServer): boolean {
    if (mac === null) return false;
    const isOne = (row: DhcpServer) => row.segment === segment && row.mac === mac;
    if (!this.#servers.values().some((row) => isOne(row) && row.expected)) return false;
    const strangers = [...this.#servers.values().filter((row) => isOne(row) && !row.expected)];
    for (const stranger of strangers) stranger.expected = true;
    return strangers.length > 0;
  }

  /** Where no servers are configured, the one that answers takes the place of one that no longer does. */
  #succeed(server: DhcpServer, at: Micros): boolean {
    const { segment } = server;
    const isExpected = (row: DhcpServer) => row.segment === segment && row.expected;
    const expected = () => this.#servers.values().filter(isExpected);
    if (expected().some((row) => at - row.lastSeen < SERVER_LIFETIME)) return false;
    for (const row of expected()) row.expected = false;
    server.expected = true;
    return true;
  }

  #forgetOldest(): boolean {
    for (const [key, server] of this.#servers) {
      if (server.expected) continue;
      this.#servers.delete(key);
      this.evictions += 1;
      return true;
    }
    return false;
  }
}

function serverKey(segment: Segment, ip: Ipv4): string {
  return `${segment.name}/${ip}`;
}
