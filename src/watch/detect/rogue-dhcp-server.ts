// The DHCP servers of each segment, and those that should not be there.

import { HOUR, type Micros } from '../../base/time.ts';
import { type Ipv4, ipv4Number, type Mac } from '../../net/address.ts';
import type { Evidence, Report } from '../finding/finding.ts';
import type { Segment } from '../lan/segment.ts';
import type { DhcpServerRow } from '../view.ts';
import { report, type WatchContext } from './context.ts';
import { rogueDhcpServer } from './words.ts';

type Server = { -readonly [Key in keyof DhcpServerRow]: DhcpServerRow[Key] } & {
  /** The address, to be compared. */
  readonly number: number;
};

/** A server identifier is whatever a frame says; more than this many are not kept. */
const MAX_SERVERS = 256;
/** A server unheard for this long was replaced by the one that answers now. */
const SERVER_LIFETIME = 24 * HOUR;

export class DhcpServers {
  readonly #context: WatchContext;
  /** Null: on each segment the first server seen is the expected one. */
  readonly #expected: readonly Ipv4[] | null;
  readonly #servers = new Map<string, Server>();
  evictions = 0;

  constructor(context: WatchContext, expected: readonly Ipv4[] | null) {
    this.#context = context;
    this.#expected = expected;
  }

  /** A server answered (`mac` from its own frame), or a client named the one whose offer it takes (`mac` null). */
  seen(segment: Segment, ip: Ipv4, mac: Mac | null, at: Micros, evidence: () => Evidence): void {
    const server = this.#serverAt(segment, ip, at);
    if (!server) return this.#context.dismiss('too-many-dhcp-servers');
    server.lastSeen = at;
    server.messages += 1;
    if (mac) server.mac = mac;
    if (!this.#expected && !server.expected) this.#succeed(server, at);
    if (server.expected) return this.#context.dismiss('expected-dhcp-server');
    report(this.#context, this.#rogue(server, at), at, evidence);
  }

  #rogue({ segment, ip, mac }: Server, at: Micros): Report {
    const isHeard = (row: Server) => row.segment === segment && at - row.lastSeen < SERVER_LIFETIME;
    const heard = this.#expected ? [] : this.#servers.values().filter(isHeard);
    return rogueDhcpServer(segment, ip, mac, this.#expected, heard);
  }

  restore(rows: readonly DhcpServerRow[], segmentOf: (row: DhcpServerRow) => Segment | undefined): void {
    for (const row of rows) {
      const segment = segmentOf(row);
      if (!segment || this.#servers.size >= MAX_SERVERS) continue;
      const expected = this.#expected ? this.#expected.includes(row.ip) : row.expected;
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

  #serverAt(segment: Segment, ip: Ipv4, at: Micros): Server | undefined {
    const key = serverKey(segment, ip);
    const known = this.#servers.get(key);
    if (known) return known;
    if (this.#servers.size >= MAX_SERVERS && !this.#forgetOldest()) return undefined;
    const expected = this.#expected
      ? this.#expected.includes(ip)
      : !this.#servers.values().some((row) => row.segment === segment);
    const server: Server = {
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

  /** Where no servers are configured, the one that answers takes the place of one that no longer does. */
  #succeed(server: Server, at: Micros): void {
    const { segment } = server;
    const isExpected = (row: Server) => row.segment === segment && row.expected;
    const expected = () => this.#servers.values().filter(isExpected);
    if (expected().some((row) => at - row.lastSeen < SERVER_LIFETIME)) return;
    for (const row of expected()) row.expected = false;
    server.expected = true;
    this.#context.book.endWhere(
      (finding) => finding.kind === 'rogue-dhcp-server' && finding.segment === segment,
      at,
    );
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
