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
  { context, dissector, servers, vips }: Parts,
  saved: SavedState,
  now: Micros,
): void {
  const here = ({ segment }: { readonly segment: Segment }) => dissector.segments.restore(segment);
  context.leases.restore(saved.leases, here);
  context.claims.restore(saved.claims, here);
  servers.restore(saved.dhcpServers, here);
  context.book.restore(
    saved.findings.flatMap((finding): Finding[] => {
      const segment = finding.segment && here({ segment: finding.segment });
      return segment === undefined ? [] : [{ ...finding, segment }];
    }),
    now,
  );
  vips.restore(
    saved.takeovers.flatMap((takeover): Takeover[] => {
      const segment = here(takeover);
      return segment ? [{ ...takeover, segment }] : [];
    }),
    saved.claims.reduce((latest, { lastSeen }) => Math.max(latest, lastSeen), Number.NEGATIVE_INFINITY),
  );
}
