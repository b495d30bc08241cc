// Machines outside the cluster on addresses that are MetalLB's: foreign claims, taken pool addresses, proxy ARP.

import { BoundedMap } from '../../base/bounded-map.ts';
import type { Micros } from '../../base/time.ts';
import type { PoolRole, VipRole } from '../../intent/index.ts';
import { isAnothersToAnnounce } from '../../intent/provider.ts';
import { type IpAddress, isIpv4, type Mac } from '../../net/address.ts';
import type { Report } from '../finding/finding.ts';
import type { Sighting } from '../lan/context.ts';
import { isHeld } from '../lan/lease.ts';
import type { Segment } from '../lan/segment.ts';
import { virtualMacName } from '../lan/virtual-mac.ts';
import { isConfirmed, UNCONFIRMED } from './confirmation.ts';
import { type DetectContext, reportSighting, stationOf } from './context.ts';
import type { Detector } from './detector.ts';
import { addressOfPool, listed, type Station, stationName, vipName, vipOf } from './words.ts';

type WatchedRole = VipRole | PoolRole;

/** The addresses that one foreign MAC answered for, with the time of the last answer. */
type Answerer = Map<IpAddress, Micros>;

/** So that a flood of made-up MACs does not grow memory. */
const MAX_ANSWERERS = 1024;
const MAX_ANSWERED_ADDRESSES = 64;

const NODE_MAC_KEY = 'mac/';

export class Outsiders implements Detector {
  readonly kinds = ['foreign-claim', 'pool-address-taken', 'proxy-arp'] as const;
  readonly #context: DetectContext;
  readonly #answerers = new BoundedMap<string, Answerer>(MAX_ANSWERERS);

  constructor(context: DetectContext) {
    this.#context = context;
  }

  /** Of a VIP or pool address by a MAC of no known node. */
  claim(sighting: Sighting): void {
    const { settings, index, deferred, dismiss } = this.#context;
    const { at, segment, claim } = sighting;
    const { role } = sighting.address;
    if (role.kind !== 'vip' && role.kind !== 'pool') return;
    if (index.nodeOf(claim.mac)) return dismiss('cluster-node');
    if (!index.knowsNodes) return dismiss('nodes-unknown');
    if (role.kind === 'vip' && isAnothersToAnnounce(role.vip)) return dismiss('another-load-balancer');
    if (!index.knowsEveryMac && !this.#isLessee(sighting)) {
      const key = `${NODE_MAC_KEY}${segment.name}/${claim.ip}/${claim.mac}`;
      const dueAt = Math.max(at, index.since + settings.nodeMacGrace);
      deferred.add(key, dueAt, (now) => {
        const still = this.#stillForeign(sighting);
        if (still) this.#judge(sighting, still, now);
      });
      return dismiss('awaiting-node-macs');
    }
    this.#judge(sighting, role, at);
  }

  /** One more node's MAC is known: once all are, nothing need wait for them. */
  nodeLearned(now: Micros): void {
    if (!this.#context.index.knowsEveryMac) return;
    this.#context.deferred.runWhere((key) => key.startsWith(NODE_MAC_KEY), now);
  }

  #judge(sighting: Sighting, role: WatchedRole, at: Micros): void {
    const { segment, claim } = sighting;
    if (role.kind === 'vip') return this.#report(sighting, role, at);
    if (claim.kind === 'reply') return this.#answer(sighting, role, at);
    if (this.#isProxy(segment, claim.mac)) return this.#context.dismiss('proxy-arp');
    this.#report(sighting, role, at);
  }

  /** What is known a while after the sighting may explain it. */
  #stillForeign(sighting: Sighting): WatchedRole | null {
    const { index, own, dismiss } = this.#context;
    const role = index.roleOf(sighting.claim.ip);
    if (index.nodeOf(sighting.claim.mac)) dismiss('cluster-node');
    else if (role.kind !== 'vip' && role.kind !== 'pool') dismiss('no-longer-watched');
    else if (index.mayBeNode(sighting.claim.mac, own) && this.#mayBeTheNode(sighting))
      dismiss('maybe-unknown-node');
    else return role;
    return null;
  }

  /** A node has its own address and leases no VIP. */
  #isLessee({ segment, claim }: Pick<Sighting, 'segment' | 'claim'>): boolean {
    const lease = isIpv4(claim.ip) ? this.#context.leases.find(segment, claim.ip) : undefined;
    return lease?.mac === claim.mac && isHeld(lease);
  }

  /**
   * Where a node's MAC cannot be learned, the first one of the unknown claimants is taken to be that node's, unless a known
   * node goes on claiming the same address: then it is a conflict either way.
   */
  #mayBeTheNode({ segment, claim, address }: Sighting): boolean {
    const { index, settings } = this.#context;
    const first = address.owners
      .filter(({ mac }) => !index.nodeOf(mac) && !this.#isLessee({ segment, claim: { ...claim, mac } }))
      .toSorted((a, b) => a.firstSeen - b.firstSeen)[0];
    if (first?.mac !== claim.mac) return false;
    const yielded = first.firstSeen + settings.handoverGrace;
    return !address.owners.some(({ mac, lastSeen }) => index.nodeOf(mac) && lastSeen > yielded);
  }

