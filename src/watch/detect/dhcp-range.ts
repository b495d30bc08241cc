// DHCP ranges that reach into pools: as known from the configuration, an import or an audit, and as an offer shows them.
import { BoundedMap } from '../../base/bounded-map.ts';
import type { Micros } from '../../base/time.ts';
import type { LeaseStep } from '../../dhcp/lease.ts';
import type { KnownRange, RouterKnowledge } from '../../dhcp/router-knowledge.ts';
import type { PoolRole, VipRole } from '../../intent/index.ts';
import type { IpAddress, Ipv4 } from '../../net/address.ts';
import { joinedRanges } from '../../net/joined-ranges.ts';
import {
  type IpRange,
  ipOfNumber,
  rangeContains,
  rangeOf,
  rangeOverlap,
  rangeText,
} from '../../net/range.ts';
import type { Evidence, Finding, Report } from '../finding/finding.ts';
import type { AuditedOffer } from '../lan/audit-trail.ts';
import type { Segment } from '../lan/segment.ts';
import { type DetectContext, report } from './context.ts';
import type { Detector } from './detector.ts';
import { holdingOf, type RouterAdvice } from './router-advice.ts';
import { addressOfPool, vipName, vipOf } from './words.ts';

/** Whose finding tells of what a server offered. */
type OfOffer = Pick<Report, 'kind' | 'segment' | 'ip' | 'culprit'>;

const MAX_TOLD = 256;

/** Addresses that MetalLB and DHCP both hand out. */
interface Overlap {
  /** Of MetalLB. */
  readonly part: IpRange;
  readonly holder: Finding['vip'] & {};
  /** Of the pool, by whatever is known of DHCP. */
  readonly shared: IpRange;
  /** That reaches furthest into it. */
  readonly range: KnownRange;
}

export class DhcpRangeOverlapsPool implements Detector {
  readonly kinds = ['dhcp-range-overlaps-pool'] as const;
  readonly #context: DetectContext;
  readonly #knowledge: RouterKnowledge;
  readonly #advice: RouterAdvice;
  /** Which servers would lease which addresses, by finding. */
  readonly #told = new BoundedMap<string, Set<string>>(MAX_TOLD);

  constructor(context: DetectContext, knowledge: RouterKnowledge, advice: RouterAdvice) {
    this.#context = context;
    this.#knowledge = knowledge;
    this.#advice = advice;
  }

  leaseStep(
    segment: Segment,
    { state, ip, server, prefixLength }: LeaseStep,
    at: Micros,
    evidence: () => Evidence,
  ): void {
    if (state !== 'offered' || prefixLength !== undefined) return;
    const role = this.#context.index.roleOf(ip);
    if (role.kind !== 'vip' && role.kind !== 'pool') return this.#context.dismiss('offer-outside-pools');
    const identity = identityOf(segment, role.pool ? addressOfPool(role.pool, ip) : ip);
    // What it would lease today says more.
    if (this.#isCritical(identity)) return this.#context.book.hold(identity, at);
    const serverName = server ? `DHCP server ${server}` : 'an unnamed DHCP server';
    const question = { holding: holdingOf(role, ip), segment, at, range: `the range of ${serverName}` };
    const remedy = this.#advice.shrink(question);
    report(this.#context, offerInPool(identity, ip, role, serverName, remedy), at, evidence);
  }

  /** An audit asked for an address of a pool or VIP: the server would lease it today, or would not. */
  audited(
    segment: Segment,
    { asked, offered, server }: AuditedOffer,
    at: Micros,
    evidence: () => Evidence,
  ): void {
    const role = this.#context.index.roleOf(asked);
    if (role.kind !== 'vip' && role.kind !== 'pool') return;
    const isOfPool = role.kind === 'pool';
    const identity = identityOf(segment, isOfPool ? addressOfPool(role.pool, asked) : asked);
    const key = `${segment.name}/${identity.ip}`;
    const told = this.#told.get(key) ?? new Set<string>();
    if (offered !== asked) {
      if (told.delete(`${server} ${asked}`) && told.size === 0) this.#context.book.end(identity, at);
      return;
    }
    this.#told.set(key, told.add(`${server} ${asked}`));
    if (isOfPool && this.#isCritical(identity)) return this.#context.book.hold(identity, at);
    const question = {
      holding: holdingOf(role, asked),
      segment,
      at,
      range: `the range of DHCP server ${server}`,
    };
    const remedy = `${this.#advice.shrink(question)}.`;
    report(this.#context, wouldLease(identity, asked, role, server, remedy), at, evidence);
  }

  #isCritical(identity: OfOffer): boolean {
    return this.#context.book.openOn(identity).some(({ ownSeverity }) => ownSeverity === 'critical');
  }

  intentChanged(at: Micros): void {
    this.rangesChanged(at);
  }

  /** What MetalLB or DHCP hands out is known to be something else. */
  rangesChanged(at: Micros): void {
    this.#advice.forget();
    const stillOverlapping = new Set<IpAddress>();
    for (const overlap of this.#overlaps()) {
      const { holder, part } = overlap;
      const holding = { pool: holder.pool, ranges: this.#rangesOf(holder.pool, part) };
      const remedy = this.#advice.shrink({ holding, segment: null, at });
      const finding = rangeOverlapsPool(overlap, remedy);
      if (stillOverlapping.has(finding.ip)) continue;
      stillOverlapping.add(finding.ip);
      report(this.#context, finding, at, () => evidenceOf(overlap, at));
    }
    this.#context.book.endWhere(
      ({ kind, segment, ip }) =>
        kind === 'dhcp-range-overlaps-pool' && segment === null && !stillOverlapping.has(ip),
      at,
    );
  }

  /** What an audit was offered of a pool or VIP tells of its range, too. */
  #isToldByOffers(holder: Overlap['holder'], part: IpRange): boolean {
    return this.#context.book
      .openOf('dhcp-range-overlaps-pool')
      .some(
        ({ segment, vip, ip }) =>
          segment !== null && (holder.pool === null ? rangeContains(part, ip) : vip?.pool === holder.pool),
      );
  }

  #rangesOf(pool: string | null, part: IpRange): readonly IpRange[] {
    const { ranges } = this.#context.index.intent.pools.find(({ name }) => name === pool) ?? {
      ranges: [part],
    };
    return ranges.filter(({ family }) => family === part.family);
  }

  /** Of pools, and of VIPs that belong to none. */
  *#overlaps(): Generator<Overlap> {
    const { index } = this.#context;
    const known = this.#knowledge.ranges();
    const pools = index.intent.pools.flatMap(({ name, ranges }) =>
      ranges.map((part) => ({ part, holder: { service: null, pool: name } })),
    );
    const loneVips = index.intent.vips.flatMap(({ address }) => {
      const role = index.roleOf(address);
      const isAlone = role.kind === 'vip' && !role.pool;
      return isAlone ? [{ part: rangeOf(address), holder: vipOf(role)! }] : [];
    });
    for (const { part, holder } of [...pools, ...loneVips]) {
      const isTold = this.#isToldByOffers(holder, part);
      const reaching = known.flatMap((range) => {
        const overlap = rangeOverlap(range, part);
        return overlap && !(isTold && range.source === 'audit') ? [{ range, overlap }] : [];
      });
      // Sources that agree, more or less, speak of one problem.
      for (const shared of joinedRanges(reaching.map(({ overlap }) => overlap))) {
        const within = reaching.filter(({ overlap }) => rangeOverlap(overlap, shared));
        const { range } = within.reduce((a, b) => (sizeOf(b.overlap) > sizeOf(a.overlap) ? b : a));
        yield { part, holder, shared, range };
      }
    }
  }
}

