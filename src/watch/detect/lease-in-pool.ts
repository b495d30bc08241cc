// Leases judged: in pools, declined, and whether one on a VIP is one.

import { BoundedMap } from '../../base/bounded-map.ts';
import { type Micros, SECOND } from '../../base/time.ts';
import type { LeaseStep } from '../../dhcp/lease.ts';
import type { PoolRole, VipRole } from '../../intent/index.ts';
import type { Pool } from '../../intent/intent.ts';
import type { IpAddress } from '../../net/address.ts';
import { type IpRange, networkOf } from '../../net/range.ts';
import type { Draft, Evidence, Report } from '../finding/finding.ts';
import { isHeld, type Lease } from '../lan/lease.ts';
import type { Segment } from '../lan/segment.ts';
import { type DetectContext, report, stationOf } from './context.ts';
import type { Detector } from './detector.ts';
import { evidenceOfListed } from './evidence.ts';
import type { LeaseOnVip } from './lease-on-vip.ts';
import { holdingOf, type RouterAdvice } from './router-advice.ts';
import { askedOrLeased, type Station, stationName, vipName, vipOf, whoSays } from './words.ts';

const LEASE_KINDS = ['lease-on-vip', 'lease-in-pool'] as const;
/** A client that declined its address waits for ten seconds at least (RFC 2131, section 3.1), and may be given the same again. */
const GIVEN_AGAIN = 30 * SECOND;
const MAX_DECLINES = 256;
const NEVER = Number.NEGATIVE_INFINITY;
const NEVER_DECLINED = [NEVER, NEVER] as const;

type LeaseIdentity = Pick<Lease, 'segment' | 'ip' | 'mac'>;

export class LeaseInPool implements Detector {
  readonly kinds = ['lease-in-pool', 'dhcp-decline'] as const;
  readonly #context: DetectContext;
  readonly #onVip: LeaseOnVip;
  readonly #advice: RouterAdvice;
  /** When a client last declined an address, and the time before that. */
  readonly #declines = new BoundedMap<string, readonly [last: Micros, before: Micros]>(MAX_DECLINES);
  /** A client that declined its address was ever waited for. */
  #awaitsGiving = false;
  /** When an intent was known first. */
  #begunAt: Micros = Number.POSITIVE_INFINITY;

  constructor(context: DetectContext, onVip: LeaseOnVip, advice: RouterAdvice) {
    this.#context = context;
    this.#onVip = onVip;
    this.#advice = advice;
  }

  /** A lease began or was renewed. */
  lease(lease: Lease, at: Micros, evidence: () => Evidence): void {
    const { deferred, leases } = this.#context;
    if (lease.prefixLength !== undefined) return this.#judge(lease, at, evidence);
    const isContender = lease.confirmed !== null && leases.find(lease.segment, lease.ip) !== lease;
    const key = isContender || !deferred.isEmpty ? this.#judgementKey(lease) : null;
    if (key !== null) deferred.cancel(key);
    if (this.#awaitsGiving) deferred.cancel(declineKey(lease));
    if (lease.confirmed === null) return this.#awaitRefusal(lease, evidence);
    this.#judge(lease, at, evidence);
    if (key !== null && isContender) this.#awaitDecision(key, lease, at);
  }

  /** A lease is over, whichever way. */
  leaseEnded(lease: Lease, at: Micros): void {
    if (lease.prefixLength !== undefined)
      return void this.#context.book.end({ kind: 'lease-in-pool', ...placeOf(lease) }, at);
    const { deferred } = this.#context;
    if (!deferred.isEmpty) deferred.cancel(this.#judgementKey(lease));
    this.#onVip.ended(lease);
    const declined = this.#declines.size === 0 ? undefined : this.#declines.get(declineKey(lease));
    const [last, before] = declined ?? NEVER_DECLINED;
    const isGivenAgain = last === at && (at - before <= GIVEN_AGAIN || this.#isFromBefore(lease, at));
    if (!isGivenAgain || !this.#awaitGiving(lease, at)) this.#end(lease, at);
  }

  #end({ segment, ip, mac }: LeaseIdentity, at: Micros): void {
    const { book } = this.#context;
    for (const kind of LEASE_KINDS)
      if (book.knows(kind, ip)) book.end({ kind, ip, segment, culprit: { mac } }, at);
  }

  /** Told in a life before, as a lease or as one declined. */
  #isFromBefore({ segment, ip, mac }: LeaseIdentity, at: Micros): boolean {
    if (at - this.#begunAt > GIVEN_AGAIN) return false;
    const kinds = [...LEASE_KINDS, 'dhcp-decline'] as const;
    const open = kinds.flatMap((kind) => this.#context.book.openOn({ kind, segment, ip }));
    return open.some(({ macs, raisedAt }) => macs.includes(mac) && raisedAt < this.#begunAt);
  }

  #awaitGiving(lease: LeaseIdentity, at: Micros): boolean {
    this.#awaitsGiving = true;
    return this.#context.deferred.add(declineKey(lease), at + GIVEN_AGAIN, (now) => this.#end(lease, now));
  }

  /** Its client declined it; before a start, perhaps. */
  #mayBeGivenAgain(lease: LeaseIdentity, at: Micros): boolean {
    if (this.#context.deferred.has(declineKey(lease))) return true;
    return this.#begunAt === Number.POSITIVE_INFINITY && this.#awaitGiving(lease, at);
  }

  /** A server that refuses says so to all (RFC 2131, section 4.3.2); one that does not know the client says nothing at all. */
  #awaitRefusal(lease: Lease, evidence: () => Evidence): void {
    const { deferred, dismiss, index, leases } = this.#context;
    const role = index.roleOf(lease.ip).kind;
    if (role !== 'vip' && role !== 'pool') return;
    deferred.add(this.#judgementKey(lease), lease.consentAt, (now) => {
      // A capture may end before.
      if (now < lease.consentAt || !leases.heldAt(lease.segment, lease.ip).includes(lease)) return;
      this.#consent(lease);
      this.#judge(lease, now, evidence);
    });
    dismiss('awaiting-dhcp-refusal');
  }

  /**
   * As the identity of its finding: a MAC that becomes another client is no second problem. Those of VIPs are a class of their own:
   * a flood about a large pool takes no place from them.
   */
  #judgementKey({ segment, ip, mac }: Lease): string {
    const isVip = this.#context.index.roleOf(ip).kind === 'vip';
    return `${isVip ? 'lease-on-vip' : 'lease'}/${segment.name}/${ip}/${mac}`;
  }

  #consent(lease: Lease): void {
    lease.confirmed ??= 'by-silence';
  }

