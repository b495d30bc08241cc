// How the watcher's rows and events look outside: the one place that the command line, the API and the event stream
// share. The keys of the three events are a contract, in this order.

import type { IsoTime, Micros } from '../../base/time.ts';
import type { LeaseStep } from '../../dhcp/lease.ts';
import type { KnownRange } from '../../dhcp/router-knowledge.ts';
import { type FailoverTest, writeSpec } from '../../failover/failover-test.ts';
import { ipOfNumber } from '../../net/range.ts';
import type { Finding, FindingEvent } from '../../watch/finding/finding.ts';
import type { ClaimRow } from '../../watch/lan/claims.ts';
import type { DhcpServerRow } from '../../watch/lan/dhcp-servers.ts';
import type { LeaseRow } from '../../watch/lan/lease.ts';
import type { Takeover } from '../../watch/takeover/takeover.ts';
import type { VipRow } from '../../watch/takeover/vip-rows.ts';
import type { WatchEvent } from '../../watch/view.ts';

/** On the wire, and in JSON, which knows no Infinity, a lease that never ends lasts so long (RFC 2131 section 3.3). */
const FOREVER_SECONDS = 0xffff_ffff;

export type EventJson = ReturnType<typeof renderEvent>;

export function renderEvent(event: WatchEvent, iso: IsoTime) {
  switch (event.type) {
    case 'finding':
      return {
        type: event.type,
        action: event.action,
        ...(event.action === 'changed' && { changed: [...event.changed] }),
        at: iso(event.at),
        id: event.finding.id,
        ...findingBody(event.finding),
        ...acknowledgedOf(event),
        evidence: event.finding.evidence.map(({ at, summary }) => ({ at: iso(at), summary })),
      };
    case 'takeover':
      return { type: event.type, at: iso(event.at), ...takeoverBody(event.takeover) };
    case 'service-gap':
      return { type: event.type, at: iso(event.at), ...serviceGapBody(event.takeover, iso) };
    case 'lease':
      return {
        type: event.type,
        at: iso(event.at),
        ...leaseBody(event.step),
        interface: event.segment.interface,
        vlan: event.segment.vlan,
      };
    default:
      return event satisfies never;
  }
}

export function renderFinding(finding: Finding, iso: IsoTime) {
  return {
    id: finding.id,
    state: finding.state,
    ...findingBody(finding),
    raisedAt: iso(finding.raisedAt),
    refreshedAt: iso(finding.refreshedAt),
    resolvedAt: isoOrNull(finding.resolvedAt, iso),
    suppressed: finding.suppressed ? { ...finding.suppressed } : null,
    acknowledged: finding.acknowledged ? { ...finding.acknowledged } : null,
    occurrences: finding.occurrences,
    documentation: `docs/findings.md#${finding.kind}`,
    evidence: finding.evidence.map((line) => ({
      at: iso(line.at),
      interface: line.interface,
      summary: line.summary,
    })),
  };
}

export function renderTakeover(takeover: Takeover, iso: IsoTime) {
  return {
    at: iso(takeover.at),
    ...takeoverBody(takeover),
    ...serviceFields(takeover),
    lastOldAt: iso(takeover.lastOld),
    service: takeover.service,
    interface: takeover.segment.interface,
    vlan: takeover.segment.vlan,
  };
}

/** As the list shows it, and is filtered by it. */
export function leaseSource({ imported }: LeaseRow) {
  return imported === undefined ? 'heard' : 'import';
}

export function renderLease(lease: LeaseRow, iso: IsoTime) {
  return {
    ...leaseBody(lease),
    source: leaseSource(lease),
    import: lease.imported ?? null,
    clientId: lease.clientId,
    interface: lease.segment.interface,
    vlan: lease.segment.vlan,
    firstSeen: iso(lease.firstSeen),
    lastSeen: iso(lease.lastSeen),
    expiresAt: isoOrNull(lease.expiresAt, iso),
  };
}

/** @param hostname what the machine called itself in DHCP */
export function renderClaim(claim: ClaimRow, hostname: string | null, iso: IsoTime) {
  return {
    ip: claim.ip,
    mac: claim.mac,
    node: claim.node,
    hostname,
    interface: claim.segment.interface,
    vlan: claim.segment.vlan,
    firstSeen: iso(claim.firstSeen),
    lastSeen: iso(claim.lastSeen),
    counts: { ...claim.counts },
  };
}

export function renderVip(vip: VipRow, iso: IsoTime) {
  const { elected } = vip;
  return {
    ip: vip.ip,
    service: vip.service,
    pool: vip.pool,
    up: vip.up,
    elected: elected && { node: elected.node, reason: elected.node === null ? elected.reason : null },
    announcers: vip.announcers.map((announcer) => ({
      mac: announcer.mac,
      node: announcer.node,
      interface: announcer.segment.interface,
      vlan: announcer.segment.vlan,
      since: iso(announcer.since),
      lastSeen: iso(announcer.lastSeen),
    })),
    lastTakeover: vip.history && shortTakeover(vip.history.last, iso),
    worstTakeover: vip.history && shortTakeover(vip.history.worst, iso),
  };
}

