// Machines outside the cluster on addresses that are MetalLB's: foreign claims, taken pool addresses, proxy ARP.

import { type Micros, SECOND } from '../../base/time.ts';
import type { PoolRole, VipRole } from '../../intent/index.ts';
import { isAnothersToAnnounce } from '../../intent/provider.ts';
import { type IpAddress, isIpv4, type Mac } from '../../net/address.ts';
import type { Sighting } from '../lan/context.ts';
import type { DhcpServers } from '../lan/dhcp-servers.ts';
import type { Segment } from '../lan/segment.ts';
import { isVrrp } from '../lan/virtual-mac.ts';
import { PAIR_WITHIN } from '../ledger/address-log.ts';
import { announcesAsSpeaker, beganPair, lastClaim } from '../ledger/reading.ts';
import type { Half } from '../ledger/run.ts';
import { standingBeside } from '../ledger/standing.ts';
import { isHeldByNodes } from '../takeover/held-by-nodes.ts';
import { isConfirmed, isOneOfMany } from './confirmation.ts';
import { type DetectContext, hasJustBegun, isLessee, reportSighting, stationOf } from './context.ts';
import type { Detector } from './detector.ts';
import { type Claimant, foreignClaim, poolAddressTaken } from './outsiders-words.ts';
import type { ProxyArp } from './proxy-arp.ts';
import { halfOf } from './speaker-pair.ts';

type WatchedRole = VipRole | PoolRole;

const NODE_MAC_KEY = 'mac/';
const LONE_KEY = 'lone/';
/** Answers to one question are not further apart. */
const SETTLES = SECOND / 2;
/** Judgements of who answers for a node's own address. */
const NODE_JUDGED_WITHIN = 2;
/** So many nodes' own addresses are asked for, to see whether an unknown MAC that answers is one of theirs. */
const NODES_ASKED = 16;

export class Outsiders implements Detector {
  readonly kinds = ['foreign-claim', 'pool-address-taken'] as const;
  readonly #context: DetectContext;
  readonly #servers: DhcpServers;
  readonly #proxies: ProxyArp;
  /** Until then the nodes' own addresses are asked for. */
  #askUntil: Micros = Number.NEGATIVE_INFINITY;
  /** Until then another card of the node that was learned last may answer. */
  #settlesAt: Micros = Number.NEGATIVE_INFINITY;

  constructor(context: DetectContext, servers: DhcpServers, proxies: ProxyArp) {
    this.#context = context;
    this.#servers = servers;
    this.#proxies = proxies;
  }

