// Leases judged: on VIPs, in pools, declined, in conflict; and DHCP ranges that reach into pools.

import type { Micros } from '../../base/time.ts';
import { type IpAddress, type Ipv4, isIpv4 } from '../../net/address.ts';
import { type IpRange, rangeOf, rangeOverlap, rangeText } from '../../net/range.ts';
import type { Evidence, Finding } from '../finding/finding.ts';
import { isHeld, type Lease } from '../lan/lease.ts';
import type { Segment } from '../lan/segment.ts';
import { report, type Sighting, stationOf, type WatchContext } from './context.ts';
import { LeaseConflicts } from './lease-conflict.ts';
import { dhcpDecline, leaseInPool, leaseOnVip, offerInPool, rangeOverlapsPool } from './words.ts';

const LEASE_KINDS = ['lease-on-vip', 'lease-in-pool'] as const;

export class LeaseFindings {
  readonly #context: WatchContext;
  readonly #ranges: readonly IpRange[];
  readonly #conflicts: LeaseConflicts;

  constructor(context: WatchContext, ranges: readonly IpRange[]) {
    this.#context = context;
    this.#ranges = ranges;
    this.#conflicts = new LeaseConflicts(context);
  }

  /** A lease began, was renewed or ended. */
  changed(lease: Lease, at: Micros, evidence: () => Evidence): void {
    const { deferred, leases } = this.#context;
    if (!isHeld(lease)) return this.ended(lease, at);
    deferred.cancel(verdictKey(lease));
    this.#conflicts.lesseeAsked(lease, at, evidence);
    if (lease.confirmed === null) return this.#awaitRefusal(lease, at, evidence);
    this.#judge(lease, at, evidence);
    if (leases.find(lease.segment, lease.ip) !== lease) this.#awaitDecision(lease, at);
  }

  /** A lease is over, whichever way. */
  ended(lease: Lease, at: Micros): void {
    const { book, deferred } = this.#context;
    deferred.cancel(verdictKey(lease));
    for (const kind of LEASE_KINDS) {
      book.end({ kind, ip: lease.ip, segment: lease.segment, culprit: lease.mac }, at);
    }
  }

  /** A claim of an address that may be leased: by its lessee or by another. */
  claim(sighting: Sighting): void {
    this.#conflicts.claim(sighting);
  }