export function shortTakeover(takeover: Takeover, iso: IsoTime) {
  return {
    at: iso(takeover.at),
    class: takeover.class,
    from: takeover.from.node,
    to: takeover.to.node,
    gapMs: takeover.gapMs,
    uncertaintyMs: takeover.uncertaintyMs,
  };
}

export function renderDhcpServer(server: DhcpServerRow, iso: IsoTime) {
  return {
    ip: server.ip,
    mac: server.mac,
    expected: server.expected,
    interface: server.segment.interface,
    vlan: server.segment.vlan,
    firstSeen: iso(server.firstSeen),
    lastSeen: iso(server.lastSeen),
    messages: server.messages,
  };
}

export function renderDhcpRange(range: KnownRange, iso: IsoTime) {
  return {
    first: ipOfNumber(range.family, range.first),
    last: ipOfNumber(range.family, range.last),
    atLeast: range.atLeast,
    source: range.source,
    name: range.name,
    readAt: isoOrNull(range.readAt, iso),
  };
}

export type FailoverTestJson = ReturnType<typeof renderFailoverTest>;

/** Whoever asked for it stays in the log and in the store: everyone on the LAN can read this. */
export function renderFailoverTest(test: FailoverTest) {
  return {
    id: test.id,
    ...writeSpec(test.spec),
    phase: test.phase,
    message: test.message,
    createdAt: test.createdAt,
    startedAt: test.startedAt,
    finishedAt: test.finishedAt,
    service: test.service,
    from: test.from,
    to: test.to,
    coordinator: test.coordinator,
    gapMs: test.gapMs,
    serviceGapMs: test.serviceGapMs,
    vantagePoints: test.vantagePoints.map(({ node, interface: name, result, legs }) => ({
      node,
      interface: name,
      result,
      legs: legs.map((leg) => ({
        leg: leg.leg,
        from: leg.from,
        to: leg.to,
        gapMs: leg.gapMs,
        uncertaintyMs: leg.uncertaintyMs,
        overlapMs: leg.overlapMs,
        serviceGapMs: leg.serviceGapMs,
        serviceOpen: leg.serviceOpen,
        serviceNote: leg.serviceNote,
        phases: {
          announcedMs: leg.phases.announcedMs,
          answeredMs: leg.phases.answeredMs,
          servedMs: leg.phases.servedMs,
        },
      })),
    })),
  };
}

function findingBody(finding: Finding) {
  return {
    kind: finding.kind,
    severity: finding.severity,
    confirmed: finding.confirmed,
    ip: finding.ip,
    macs: [...finding.macs],
    interface: finding.segment?.interface ?? null,
    vlan: finding.segment?.vlan ?? null,
    vip: finding.vip && { service: finding.vip.service, pool: finding.vip.pool },
    message: finding.message,
    remedy: finding.remedy,
  };
}

/** Nothing where nobody has ever said so: a replay knows of none. */
function acknowledgedOf(event: FindingEvent) {
  const { acknowledged } = event.finding;
  if (acknowledged) return { acknowledged: { ...acknowledged } };
  const isOver = event.action === 'changed' && event.changed.includes('acknowledged');
  return isOver ? { acknowledged: null } : {};
}

function takeoverBody(takeover: Takeover) {
  return {
    class: takeover.class,
    ip: takeover.ip,
    from: { mac: takeover.from.mac, node: takeover.from.node },
    to: { mac: takeover.to.mac, node: takeover.to.node },
    gapMs: takeover.gapMs,
    overlapMs: takeover.overlapMs,
    uncertaintyMs: takeover.uncertaintyMs,
    phases: { announcedMs: takeover.phases.announcedMs, answeredMs: takeover.phases.answeredMs },
  };
}

function serviceGapBody(takeover: Takeover, iso: IsoTime) {
  const { class: takeoverClass, ip, from, to } = takeover;
  return {
    takeoverAt: iso(takeover.at),
    class: takeoverClass,
    ip,
    from: { mac: from.mac, node: from.node },
    to: { mac: to.mac, node: to.node },
    ...serviceFields(takeover),
  };
}

function serviceFields({ serviceGap }: Takeover) {
  return {
    serviceGapMs: serviceGap?.gapMs ?? null,
    serviceOpen: serviceGap?.open ?? false,
    serviceUncertaintyMs: serviceGap?.uncertaintyMs ?? null,
    servedMs: serviceGap?.servedMs ?? null,
    serviceNote: serviceGap ? serviceGap.note : 'not measured',
  };
}

function leaseBody(
  lease: Pick<LeaseStep, 'state' | 'ip' | 'prefixLength' | 'mac' | 'server' | 'hostname' | 'seconds'>,
) {
  return {
    state: lease.state,
    ip: lease.ip,
    ...(lease.prefixLength !== undefined && { prefixLength: lease.prefixLength }),
    mac: lease.mac,
    server: lease.server,
    hostname: lease.hostname,
    seconds: lease.seconds === Number.POSITIVE_INFINITY ? FOREVER_SECONDS : lease.seconds,
  };
}

function isoOrNull(at: Micros | null, iso: IsoTime): string | null {
  return at === null ? null : iso(at);
}