function sizeOf({ first, last }: IpRange): bigint {
  return last - first;
}

function evidenceOf({ range, part, holder }: Overlap, at: Micros): Evidence {
  const summary = `DHCP range ${rangeText(range)}, ${holder.pool ?? 'VIP'} ${rangeText(part)}`;
  switch (range.source) {
    case 'configuration':
      return { at, interface: 'configuration', summary: `configured: ${summary}` };
    case 'import':
      return { at: range.readAt ?? at, interface: range.name, summary: `imported: ${summary}` };
    case 'audit':
      return {
        at: range.readAt ?? at,
        interface: 'audit',
        summary: `found by an audit of ${range.name}: ${summary}`,
      };
    default:
      return range.source satisfies never;
  }
}

/** The DHCP range as it is known. */
function rangeOverlapsPool({ range, shared, holder }: Overlap, remedy: string): Report {
  const name = holder.pool
    ? `pool ${holder.pool}`
    : holder.service
      ? `the VIP of ${holder.service}`
      : 'the VIPs';
  return {
    kind: 'dhcp-range-overlaps-pool',
    ip: ipOfNumber(shared.family, shared.first),
    segment: null,
    culprit: null,
    macs: [],
    vip: holder,
    message: `The DHCP range ${rangeText(range)} and ${name} both contain ${rangeText(shared)}: sooner or later DHCP leases an address that MetalLB announces.`,
    remedy: `${remedy}.`,
  };
}

/** What the audit was offered. */
function wouldLease(
  identity: OfOffer,
  asked: Ipv4,
  role: VipRole | PoolRole,
  server: Ipv4,
  remedy: string,
): Report {
  const isVip = role.kind === 'vip';
  const name = isVip ? `the ${vipName(role.vip)}` : `${asked}, a free address of pool ${role.pool.name},`;
  return {
    ...identity,
    ...(isVip && { severity: 'critical' }),
    macs: [],
    vip: isVip ? vipOf(role) : { service: null, pool: role.pool.name },
    message: `DHCP server ${server} would lease ${name} today: it offered the address when asked for it.`,
    remedy,
  };
}

function identityOf(segment: Segment, ip: IpAddress): OfOffer {
  return { kind: 'dhcp-range-overlaps-pool', segment, ip, culprit: null };
}

/** The DHCP range as an offer shows it. */
function offerInPool(
  identity: OfOffer,
  ip: IpAddress,
  role: VipRole | PoolRole,
  serverName: string,
  remedy: string,
): Report {
  const name = role.pool ? `pool ${role.pool.name}` : 'the VIPs';
  return {
    ...identity,
    macs: [],
    vip: role.pool ? { service: null, pool: role.pool.name } : vipOf(role),
    message: `${serverName[0]!.toUpperCase()}${serverName.slice(1)} offered ${ip}, an address of ${name}: its range overlaps MetalLB's.`,
    remedy: `${remedy}.`,
  };
}
