// Leases judged: on VIPs, in pools, declined, in conflict; and DHCP ranges that reach into pools.
import { type IpAddress, type Ipv4, isIpv4 } from '../net/address.ts';
import { type IpRange, rangeOf, rangeOverlap, rangeText } from '../net/range.ts';
import type { Micros } from '../net/time.ts';
import type { Evidence, Finding } from './finding.ts';
import { isHeld, type Lease } from './leases.ts';
import {
  dhcpDecline,
  leaseConflict,
  leaseInPool,
  leaseOnVip,
  offerInPool,
  rangeOverlapsPool,
} from './reports.ts';
import type { Segment } from './segment.ts';
import { report, type Sighting, stationOf, type WatchContext } from './sighting.ts';

const LEASE_KINDS = ['lease-on-vip', 'lease-in-pool'] as const;

export class LeaseFindings {
  readonly #context: WatchContext;
  readonly #ranges: readonly IpRange[];
  /** The address under which each pool's overlap was reported on a segment, so that it stays one finding. */
  readonly #offered = new Map<string, Ipv4>();

  constructor(context: WatchContext, ranges: readonly IpRange[]) {
    this.#context = context;
    this.#ranges = ranges;
  }

  /** A lease began, was renewed or ended. */
  changed(lease: Lease, at: Micros, evidence: () => Evidence): void {
    const { deferred, settings } = this.#context;
    const key = `lease/${lease.segment.name}/${lease.ip}/${lease.clientId}`;
    deferred.cancel(key);
    if (!isHeld(lease)) return this.ended(lease, at);
    if (!lease.unconfirmed) return this.#judge(lease, at, evidence);
    const role = this.#context.index.roleOf(lease.ip).kind;
    if (role !== 'vip' && role !== 'pool') return;
    deferred.add(key, at + settings.refusalGrace, (now) => this.#judge(lease, now, evidence));
    this.#context.dismiss('awaiting-dhcp-refusal');
  }

  /** A lease is over, whichever way. */
  ended(lease: Lease, at: Micros): void {
    for (const kind of LEASE_KINDS) {
      this.#context.book.end({ kind, ip: lease.ip, segment: lease.segment, culprit: lease.mac }, at);
    }
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
    const key = `${segment.name}/${role.pool?.name ?? ip}`;
    const named = this.#offered.get(key) ?? ip;
    this.#offered.set(key, named);
    report(this.#context, offerInPool(segment, named, role, server), at, evidence);
  }

  /** Another MAC than the lessee's claims a leased address. */
  claim(sighting: Sighting): void {
    const { claim, segment, at, address } = sighting;
    if (!isIpv4(claim.ip)) return;
    const lease = this.#context.leases.find(segment, claim.ip);
    if (!lease || !isHeld(lease) || lease.mac === claim.mac) return;
    const { settings, claims, dismiss, index } = this.#context;
    if (lease.transmitter === claim.mac) return dismiss('lessee-behind-repeater');
    if (address.role.kind === 'vip' || address.role.kind === 'pool') return dismiss('told-by-lease-on-pool');
    // A sleep proxy or the next user of an abandoned lease claims the address of a lessee who is not there.
    const lastUse = Math.max(lease.lastSeen, claims.lastClaim(segment, claim.ip, lease.mac) ?? 0);
    if (at - lastUse > settings.stationLifetime) return dismiss('lessee-silent');
    if (lease.unconfirmed) return dismiss('unconfirmed-lease');
    const finding = leaseConflict(
      segment,
      claim.ip,
      lease,
      stationOf(this.#context, claim.mac),
      index.nodeOf(claim.mac),
    );
    report(this.#context, finding, at, sighting.evidence);
  }

  /** The intent changed: what it says of the DHCP ranges and of every lease is judged anew. */
  intentChanged(at: Micros): void {
    const { book, index, leases } = this.#context;
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
      const lease =
        finding.segment && isIpv4(finding.ip) ? leases.find(finding.segment, finding.ip) : undefined;
      return !lease || !isHeld(lease) || !finding.macs.includes(lease.mac);
    }, at);
    for (const lease of leases.all()) {
      const role = index.roleOf(lease.ip).kind;
      if (!isHeld(lease) || lease.unconfirmed || (role !== 'vip' && role !== 'pool')) continue;
      const kind = role === 'vip' ? 'lease-on-vip' : 'lease-in-pool';
      if (book.isActive({ kind, ip: lease.ip, segment: lease.segment, culprit: lease.mac })) continue;
      this.#judge(lease, at, () => ({
        at: lease.lastSeen,
        interface: lease.segment.name,
        summary: `DHCP lease of ${lease.ip} to ${lease.mac}, ${lease.state}`,
      }));
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