  /** Two clients ask for one address: until the server decides, either may get it. */
  #awaitDecision(key: string, contender: Lease, at: Micros): void {
    const { deferred, leases, settings } = this.#context;
    deferred.add(key, at + settings.refusalGrace, (now) => {
      const displaced = leases.settle(contender, now);
      if (displaced) this.leaseEnded(displaced, now);
    });
  }

  /** Only one that the pool holds: of a longer one the LAN itself may be a part, and whoever it was delegated to is its router. */
  #judgePrefix(lease: Lease, length: number, at: Micros, evidence: () => Evidence): void {
    const { dismiss, index } = this.#context;
    if (lease.confirmed === null) return dismiss('awaiting-dhcp-refusal');
    const prefix = networkOf(lease.ip, length);
    const role = index.roleOf(lease.ip);
    const pool = role.kind === 'pool' ? role.pool : undefined;
    if (!pool?.ranges.some((range) => holdsPart(range, prefix))) return dismiss('delegated-prefix');
    report(this.#context, prefixInPool(lease, length, pool), at, evidence);
  }

  #judge(lease: Lease, at: Micros, evidence: () => Evidence): void {
    if (lease.prefixLength !== undefined) return this.#judgePrefix(lease, lease.prefixLength, at, evidence);
    const role = this.#context.index.roleOf(lease.ip);
    if (role.kind === 'vip') this.#onVip.leased(lease, role, at, evidence);
    else if (role.kind === 'pool') {
      const { segment, ip, mac, hostname } = lease;
      const remedy = () => {
        const question = { holding: holdingOf(role, ip), segment, at };
        return this.#advice.shrinkAndReconnect(question, ip, { mac, hostname });
      };
      report(this.#context, leaseInPool(lease, role, remedy), at, evidence);
    } else this.#context.dismiss('lease-outside-pools');
  }

  /** There may be room by now for what was refused: held leases are judged again. */
  tick(now: Micros): void {
    const { book, leases } = this.#context;
    for (const { kind, ip, segment } of book.takeOwed(LEASE_KINDS, now)) {
      if (segment === null) continue;
      for (const lease of leases.heldFrom(segment, ip)) {
        const isTold = book.isOpen({ kind, ...placeOf(lease) });
        if (lease.confirmed !== null && !isTold) this.#judge(lease, now, () => seenAt(lease));
      }
    }
  }

  leaseStep(
    segment: Segment,
    { state, ip, mac, prefixLength }: LeaseStep,
    at: Micros,
    evidence: () => Evidence,
  ): void {
    if (state !== 'declined' || prefixLength !== undefined) return;
    const role = this.#context.index.roleOf(ip);
    if (role.kind !== 'vip' && role.kind !== 'pool') return this.#context.dismiss('decline-outside-pools');
    const remedy = this.#advice.shrink({ holding: holdingOf(role, ip), segment, at });
    report(
      this.#context,
      dhcpDecline(segment, ip, role, stationOf(this.#context, mac), remedy),
      at,
      evidence,
    );
    const key = declineKey({ segment, ip, mac });
    this.#declines.set(key, [at, this.#declines.get(key)?.[0] ?? NEVER]);
  }

  /** The intent changed: what it says of every lease is judged anew. */
  intentChanged(at: Micros): void {
    const { book, index, leases } = this.#context;
    book.endWhere((finding) => {
      if (finding.kind !== 'lease-on-vip' && finding.kind !== 'lease-in-pool') return false;
      if (index.roleOf(finding.ip).kind !== (finding.kind === 'lease-on-vip' ? 'vip' : 'pool')) return true;
      if (!finding.segment) return true;
      const { segment, ip } = finding;
      const held = leases.heldFrom(segment, ip);
      if (held.length > 0) return !held.some((lease) => finding.macs.includes(lease.mac));
      return !finding.macs.some((mac) => this.#mayBeGivenAgain({ segment, ip, mac }, at));
    }, at);
    this.#begunAt = Math.min(this.#begunAt, at);
    for (const lease of leases.all()) {
      const role = index.roleOf(lease.ip).kind;
      if (!isHeld(lease) || (role !== 'vip' && role !== 'pool')) continue;
      const evidence = () => seenAt(lease);
      const isPrefix = lease.prefixLength !== undefined;
      if (!isPrefix && lease.confirmed === null && at < lease.consentAt) {
        this.#awaitRefusal(lease, evidence);
        continue;
      }
      if (!isPrefix) this.#consent(lease);
      const kind = role === 'vip' && !isPrefix ? 'lease-on-vip' : 'lease-in-pool';
      if (book.isOpen({ kind, ...placeOf(lease) })) continue;
      this.#judge(lease, at, evidence);
    }
  }
}

/** Where no frame shows it now. */
function seenAt(lease: Lease): Evidence {
  if (lease.imported !== null) return evidenceOfListed(lease);
  const { segment, ip, mac, state, lastSeen } = lease;
  return { at: lastSeen, interface: segment.name, summary: `DHCP lease of ${ip} to ${mac}, ${state}` };
}

function declineKey({ segment, ip, mac }: LeaseIdentity): string {
  return `declined/${segment.name}/${ip}/${mac}`;
}

function leaseInPool(lease: Lease, role: PoolRole, remedy: () => string): Draft {
  const { segment, ip, mac, hostname, state } = lease;
  return {
    kind: 'lease-in-pool',
    ip,
    segment,
    culprit: { mac },
    macs: [mac],
    vip: vipOf(role),
    words: () => ({
      message: `${whoSays(lease)}: ${stationName({ mac, hostname })} ${askedOrLeased(state)} ${ip}, which MetalLB may give to the next Service from pool ${role.pool.name}.`,
      remedy: `${remedy()}.`,
    }),
  };
}

/** The range holds the prefix, and more. */
function holdsPart(range: IpRange, prefix: IpRange): boolean {
  if (range.family !== prefix.family || prefix.first < range.first || prefix.last > range.last) return false;
  return prefix.first > range.first || prefix.last < range.last;
}

function prefixInPool(lease: Lease, length: number, pool: Pool): Report {
  const client: Station = { mac: lease.mac, hostname: lease.hostname };
  const prefix = `${lease.ip}/${length}`;
  return {
    kind: 'lease-in-pool',
    ...placeOf(lease),
    macs: [client.mac],
    vip: { service: null, pool: pool.name },
    message: `DHCP: ${stationName(client)} ${askedOrLeased(lease.state)} the prefix ${prefix}, of which MetalLB may give addresses to the next Services from pool ${pool.name}.`,
    remedy: `Let DHCPv6 delegate other prefixes than those of the pool ${pool.name}, then make the client ask again (restart it).`,
  };
}

function placeOf({ segment, ip, mac }: Lease) {
  return { segment, ip, culprit: { mac } };
}

function dhcpDecline(
  segment: Segment,
  ip: IpAddress,
  role: VipRole | PoolRole,
  client: Station,
  shrink: string,
): Report {
  const name = role.kind === 'vip' ? `the ${vipName(role.vip)}` : `${ip} of pool ${role.pool.name}`;
  return {
    kind: 'dhcp-decline',
    ip,
    segment,
    culprit: null,
    macs: [client.mac],
    vip: vipOf(role),
    message: `DHCP: ${stationName(client)} was given ${name} and declined it, because another machine already answers for it.`,
    remedy: `${shrink}. The next client may not check before it uses the address.`,
  };
}
