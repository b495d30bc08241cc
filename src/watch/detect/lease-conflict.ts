// A leased address that another machine claims: a conflict once both are shown to be alive.

import type { Micros } from '../../base/time.ts';
import type { ClusterNode } from '../../intent/intent.ts';
import { type IpAddress, isIpv4, type Mac } from '../../net/address.ts';
import { rangeContains } from '../../net/range.ts';
import type { Evidence, Report } from '../finding/finding.ts';
import type { Sighting } from '../lan/context.ts';
import { heardInDhcp, isHeld, type Lease } from '../lan/lease.ts';
import { type DetectContext, report, stationOf } from './context.ts';
import type { Detector } from './detector.ts';
import { evidenceOf } from './evidence.ts';
import { type Station, stationName, whoSays } from './words.ts';

/** So many leased addresses are asked for at once. */
const MOST_ASKED = 8;
/** Of each of the two: a sleep proxy may answer once more before it notices that its host is awake. */
const REPLIES = 2;

export class LeaseConflict implements Detector {
  readonly kinds = ['lease-conflict'] as const;
  readonly #context: DetectContext;
  /** Leased addresses that are asked for, and until when. */
  readonly #asked = new Map<IpAddress, Micros>();

  constructor(context: DetectContext) {
    this.#context = context;
  }