  /** A server that refuses says so at once and to all (RFC 2131, section 4.3.2): silence is consent. */
  #awaitRefusal(lease: Lease, at: Micros, evidence: () => Evidence): void {
    const { deferred, dismiss, index, leases, settings } = this.#context;
    const role = index.roleOf(lease.ip).kind;
    if (role !== 'vip' && role !== 'pool') return;
    deferred.add(verdictKey(lease), at + settings.refusalGrace, (now) => {
      if (!leases.heldAt(lease.segment, lease.ip).includes(lease)) return;
      this.#consent(lease);
      this.#judge(lease, now, evidence);
    });
    dismiss('awaiting-dhcp-refusal');
  }

  #consent(lease: Lease): void {
    lease.confirmed ??= 'by-silence';
  }

  /** Two clients ask for one address: until the server decides, either may get it. */
  #awaitDecision(contender: Lease, at: Micros): void {
    const { deferred, leases, settings } = this.#context;
    deferred.add(verdictKey(contender), at + settings.refusalGrace, (now) => {
      const displaced = leases.settle(contender, now);
      if (displaced) this.ended(displaced, now);
    });
  }

  #judge(lease: Lease, at: Micros, evidence: () => Evidence): void {
    const { segment, ip, mac, hostname } = lease;
    const role = this.#context.index.roleOf(ip);
    const client = { mac, hostname };
    const what = lease.state === 'acknowledged' ? 'was leased' : 'asked for';
    if (role.kind === 'vip') report(this.#context, leaseOnVip(segment, role, client, what), at, evidence);
    else if (role.kind === 'pool')
      report(this.#context, leaseInPool(segment, ip, role, client, what), at, evidence);
    else this.#context.dismiss('lease-outside-pools');
  }

  declined(segment: Segment, ip: Ipv4, client: Lease['mac'], at: Micros, evidence: () => Evidence): void {
    const role = this.#context.index.roleOf(ip);
    if (role.kind !== 'vip' && role.kind !== 'pool') return this.#context.dismiss('decline-outside-pools');
    report(this.#context, dhcpDecline(segment, ip, role, stationOf(this.#context, client)), at, evidence);
  }

  offered(segment: Segment, ip: Ipv4, server: Ipv4 | null, at: Micros, evidence: () => Evidence): void {
    const role = this.#context.index.roleOf(ip);
    if (role.kind !== 'vip' && role.kind !== 'pool') return this.#context.dismiss('offer-outside-pools');
    report(this.#context, offerInPool(segment, ip, role, server), at, evidence);
  }

  /** Drops the leases that are over by now. */
  expire(now: Micros): void {
    const { claims, leases } = this.#context;
    const lastUse = ({ segment, ip, mac }: Lease) => claims.lastClaim(segment, ip, mac);
    for (const lease of leases.expire(now, lastUse)) this.ended(lease, now);
  }

  /** The intent changed: what it says of the DHCP ranges and of every lease is judged anew. */
  intentChanged(at: Micros): void {
    // After a restart, the leases that ended in between are still there.
    this.expire(at);
    const { book, index, leases, settings } = this.#context;
    const stillOverlapping = new Set<IpAddress>();
    for (const { range, part, overlap, holder } of this.#overlaps()) {
      const finding = rangeOverlapsPool(range, overlap, holder);
      if (stillOverlapping.has(finding.ip)) continue;
      stillOverlapping.add(finding.ip);
      const summary = `configured: DHCP range ${rangeText(range)}, ${holder.pool ?? 'VIP'} ${rangeText(part)}`;
      report(this.#context, finding, at, () => ({ at, interface: 'configuration', summary }));
    }
    book.endWhere(
      ({ kind, segment, ip }) =>
        kind === 'dhcp-range-overlaps-pool' && segment === null && !stillOverlapping.has(ip),
      at,
    );
    book.endWhere((finding) => {
      if (finding.kind !== 'lease-on-vip' && finding.kind !== 'lease-in-pool') return false;
      if (index.roleOf(finding.ip).kind !== (finding.kind === 'lease-on-vip' ? 'vip' : 'pool')) return true;
      if (!finding.segment || !isIpv4(finding.ip)) return true;
      return !leases.heldAt(finding.segment, finding.ip).some((lease) => finding.macs.includes(lease.mac));
    }, at);
    for (const lease of leases.all()) {
      const role = index.roleOf(lease.ip).kind;
      if (!isHeld(lease) || (role !== 'vip' && role !== 'pool')) continue;
      const evidence = () => ({
        at: lease.lastSeen,
        interface: lease.segment.name,
        summary: `DHCP lease of ${lease.ip} to ${lease.mac}, ${lease.state}`,
      });
      if (lease.confirmed === null && at < lease.lastSeen + settings.refusalGrace) {
        this.#awaitRefusal(lease, lease.lastSeen, evidence);
        continue;
      }
      this.#consent(lease);
      const kind = role === 'vip' ? 'lease-on-vip' : 'lease-in-pool';
      if (book.isOpen({ kind, ip: lease.ip, segment: lease.segment, culprit: lease.mac })) continue;
      this.#judge(lease, at, evidence);
    }
  }

  /** Pools, and VIPs that belong to none. */
  *#overlaps(): Generator<{ range: IpRange; part: IpRange; overlap: IpRange; holder: Finding['vip'] & {} }> {
    const { index } = this.#context;
    const pools = index.intent.pools.flatMap(({ name, ranges }) =>
      ranges.map((part) => ({ part, holder: { service: null, pool: name } })),
    );
    const loneVips = index.intent.vips.flatMap(({ address, service }) => {
      const role = index.roleOf(address);
      return role.kind === 'vip' && !role.pool
        ? [{ part: rangeOf(address), holder: { service, pool: null } }]
        : [];
    });
    for (const { part, holder } of [...pools, ...loneVips]) {
      for (const range of this.#ranges) {
        const overlap = rangeOverlap(range, part);
        if (overlap) yield { range, part, overlap, holder };
      }
    }
  }
}

/** As the identity of its finding: a MAC that becomes another client is no second problem. */
function verdictKey({ segment, ip, mac }: Lease): string {
  return `lease/${segment.name}/${ip}/${mac}`;
}
