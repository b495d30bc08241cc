// The DHCP servers of each segment, and which of them are to be there.
import { HOUR, type Micros } from '../../base/time.ts';
import { TurnoverMap } from '../../base/turnover-map.ts';
import type { Writable } from '../../base/writable.ts';
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

export type DhcpServer = Writable<DhcpServerRow> & {
  /** The address, to be compared. */
  readonly number: number;
  /** That it told a client last; null: none yet. */
  gateway: Ipv4 | null;
};

/**
 * What a message has shown of the servers that should be there: this one takes the place of an expected one that no longer
 * answers; or one that seemed to be another is the same machine as an expected one.
 */
export type ServerNews = 'successor' | 'same-machine' | null;

/**
 * A server identifier is whatever a frame says; more than this many are not kept of one segment. There is no bound over all of
 * them, so that made-up VLANs take no room from the others; of those only so many are known.
 */
const MAX_SERVERS = 32;
/** A server unheard for this long was replaced by the one that answers now. */
const SERVER_LIFETIME = 24 * HOUR;

export class DhcpServers {
  #expected: readonly Ipv4[] | null;
  readonly #bySegment = new Map<Segment, TurnoverMap<Ipv4, DhcpServer>>();
  evictions = 0;

  constructor(expected: readonly Ipv4[] | null) {
    this.#expected = expected;
  }

  /** Null: on each segment the first server seen is the expected one. */
  get expected(): readonly Ipv4[] | null {
    return this.#expected;
  }

  /** Others are expected from now on. */
  expect(expected: readonly Ipv4[] | null): void {
    this.#expected = expected;
    for (const servers of this.#bySegment.values()) {
      const first = [...servers.values()].reduce((a, b) => (b.firstSeen < a.firstSeen ? b : a));
      for (const server of servers.values())
        server.expected = expected ? expected.includes(server.ip) : server === first;
      for (const server of servers.values()) this.#joinsMachines(server);
    }
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
    const servers = this.#bySegment.get(segment);
    const mac = servers?.get(a)?.mac;
    return a === b || (mac !== undefined && mac !== null && mac === servers?.get(b)?.mac);
  }

  /** Those that are not expected, of a segment. */
  suspects(segment: Segment, at: Micros): IteratorObject<DhcpServer> {
    return this.heard(segment, at).filter((server) => !server.expected);
  }

  /** The servers of a segment that answered within the lifetime. */
  heard(segment: Segment, at: Micros): IteratorObject<DhcpServer> {
    return this.#of(segment).filter((server) => at - server.lastSeen < SERVER_LIFETIME);
  }

  /** Of the servers that are to be there and the gateways that they tell of, on a segment or, with null, on all. */
  expectedAddresses(segment: Segment | null): Ipv4[] {
    const servers = segment ? this.#of(segment) : this.#all();
    return [...servers].flatMap(({ ip, gateway, expected }) => {
      if (!expected) return [];
      return gateway === null ? [ip] : [ip, gateway];
    });
  }

  restore(rows: readonly DhcpServerRow[], segmentOf: (row: DhcpServerRow) => Segment): void {
    for (const row of rows) {
      const segment = segmentOf(row);
      const servers = this.#bySegment.get(segment);
      if (servers && servers.size >= MAX_SERVERS && !servers.has(row.ip)) continue;
      const expected = this.expected ? this.expected.includes(row.ip) : row.expected;
      this.#put({ ...row, number: ipv4Number(row.ip), gateway: null, segment, expected });
    }
  }

  /** The segment is none any more. */
  forgetSegment(segment: Segment): void {
    this.#bySegment.delete(segment);
  }

  rows(): DhcpServerRow[] {
    return [...this.#all()].map(({ number: _, gateway: __, ...row }) => row);
  }

  get size(): number {
    return this.#bySegment.values().reduce((sum, servers) => sum + servers.size, 0);
  }

  *#all(): Generator<DhcpServer> {
    for (const servers of this.#bySegment.values()) yield* servers.values();
  }

  #of(segment: Segment): IteratorObject<DhcpServer> {
    return (this.#bySegment.get(segment) ?? new TurnoverMap<Ipv4, DhcpServer>()).values();
  }

  #put(server: DhcpServer): void {
    const servers = this.#bySegment.get(server.segment) ?? new TurnoverMap<Ipv4, DhcpServer>();
    servers.set(server.ip, server);
    this.#bySegment.set(server.segment, servers);
  }

  #serverAt(segment: Segment, ip: Ipv4, at: Micros): DhcpServer | undefined {
    const servers = this.#bySegment.get(segment);
    const known = servers?.get(ip);
    if (known) return known;
    if (servers && servers.size >= MAX_SERVERS && !this.#forgetOneOf(servers)) return undefined;
    const expected = this.expected ? this.expected.includes(ip) : !servers;
    const server: DhcpServer = {
      number: ipv4Number(ip),
      gateway: null,
      segment,
      ip,
      mac: null,
      expected,
      firstSeen: at,
      lastSeen: at,
      messages: 0,
    };
    this.#put(server);
    return server;
  }

  /** A machine that has several addresses may answer from each (one server, several identifiers). True where that is news. */
  #joinsMachines({ segment, mac }: DhcpServer): boolean {
    if (mac === null) return false;
    let isExpected = false;
    const strangers: DhcpServer[] = [];
    for (const row of this.#of(segment)) {
      if (row.mac !== mac) continue;
      if (row.expected) isExpected = true;
      else strangers.push(row);
    }
    if (!isExpected) return false;
    for (const stranger of strangers) stranger.expected = true;
    return strangers.length > 0;
  }

  /** Where no servers are configured, the one that answers takes the place of one that no longer does. */
  #succeed(server: DhcpServer, at: Micros): boolean {
    const { segment } = server;
    const expected = () => this.#of(segment).filter((row) => row.expected);
    if (expected().some((row) => at - row.lastSeen < SERVER_LIFETIME)) return false;
    for (const row of expected()) row.expected = false;
    server.expected = true;
    return true;
  }

  /** The stranger that was heard longest ago. False where all are expected. */
  #forgetOneOf(servers: TurnoverMap<Ipv4, DhcpServer>): boolean {
    let oldest: DhcpServer | undefined;
    for (const server of servers.values())
      if (!server.expected && (!oldest || server.lastSeen < oldest.lastSeen)) oldest = server;
    if (!oldest) return false;
    servers.delete(oldest.ip);
    this.evictions += 1;
    return true;
  }
}
