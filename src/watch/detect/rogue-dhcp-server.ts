// DHCP servers that should not be there.

import { MILLISECOND, type Micros } from '../../base/time.ts';
import type { IpAddress, Ipv4, Mac } from '../../net/address.ts';
import type { Draft, Evidence, Report } from '../finding/finding.ts';
import type { DhcpServer, DhcpServers, ServerNews } from '../lan/dhcp-servers.ts';
import type { Segment } from '../lan/segment.ts';
import { type DetectContext, report } from './context.ts';
import type { Detector } from './detector.ts';
import { listed, MOST_NAMES } from './words.ts';

/** Where one finding speaks of all servers of a segment, it is told of anew this often at most, however many answer. */
const TELL_INTERVAL = 50 * MILLISECOND;

export class RogueDhcpServer implements Detector {
  readonly kinds = ['rogue-dhcp-server'] as const;
  readonly #context: DetectContext;
  readonly #servers: DhcpServers;
  readonly #told = new WeakMap<Segment, { readonly at: Micros; readonly ip: IpAddress }>();

  constructor(context: DetectContext, servers: DhcpServers) {
    this.#context = context;
    this.#servers = servers;
  }

  dhcpServer(
    { segment, ip, mac, expected }: DhcpServer,
    news: ServerNews,
    at: Micros,
    evidence: () => Evidence,
  ): void {
    const { dismiss } = this.#context;
    if (news) this.#acquit(segment, news, at);
    if (expected) return dismiss('expected-dhcp-server');
    const known = this.#servers.expected;
    if (known) return report(this.#context, unexpectedServer(segment, ip, mac, known), at, evidence);
    const told = this.#told.get(segment);
    if (told && at - told.at < TELL_INTERVAL && this.#isOpen(segment, told.ip))
      return dismiss('judged-a-moment-ago');
    const finding = secondServer(segment, ip, mac, this.#servers.heard(segment, at));
    this.#told.set(segment, { at, ip: finding.ip });
    report(this.#context, finding, at, evidence);
  }

  #isOpen(segment: Segment, ip: IpAddress): boolean {
    return this.#context.book.isOpen({ kind: 'rogue-dhcp-server', ip, segment, culprit: null });
  }

  /** What was said of servers that turn out to be rightful. Where none are configured, one finding speaks of them all. */
  #acquit(segment: Segment, news: ServerNews, at: Micros): void {
    const suspects = news === 'successor' ? [] : [...this.#servers.suspects(segment, at)];
    const isStill = (ip: IpAddress) =>
      this.#servers.expected ? suspects.some((server) => server.ip === ip) : suspects.length > 0;
    this.#context.book.endWhere(
      (finding) =>
        finding.kind === 'rogue-dhcp-server' && finding.segment === segment && !isStill(finding.ip),
      at,
    );
  }
}

/** @param expected as configured. */
function unexpectedServer(segment: Segment, server: Ipv4, mac: Mac | null, expected: readonly Ipv4[]): Draft {
  return {
    ...about(segment, server, mac),
    words: () => ({
      message: `DHCP server ${server} answers on ${segment.name}, but only ${listed(expected, 'and')} should.`,
      remedy:
        'Find that server and switch it off. If both should serve (a failover pair), list both under dhcp.servers.',
    }),
  };
}

/**
 * None are configured, so that nobody knows which of those heard is the wrong one.
 * @param heard with each address as a number: the lowest is what the finding goes by, for which one was first differs from
 *   agent to agent.
 */
function secondServer(
  segment: Segment,
  server: Ipv4,
  mac: Mac | null,
  heard: Iterable<{ readonly ip: Ipv4; readonly number: number }>,
): Report {
  let lowest = { ip: server, number: Number.POSITIVE_INFINITY };
  const others: Ipv4[] = [];
  let more = 0;
  for (const one of heard) {
    if (one.number < lowest.number) lowest = one;
    if (one.ip === server) continue;
    if (others.length < MOST_NAMES) others.push(one.ip);
    else more += 1;
  }
  const beside = `${others.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return {
    ...about(segment, lowest.ip, mac),
    message: `A second DHCP server, ${server}, answers on ${segment.name} beside ${beside}, which was heard first.`,
    remedy:
      'Find the server that should not serve and switch it off. List the right ones, also a failover pair, under dhcp.servers.',
  };
}

function about(segment: Segment, ip: Ipv4, mac: Mac | null) {
  return {
    kind: 'rogue-dhcp-server',
    ip,
    segment,
    culprit: null,
    macs: mac ? [mac] : [],
    vip: null,
  } as const;
}
