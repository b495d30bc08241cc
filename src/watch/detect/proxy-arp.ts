// Routers with proxy ARP. One is known by how many addresses it answers for, of the pools or anywhere on the LAN; where
// somebody may be one, this agent asks for a few addresses that nobody is known to use.
import { BoundedMap } from '../../base/bounded-map.ts';
import { MINUTE, type Micros, SECOND } from '../../base/time.ts';
import type { IpAddress, Mac } from '../../net/address.ts';
import type { Claim } from '../../net/claim.ts';
import { type IpRange, ipOfNumber } from '../../net/range.ts';
import type { Sighting } from '../lan/context.ts';
import type { Segment } from '../lan/segment.ts';
import { SAME_QUESTION } from '../ledger/address-log.ts';
import { hasAnnounced } from '../ledger/reading.ts';
import { type DetectContext, reportSighting } from './context.ts';
import type { Detector } from './detector.ts';
import { proxyArp } from './outsiders-words.ts';

/** The addresses that one MAC answered for, with the time of the last answer. */
type Answerer = Map<IpAddress, Micros>;

/** What one MAC answered for, and did not announce: what it announced it has. */
interface Answered {
  readonly addresses: readonly IpAddress[];
  readonly inPools: readonly IpAddress[];
}

const NOTHING: Answered = { addresses: [], inPools: [] };

/** So that a flood of made-up MACs does not grow memory. */
const MAX_ANSWERERS = 1024;
const MAX_ANSWERED_ADDRESSES = 64;
/** A machine that answers for so many addresses, wherever they are, uses hardly all of them. */
const ANYWHERE = 5;
/** So many that nobody is known to use are asked for, and whoever answers for so many of them uses none of them. */
const ASKED_AT_ONCE = ANYWHERE;
const ANSWERED_OF_ASKED = 2;
/** Linux answers for others after 0.8 s at most (`proxy_delay`), so that the owner comes first. */
const PROXY_DELAY = SECOND;
/** Not again for so long. */
const ASKED_AGAIN_AFTER = MINUTE;
/** So many addresses of a range are looked at for one that nobody is known to use. */
const MAX_LOOKED_AT = 32n;
const NEVER = Number.NEGATIVE_INFINITY;

export class ProxyArp implements Detector {
  readonly kinds = ['proxy-arp'] as const;
  readonly #context: DetectContext;
  readonly #answerers = new BoundedMap<string, Answerer>(MAX_ANSWERERS);
  #asked: readonly IpAddress[] = [];
  #askUntil: Micros = NEVER;

  constructor(context: DetectContext) {
    this.#context = context;
  }

  /** Many VIPs are no sign: a node that is not known yet, or another cluster's, answers for those that it has. */
  strangerAnswered({ ip, mac }: Claim, segment: Segment, at: Micros): void {
    const { index } = this.#context;
    if (index.roleOf(ip).kind === 'vip') return;
    const key = `${segment.name}/${mac}`;
    const answerer: Answerer = this.#answerers.get(key) ?? new Map();
    this.#answerers.set(key, answerer);
    if (answerer.size >= MAX_ANSWERED_ADDRESSES) this.#forgetOld(answerer, at);
    if (answerer.size < MAX_ANSWERED_ADDRESSES || answerer.has(ip)) answerer.set(ip, at);
    // It was taken for a node, or for what several are behind: it answers for their addresses as well.
    if (index.isOfNodes(mac) && this.answersForUnused(segment, mac, at)) index.forgetMac(mac);
  }

  nodesToAsk(now: Micros): readonly IpAddress[] {
    return now <= this.#askUntil ? this.#asked : [];
  }

  /** So long after `suspect`, whoever answers for a node's address beside or instead of it is known to be a router, or not. */
  get knownWithin(): Micros {
    const { canAsk, settings } = this.#context;
    return canAsk ? settings.replyGrace + PROXY_DELAY : SAME_QUESTION;
  }