  /** A bare reply for a free pool address: by a machine that uses it, or one of many from a router with proxy ARP. */
  #answer(sighting: Sighting, role: PoolRole, at: Micros): void {
    const { settings, deferred, book, dismiss } = this.#context;
    const { segment, claim } = sighting;
    const answerer = this.#answererOf(segment, claim.mac);
    for (const [ip, last] of answerer) {
      if (at - last > settings.stationLifetime) answerer.delete(ip);
    }
    if (answerer.size < MAX_ANSWERED_ADDRESSES) answerer.set(claim.ip, at);
    const isProxy = this.#isProxy(segment, claim.mac);
    const pending = replyKey(segment, claim.mac);
    if (answerer.size < settings.proxyAddresses && !isProxy) {
      const known = {
        kind: 'pool-address-taken',
        ip: claim.ip,
        segment,
        culprit: { mac: claim.mac },
      } as const;
      if (book.isOpen(known)) return this.#report(sighting, role, at);
      deferred.add(`${pending}${claim.ip}`, at + settings.replyGrace, (now) => {
        const still = this.#stillForeign(sighting);
        if (still) this.#report(sighting, still, now);
      });
      return dismiss('awaiting-proxy-check');
    }
    deferred.cancelWhere((key) => key.startsWith(pending));
    for (const ip of answerer.keys()) {
      book.end({ kind: 'pool-address-taken', ip, segment, culprit: { mac: claim.mac } }, at);
    }
    const finding = proxyArp(segment, claim.ip, role, claim.mac, answerer.size);
    reportSighting(this.#context, finding, at, sighting);
  }

  #report(sighting: Sighting, role: WatchedRole, at: Micros): void {
    const { segment, claim } = sighting;
    const station = stationOf(this.#context, claim.mac);
    const isLessee = this.#isLessee({ segment, claim });
    const finding =
      role.kind === 'vip'
        ? foreignClaim(segment, role, station, {
            unheard: isLessee ? [] : this.#context.index.unheardNodes(),
            // What DHCP says of it is a second sign.
            confirmed: isLessee || isConfirmed(this.#context, 'foreign-claim', sighting, claim.mac),
          })
        : poolAddressTaken(segment, claim.ip, role, station);
    reportSighting(this.#context, finding, at, sighting);
  }

  #isProxy(segment: Segment, mac: Mac): boolean {
    for (const finding of this.#context.book.openOf('proxy-arp'))
      if (finding.segment === segment && finding.macs[0] === mac) return true;
    return false;
  }

  #answererOf(segment: Segment, mac: Mac): Answerer {
    const key = `${segment.name}/${mac}`;
    const answerer: Answerer = this.#answerers.get(key) ?? new Map();
    this.#answerers.set(key, answerer);
    return answerer;
  }
}

function replyKey(segment: Segment, mac: Mac): string {
  return `reply/${segment.name}/${mac}/`;
}

interface ForeignClaim {
  /** Nodes whose MACs are not known, by name. */
  readonly unheard: readonly string[];
  readonly confirmed: boolean;
}

function foreignClaim(
  segment: Segment,
  role: VipRole,
  station: Station,
  { unheard, confirmed }: ForeignClaim,
): Report {
  const announcer = role.vip.elector?.elect()?.node;
  const torn = announcer ? `to it or to ${announcer}, whichever` : 'to whichever of the two';
  const doubt =
    unheard.length === 0
      ? ''
      : ` (Unless it is ${listed(unheard, 'or')}, whose own address nobody answers for.)`;
  return {
    kind: 'foreign-claim',
    ip: role.vip.address,
    segment,
    culprit: { mac: station.mac },
    macs: [station.mac],
    vip: vipOf(role),
    confirmed,
    message: `${vipName(role.vip)} is claimed by ${stationName(station)}, which belongs to no cluster node: traffic for the service ${confirmed ? 'goes' : 'may go'} ${torn} answered last.${doubt}${confirmed ? '' : UNCONFIRMED}`,
    remedy: virtualMacName(station.mac)
      ? 'Give the router redundancy group another address, or take this one out of the MetalLB pool.'
      : `Take ${role.vip.address} away from that machine (release its lease or change its static address), and keep the pool out of the DHCP range.`,
  };
}

function poolAddressTaken(segment: Segment, ip: IpAddress, role: PoolRole, station: Station): Report {
  return {
    kind: 'pool-address-taken',
    ip,
    segment,
    culprit: { mac: station.mac },
    macs: [station.mac],
    vip: vipOf(role),
    message: `${stationName(station)}, no cluster node, uses ${ip}, which MetalLB may give to the next Service from pool ${role.pool.name}.`,
    remedy: `Give that machine an address outside pool ${role.pool.name}, or take ${ip} out of the pool.`,
  };
}

function proxyArp(segment: Segment, ip: IpAddress, role: PoolRole, mac: Mac, addresses: number): Report {
  return {
    kind: 'proxy-arp',
    ip: addressOfPool(role.pool, ip),
    segment,
    culprit: { mac },
    macs: [mac],
    vip: vipOf(role),
    message: `${stationName({ mac, hostname: null })} answers ARP for ${addresses} addresses of the pools: a router with proxy ARP, not a machine that uses them.`,
    remedy:
      'Switch proxy ARP off on that router or correct its netmask; until then it can draw off the traffic of any new VIP.',
  };
}
