// The counters of all parts, as they stand.
import type { Parts } from './parts.ts';
import type { Counters, TableName } from './view.ts';

export function countersOf({
  context,
  dissector,
  segments,
  dismissed,
  dhcp,
  dhcpv6,
  vips,
  servers,
}: Parts): Counters {
  const { claims, leases, book } = context;
  const table = (
    name: TableName,
    { size, evictions }: { readonly size: number; readonly evictions: number },
  ) => ({ table: name, entries: size, evictions });
  return {
    ...dissector.counters.counts(),
    dismissed: dismissed.entries().map(([reason, count]) => ({ reason, count })),
    dhcpMessages: dhcp.messages.entries().map(([type, count]) => ({ type, count })),
    dhcpv6Messages: dhcpv6.messages.entries().map(([type, count]) => ({ type, count })),
    findingsRaised: { ...book.telling.raised },
    findingsSuppressed: book.telling.suppressions(),
    takeovers: vips.takeovers.count,
    tables: [
      table('claims', claims),
      table('leases', leases),
      table('dhcp-servers', servers),
      table('segments', segments),
      table('findings', book),
      table('takeovers', vips.takeovers),
    ],
  };
}
