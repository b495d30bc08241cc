// How full each pool is: of its addresses, those that the cluster uses and those that others have.
import type { IpAddress } from '../net/address.ts';
import type { IpRange } from '../net/range.ts';
import type { DetectContext } from './detect/context.ts';
import { isHeld } from './lan/lease.ts';

export interface PoolRow {
  readonly name: string;
  readonly ranges: readonly IpRange[];
  /** False: handed out only to a Service that asks for this pool or address. */
  readonly autoAssign: boolean;
  /** All its addresses. A number of IPv6 addresses is rounded to what a double can tell. */
  readonly total: number;
  /** VIPs. */
  readonly assigned: number;
  /** By DHCP to a client, VIP or not, on whichever segment. */
  readonly leased: number;
  /** Free ones that a machine outside the cluster uses, as `pool-address-taken` says; suppressed or not. */
  readonly taken: number;
  /** Neither a VIP, nor leased, nor taken: what the next Service can get. */
  readonly free: number;
}

export function poolRows({ index, leases, book }: DetectContext): PoolRow[] {
  const { pools, vips } = index.intent;
  const rows = pools.map(({ name, ranges, autoAssign = true }) => ({
    name,
    ranges,
    autoAssign,
    total: ranges.reduce((sum, { first, last }) => sum + Number(last - first + 1n), 0),
    assigned: 0,
    leased: new Set<IpAddress>(),
    taken: new Set<IpAddress>(),
  }));
  const rowOf = new Map(rows.map((row) => [row.name, row]));
  const poolOf = (ip: IpAddress) => {
    const role = index.roleOf(ip);
    return role.kind === 'vip' || role.kind === 'pool' ? rowOf.get(role.pool?.name ?? '') : undefined;
  };
  for (const { address } of vips) {
    const row = poolOf(address);
    if (row) row.assigned += 1;
  }
  for (const lease of leases.all())
    if (isHeld(lease) && lease.prefixLength === undefined) poolOf(lease.ip)?.leased.add(lease.ip);
  for (const { ip } of book.openOf('pool-address-taken')) poolOf(ip)?.taken.add(ip);
  return rows.map((row) => {
    const others = [...row.leased.union(row.taken)].filter((ip) => index.roleOf(ip).kind === 'pool');
    const free = row.total - row.assigned - others.length;
    return { ...row, leased: row.leased.size, taken: row.taken.size, free };
  });
}