  nodesToAsk(now: Micros): IpAddress[] {
    for (const [ip, until] of this.#asked) if (now > until) this.#asked.delete(ip);
    return [...this.#asked.keys()];
  }

  /** The lessee asked for its address or was acknowledged it: whoever else claims it, it is awake. */
  lease(lease: Lease, at: Micros, evidence: () => Evidence): void {
    if (lease.prefixLength !== undefined || lease.imported !== null) return;
    // A client that asks for its old address may just have woken, and its sleep proxy been there before.
    if (lease.leasedAt === at && lease.confirmed !== null) {
      for (const { mac, lastSeen } of this.#othersAt(lease, at)) lease.rivals.wasThere(mac, lastSeen);
    }
    this.#lesseeHeard(lease, at, evidence);
  }

  claim(sighting: Sighting): void {
    const { claim, segment, at, address, observation } = sighting;
    const evidence = () => evidenceOf(observation, claim);
    const lease = this.#context.leases.find(segment, claim.ip);
    if (!lease || !isHeld(lease)) return;
    if (lease.mac === claim.mac) return this.#lesseeHeard(lease, at, evidence);
    const { settings, book, dismiss, index } = this.#context;
    // The other way round, what repeats its frames left the MAC in them alone.
    const isOfLessee = !isIpv4(lease.ip) && observation.ethernet.sourceMac === lease.mac;
    if (lease.transmitter === claim.mac || isOfLessee) return dismiss('lessee-behind-repeater');
    if (address.role.kind === 'vip' || address.role.kind === 'pool') return dismiss('told-by-lease-on-pool');
    const node = index.nodeOf(claim.mac);
    if (node && node === index.nodeOf(lease.mac)) return dismiss('cluster-node');

    const heardAt = Math.max(heardByDhcp(lease), this.#lastClaimOf(lease) ?? 0);
    const lessee = { leasedAt: lease.leasedAt, heardAt };
    const bothAlive = lease.rivals.claimed(claim.mac, at, lessee, settings.stationLifetime);
    if (at - heardAt > settings.stationLifetime) return dismiss('lessee-silent');
    if (!this.#isSure(lease)) return dismiss('unconfirmed-lease');
    const known = { kind: 'lease-conflict', ip: claim.ip, segment, culprit: { mac: claim.mac } } as const;
    if (this.#ownerOf(lease) === node || book.isOpen(known))
      return this.#report(lease, claim.mac, at, evidence);
    if (bothAlive) return this.#bothSeen(lease, claim.mac, at, evidence);
    dismiss('lessee-not-heard-since');
  }

  /** Whoever claimed the address beside a lessee that cannot have slept meanwhile. */
  #lesseeHeard(lease: Lease, at: Micros, evidence: () => Evidence): void {
    const { index, settings } = this.#context;
    const role = index.roleOf(lease.ip).kind;
    const beside = lease.rivals.lesseeHeard(at, settings.stationLifetime);
    if (role === 'vip' || role === 'pool' || !this.#isSure(lease)) return;
    const rivals = new Set(beside);
    const node = this.#ownerOf(lease);
    for (const { mac } of this.#othersAt(lease, at)) {
      if (!node || index.nodeOf(mac) !== node) continue;
      rivals.delete(mac);
      this.#report(lease, mac, at, evidence);
    }
    for (const mac of rivals) if (mac !== lease.transmitter) this.#bothSeen(lease, mac, at, evidence);
  }

  /**
   * A host may sleep for a few seconds, and its sleep proxy be heard meanwhile: where this agent can ask, both answer the same
   * questions, or one of them stands in for the other.
   */
  #bothSeen(lease: Lease, mac: Mac, at: Micros, evidence: () => Evidence): void {
    const { ip, segment } = lease;
    const { deferred, dismiss, leases, settings } = this.#context;
    const key = `leased/${segment.name}/${ip}/${mac}`;
    if (deferred.has(key)) return dismiss('awaiting-both-answers');
    // Long enough for three questions.
    const window = settings.announcerSilence;
    if (!this.#ask(lease, at + window)) return this.#report(lease, mac, at, evidence);
    dismiss('awaiting-both-answers');
    const before = [mac, lease.mac].map((one) => this.#repliesOf(lease, one));
    deferred.add(key, at + window, (now) => {
      const still = leases.find(segment, ip);
      if (!still || still.mac !== lease.mac || !isHeld(still)) return;
      const both = [mac, lease.mac].every((one, i) => {
        const last = this.#context.claims.lastClaim(segment, ip, one) ?? 0;
        return last > at + (2 * window) / 3 && this.#repliesOf(lease, one) - before[i]! >= REPLIES;
      });
      if (both) this.#report(still, mac, now, evidence);
      else dismiss('lessee-not-heard-since');
    });
  }

  #repliesOf({ ip, segment }: Lease, mac: Mac): number {
    return this.#context.claims.find(segment, ip)?.owners.find((owner) => owner.mac === mac)?.reply ?? 0;
  }

  /** Whether this agent can ask there at all. */
  #ask({ ip, segment }: Lease, until: Micros): boolean {
    const { askNodes, canAsk, own } = this.#context;
    const isOwn = own.networks.some((one) => one.segment === segment.name && rangeContains(one, ip));
    if (!canAsk || !isOwn || this.#asked.size >= MOST_ASKED) return false;
    this.#asked.set(ip, until);
    askNodes();
    return true;
  }

  #report(lease: Lease, claimant: Mac, at: Micros, evidence: () => Evidence): void {
    const node = this.#context.index.nodeOf(claimant);
    const finding = leaseConflict(lease, stationOf(this.#context, claimant), node);
    report(this.#context, finding, at, evidence);
  }

  /** A roaming client's wish that no server answered is a lease only where the client then uses the address. */
  #isSure(lease: Lease): boolean {
    return lease.confirmed === 'by-server' || (this.#lastClaimOf(lease) ?? 0) >= lease.leasedAt;
  }

  /** The other node whose own address this is: it is always there, and nobody stands in for its lessee. */
  #ownerOf(lease: Lease): ClusterNode | null {
    const role = this.#context.index.roleOf(lease.ip);
    if (role.kind !== 'node' || this.#context.index.nodeOf(lease.mac) === role.node) return null;
    return role.node;
  }

  /** The other MACs that claimed the address within the station lifetime. */
  #othersAt(lease: Lease, at: Micros) {
    const { claims, settings } = this.#context;
    const owners = claims.find(lease.segment, lease.ip)?.owners ?? [];
    return owners.filter(
      ({ mac, lastSeen }) => mac !== lease.mac && at - lastSeen <= settings.stationLifetime,
    );
  }

  #lastClaimOf({ segment, ip, mac }: Lease): Micros | undefined {
    return this.#context.claims.lastClaim(segment, ip, mac);
  }
}

/** On this segment: what a relay passed on is from another one, for whose machines it may answer here. */
function heardByDhcp(lease: Lease): Micros {
  return !isIpv4(lease.ip) && lease.transmitter === null ? 0 : heardInDhcp(lease);
}

function leaseConflict(lessee: Lease, claimant: Station, node: ClusterNode | undefined): Report {
  const { segment, ip } = lessee;
  const by = lessee.imported === null ? '' : `${whoSays(lessee)}: `;
  const who = node ? `node ${node.name} (${claimant.mac})` : stationName(claimant);
  return {
    kind: 'lease-conflict',
    ip,
    segment,
    culprit: { mac: claimant.mac },
    macs: [lessee.mac, claimant.mac].toSorted(),
    vip: null,
    message: `${by}${ip} is leased to ${stationName(lessee)} but claimed by ${who}: two machines use one address.`,
    remedy: `Give ${node ? node.name : 'the machine with the static address'} an address outside the DHCP range, or a reservation.`,
  };
}