  /** Somebody who is not known answers for a VIP: whether it is a node, the nodes' own addresses show. */
  nodesToAsk(now: Micros): IpAddress[] {
    if (now > this.#askUntil) return [];
    const { intent, ownNode } = this.#context.index;
    const others = intent.nodes.filter((node) => node !== ownNode);
    return others.slice(0, NODES_ASKED).flatMap(({ addresses }) => addresses.slice(0, 1));
  }

  /** Of a VIP or pool address by a MAC of no known node. */
  claim(sighting: Sighting): void {
    const { settings, index, deferred, dismiss } = this.#context;
    const { at, segment, claim } = sighting;
    const { role } = sighting.address;
    if (role.kind !== 'vip' && role.kind !== 'pool') return;
    if (index.nodeOf(claim.mac)) return dismiss('cluster-node');
    if (!index.knowsNodes) return dismiss('nodes-unknown');
    if (index.aliasOf(claim.mac).length > 1) return dismiss('answers-for-nodes');
    if (role.kind === 'vip' && isAnothersToAnnounce(role.vip)) return dismiss('another-load-balancer');
    if (role.kind === 'vip' && isVrrp(claim.mac) && !this.#isNodes(sighting)) return dismiss('vrrp-of-nodes');
    if (!index.knowsEveryMac && !isLessee(this.#context, segment, claim)) {
      const key = `${NODE_MAC_KEY}${segment.name}/${claim.ip}/${claim.mac}`;
      const dueAt = Math.max(at, index.since + settings.nodeMacGrace);
      deferred.add(key, dueAt, (now) => {
        const still = this.#stillForeign(sighting);
        // The nodes' own addresses were asked for meanwhile; once all are known, that may have been in no time.
        if (still?.kind === 'vip' && now >= dueAt) this.#report(sighting, still, now);
        else if (still) this.#judge(sighting, still, now);
      });
      return dismiss('awaiting-node-macs');
    }
    this.#judge(sighting, role, at);
  }

  /** A node claimed the VIP under a MAC of its own not long ago. */
  #isNodes({ segment, claim, at }: Sighting): boolean {
    const log = this.#context.ledger.find(claim.ip, segment);
    return log !== undefined && isHeldByNodes(log, at, this.#context);
  }

  /** One more node's MAC is known: once all are, nothing need wait for them. */
  nodeLearned(now: Micros): void {
    if (!this.#context.index.knowsEveryMac) return;
    this.#settlesAt = now + SETTLES;
    this.#context.deferred.runWhere((key) => key.startsWith(NODE_MAC_KEY), now);
  }

  /** Of a pair by which speakers announce, the first half alone does not show it. */
  #judge(sighting: Sighting, role: WatchedRole, at: Micros): void {
    const half = halfOf(sighting.observation);
    if (half === null || !this.#awaitPair(sighting, half)) this.#judgeWhole(sighting, role, at);
  }

  #judgeWhole(sighting: Sighting, role: WatchedRole, at: Micros): void {
    const { segment, claim } = sighting;
    if (role.kind === 'vip') return this.#judgeOnVip(sighting, role, at);
    if (claim.kind === 'reply') return this.#answer(sighting, role, at);
    if (this.#proxies.isProxy(segment, claim.mac, at)) return this.#context.dismiss('proxy-arp');
    this.#report(sighting, role, at);
  }

  /**
   * An announcement poisons caches at once. An answer beside a node's is another machine's; one that is alone may be a node's
   * under another MAC, which its own address shows.
   */
  #judgeOnVip(sighting: Sighting, role: VipRole, at: Micros): void {
    const { canAsk, settings, deferred, dismiss, askNodes } = this.#context;
    const { segment, claim } = sighting;
    const key = `${LONE_KEY}${segment.name}/${claim.ip}/${claim.mac}`;
    if (claim.kind === 'reply') this.#proxies.suspect(segment, at);
    const speaksForNode = canAsk && this.#answersForNode(sighting);
    const mayBeNodes = speaksForNode || (canAsk && at < this.#settlesAt);
    const isSure =
      isLessee(this.#context, segment, claim) ||
      this.#isTold(sighting) ||
      (!mayBeNodes && this.#isRival(sighting));
    if (isSure || isOneOfMany(this.#context, 'foreign-claim', sighting))
      return this.#report(sighting, role, at);
    const isAwaited = claim.kind === 'reply' || deferred.has(key) || hasJustBegun(this.#context, at);
    // A node that is back under another MAC speaks for itself before it announces: that is being looked into.
    if (!isAwaited && !speaksForNode) return this.#report(sighting, role, at);
    this.#askUntil = at + settings.nodesAskedWithin;
    askNodes();
    this.#await(key, sighting, at + settings.nodesAskedWithin);
    dismiss('awaiting-own-address');
  }

  #awaitPair(sighting: Sighting, half: Half): boolean {
    const { deferred, dismiss, index, ledger } = this.#context;
    const { segment, claim, at } = sighting;
    const isNodes = (mac: Mac) => index.nodeOf(mac) !== undefined;
    const key = `half/${segment.name}/${claim.ip}/${claim.mac}`;
    if (deferred.has(key)) {
      if (half === 'reply-half') deferred.runWhere((one) => one === key, at);
      return true;
    }
    const judge = (now: Micros) => {
      const log = ledger.find(claim.ip, segment);
      // A bond in balance-alb gives the reply another card's MAC than the request.
      if (half === 'reply-half' && log && beganPair(log, isNodes, at)) return dismiss('second-half-of-nodes');
      const still = this.#stillForeign(sighting);
      if (still) this.#judgeWhole(sighting, still, now);
    };
    const isAwaited = deferred.addInTurn(key, at + PAIR_WITHIN, judge, at);
    if (isAwaited) dismiss('awaiting-other-half');
    return isAwaited;
  }

  /** @param waits how often what it answers for a node's own address may still be waited for. */
  #await(key: string, sighting: Sighting, until: Micros, waits = NODE_JUDGED_WITHIN): void {
    this.#context.deferred.add(key, until, (now) => {
      const still = this.#stillForeign(sighting);
      if (!still) return;
      // Meanwhile it has turned out that the nodes cannot be asked at once.
      const longer = sighting.at + this.#context.settings.nodesAskedWithin;
      if (waits === NODE_JUDGED_WITHIN && longer > until) return this.#await(key, sighting, longer);
      // It has answered for a node's own address just now: that is being judged, by two questions where one said too little.
      if (waits > 0 && this.#answersForNode(sighting))
        this.#await(key, sighting, now + this.#proxies.knownWithin, waits - 1);
      else this.#report(sighting, still, now);
    });
  }

  #answersForNode({ segment, claim }: Sighting): boolean {
    const { index, ledger } = this.#context;
    const isClaimants = (mac: Mac) => mac === claim.mac;
    return index.intent.nodes.some(({ addresses }) =>
      addresses.some((address) => {
        const log = ledger.find(address, segment);
        return log !== undefined && lastClaim(log, isClaimants) !== undefined;
      }),
    );
  }

  #isTold({ segment, claim: { ip, mac } }: Sighting): boolean {
    return this.#context.book.isOpen({ kind: 'foreign-claim', ip, segment, culprit: { mac } });
  }

  /** A node answers the same questions, or the same asker in turn. */
  #isRival({ segment, claim: { ip, mac }, at }: Sighting): boolean {
    const { index, ledger, settings } = this.#context;
    const log = ledger.find(ip, segment);
    const isNodes = (one: Mac) => index.nodeOf(one) !== undefined;
    const standing = log && standingBeside(log, isNodes, mac, at - settings.stationLifetime);
    return standing === 'together' || standing === 'in-turn';
  }

  /** What is known a while after the sighting may explain it. */
  #stillForeign(sighting: Sighting): WatchedRole | null {
    const { index, own, dismiss } = this.#context;
    const role = index.roleOf(sighting.claim.ip);
    if (index.nodeOf(sighting.claim.mac)) dismiss('cluster-node');
    else if (index.aliasOf(sighting.claim.mac).length > 1) dismiss('answers-for-nodes');
    else if (role.kind !== 'vip' && role.kind !== 'pool') dismiss('no-longer-watched');
    else if (index.mayBeNode(sighting.claim.mac, own) && this.#mayBeTheNode(sighting))
      dismiss('maybe-unknown-node');
    else return role;
    return null;
  }

  /**
   * Where a node's MAC cannot be learned, the first one of the unknown claimants is taken to be that node's, unless a known
   * node goes on claiming the same address: then it is a conflict either way.
   */
  #mayBeTheNode({ segment, claim, address }: Sighting): boolean {
    const { index, settings } = this.#context;
    const first = address.owners
      .filter(({ mac }) => !index.nodeOf(mac) && !isLessee(this.#context, segment, { ip: claim.ip, mac }))
      .toSorted((a, b) => a.firstSeen - b.firstSeen)[0];
    if (first?.mac !== claim.mac) return false;
    const yielded = first.firstSeen + settings.handoverGrace;
    return !address.owners.some(({ mac, lastSeen }) => index.nodeOf(mac) && lastSeen > yielded);
  }

  /** A bare reply for a free pool address: by a machine that uses it, or one of many from a router with proxy ARP. */
  #answer(sighting: Sighting, role: PoolRole, at: Micros): void {
    const { settings, deferred, book, dismiss } = this.#context;
    const { segment, claim } = sighting;
    const { mac, ip } = claim;
    if (this.#proxies.isProxy(segment, mac, at)) return this.#reportProxy(sighting, at);
    const known = { kind: 'pool-address-taken', ip, segment, culprit: { mac } } as const;
    if (book.isOpen(known)) return this.#report(sighting, role, at);
    this.#proxies.suspect(segment, at);
    deferred.add(`${replyKey(segment, mac)}${ip}`, at + settings.replyGrace, (now) => {
      const still = this.#stillForeign(sighting);
      if (still?.kind === 'pool' && this.#proxies.isProxy(segment, mac, now))
        this.#reportProxy(sighting, now);
      else if (still) this.#report(sighting, still, now);
    });
    dismiss('awaiting-proxy-check');
  }

  #reportProxy(sighting: Sighting, at: Micros): void {
    const pending = replyKey(sighting.segment, sighting.claim.mac);
    this.#context.deferred.cancelWhere((key) => key.startsWith(pending));
    this.#proxies.report(sighting, at);
  }

  #report(sighting: Sighting, role: WatchedRole, at: Micros): void {
    const { segment, claim } = sighting;
    const { ip, mac } = claim;
    const isProxy = this.#proxies.isProxy(segment, mac, at);
    const isLeased = isLessee(this.#context, segment, claim);
    const claimant = () => this.#claimantOf(sighting, at, isLeased, isProxy);
    const finding =
      role.kind === 'vip'
        ? foreignClaim(role, {
            segment,
            mac,
            // What DHCP says of it is a second sign.
            confirmed: isLeased || isConfirmed(this.#context, 'foreign-claim', sighting, mac),
            claimant,
            unheard: () => (isLeased ? [] : this.#context.index.unheardNodes()),
          })
        : poolAddressTaken(segment, ip, role, mac, claimant);
    reportSighting(this.#context, finding, at, sighting);
    if (role.kind === 'vip' && isProxy) this.#proxies.report(sighting, at);
  }

  #claimantOf(sighting: Sighting, at: Micros, isLeased: boolean, isProxy: boolean): Claimant {
    const { segment, claim } = sighting;
    const { ip, mac } = claim;
    const log = this.#context.ledger.find(ip, segment);
    const { expected } = this.#servers;
    const isServer = isIpv4(ip) && (expected?.includes(ip) ?? false);
    const isHeardServer = this.#servers.heard(segment, at).some((server) => server.ip === ip);
    return {
      ...stationOf(this.#context, mac),
      isAlone: !this.#isNodes(sighting),
      isLessee: isLeased,
      isServer: isServer || isHeardServer,
      isProxy,
      isSpeaker: log !== undefined && announcesAsSpeaker(log, mac),
    };
  }
}

function replyKey(segment: Segment, mac: Mac): string {
  return `reply/${segment.name}/${mac}/`;
}