  /** A MAC answers that may be a router's: what else it answers for shows it. */
  suspect(segment: Segment, at: Micros): void {
    if (!this.#context.canAsk || at - this.#askUntil < ASKED_AGAIN_AFTER) return;
    this.#asked = this.#unused(segment);
    this.#askUntil = at + this.#context.settings.replyGrace;
    this.#context.askNodes();
  }

  /** It is known to do proxy ARP, or answers for as many addresses. */
  isProxy(segment: Segment, mac: Mac, at: Micros): boolean {
    if (this.#isOpen(segment, mac)) return true;
    const { inPools, addresses } = this.#answeredBy(segment, mac, at);
    return inPools.length >= this.#context.settings.proxyAddresses || addresses.length >= ANYWHERE;
  }

  /** A node's MAC, or that of an extender before nodes, answers for machines that are there. */
  answersForUnused(segment: Segment, mac: Mac, at: Micros): boolean {
    if (this.#isOpen(segment, mac)) return true;
    const { inPools, addresses } = this.#answeredBy(segment, mac, at);
    if (inPools.length >= this.#context.settings.proxyAddresses) return true;
    return this.#asked.filter((ip) => addresses.includes(ip)).length >= ANSWERED_OF_ASKED;
  }

  /** Ends what it was accused of for each address. */
  report(sighting: Sighting, at: Micros): void {
    const { index, book } = this.#context;
    const { segment, claim } = sighting;
    const { mac, ip } = claim;
    const role = index.roleOf(ip);
    if (role.kind !== 'vip' && role.kind !== 'pool') return;
    const { inPools, addresses } = this.#answeredBy(segment, mac, at);
    for (const taken of inPools)
      book.end({ kind: 'pool-address-taken', ip: taken, segment, culprit: { mac } }, at);
    const finding = proxyArp(segment, ip, role, mac, { inPools: inPools.length, inAll: addresses.length });
    reportSighting(this.#context, finding, at, sighting);
  }

  #isOpen(segment: Segment, mac: Mac): boolean {
    for (const finding of this.#context.book.openOf('proxy-arp'))
      if (finding.segment === segment && finding.macs[0] === mac) return true;
    return false;
  }

  #answeredBy(segment: Segment, mac: Mac, at: Micros): Answered {
    const { index, ledger } = this.#context;
    const answerer = this.#answerers.get(`${segment.name}/${mac}`);
    if (!answerer) return NOTHING;
    this.#forgetOld(answerer, at);
    const addresses = [...answerer.keys()].filter((ip) => {
      const log = ledger.find(ip, segment);
      return log === undefined || !hasAnnounced(log, mac);
    });
    return { addresses, inPools: addresses.filter((ip) => index.roleOf(ip).kind === 'pool') };
  }

  #forgetOld(answerer: Answerer, at: Micros): void {
    for (const [ip, last] of answerer)
      if (at - last > this.#context.settings.stationLifetime) answerer.delete(ip);
  }

  /** Free addresses of the pools first: that somebody answers for those is worth a finding. */
  #unused(segment: Segment): IpAddress[] {
    const { index, own } = this.#context;
    const networks = own.networks.filter((network) => network.segment === segment.name);
    const ranges = [
      ...index.intent.pools.flatMap((pool) => pool.ranges),
      // The last one is for everybody.
      ...networks.map((network) => ({ ...network, last: network.last - 1n })),
    ];
    const unused = new Set<IpAddress>();
    for (const range of ranges) {
      for (const ip of lastOf(range)) {
        if (unused.size === ASKED_AT_ONCE) return [...unused];
        if (this.#isUnused(ip, segment)) unused.add(ip);
      }
    }
    return [...unused];
  }

  #isUnused(ip: IpAddress, segment: Segment): boolean {
    const { index, claims, own } = this.#context;
    const { kind } = index.roleOf(ip);
    return kind !== 'vip' && kind !== 'node' && !own.addresses.includes(ip) && !claims.find(segment, ip);
  }
}

function* lastOf({ family, first, last }: IpRange): Generator<IpAddress> {
  for (let n = 0n; n < MAX_LOOKED_AT && last - n >= first; n += 1n) yield ipOfNumber(family, last - n);
}
