// What a journal gives back after a restart.
import type { Micros } from '../base/time.ts';
import type { Finding } from './finding/finding.ts';
import type { ClaimRow } from './lan/claims.ts';
import type { DhcpServerRow } from './lan/dhcp-servers.ts';
import type { LeaseRow } from './lan/lease.ts';
import type { Segment } from './lan/segment.ts';
import type { Parts } from './parts.ts';
import type { Takeover } from './takeover/takeover.ts';

export interface SavedState {
  readonly leases: readonly LeaseRow[];
  readonly claims: readonly ClaimRow[];
  readonly findings: readonly Finding[];
  readonly takeovers: readonly Takeover[];
  readonly dhcpServers: readonly DhcpServerRow[];
}

export function restoreParts(
  { context, segments, servers, vips }: Parts,
  saved: SavedState,
  now: Micros,
): void {
  const here = ({ segment }: { readonly segment: Segment }) => segments.restore(segment, now);
  context.leases.restore(saved.leases, here);
  context.claims.restore(saved.claims, here);
  servers.restore(saved.dhcpServers, here);
  context.book.restore(
    saved.findings.map((finding) => ({
      ...finding,
      segment: finding.segment && segments.named(finding.segment),
    })),
    now,
  );
  vips.restore(
    saved.takeovers.map((takeover) => ({ ...takeover, segment: segments.named(takeover.segment) })),
    saved.claims.reduce((latest, { lastSeen }) => Math.max(latest, lastSeen), Number.NEGATIVE_INFINITY),
  );
}
