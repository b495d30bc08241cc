// The router would lease addresses of a pool: the fault that vipwatch is about.
import { safeRange } from '../../dhcp/safe-range.ts';
import { type IpRange, ipOfNumber, rangeContains, rangeOf, rangeText } from '../../net/range.ts';
import type { CheckedVip, Cluster } from '../model/cluster.ts';
import type { KnownDhcpRange } from '../model/facts.ts';
import type { ServiceEntry } from '../model/inventory.ts';
import type { CheckedPool } from '../model/metallb.ts';
import { keyOf } from '../model/object.ts';
import { counted, listed, type Problem, skip, type Verdict } from './verdict.ts';
import { overlapOf, poolText, vipText } from './words.ts';

/** More names than a person reads. */
const MAX_NAMED = 5;

export function poolInDhcpRange(cluster: Cluster): Verdict {
  const ranges = cluster.dhcpRanges();
  const pools = cluster.list('ipaddresspools');
  if (ranges.length === 0) return byOffersAlone(cluster, pools);
  const problems = pools.flatMap((pool) => ranges.flatMap((known) => problemOf(cluster, pool, known)));
  return { problems, looked: `${counted(pools.length, 'pool')}, DHCP: ${ranges.map(textOf).join(', ')}` };
}

/** No server offered what it was asked for: fine where one heeds that for each of the addresses. */
function byOffersAlone({ facts: { asked } }: Cluster, pools: readonly CheckedPool[]): Verdict {
  if (typeof asked !== 'object')
    return skip('the DHCP range is not known: set --dhcp-range FIRST-LAST or dhcp.ranges, or use --active');
  const isRefused = (ip: string) => asked.refused.some((one) => one.ip === ip);
  if (asked.asked.length === 0 || !asked.asked.every(isRefused))
    return skip('the DHCP range is not known, and asking did not show it');
  const looked = `${counted(pools.length, 'pool')}; DHCP offered none of ${counted(asked.asked.length, 'address', 'addresses')}`;
  return { problems: [], looked };
}

function textOf({ range }: KnownDhcpRange): string {
  return rangeText(range);
}

function problemOf(cluster: Cluster, pool: CheckedPool, { range, by }: KnownDhcpRange): Problem[] {
  const own = cluster.rangesOf(pool);
  const shared = overlapOf(own, range);
  if (shared.length === 0) return [];
  const vips = shared.flatMap((part) => cluster.vipsIn(part));
  const how = isWithin(own, range) ? 'lies inside' : `shares ${shared.map(rangeText).join(', ')} with it`;
  const waiting = vips.length === 0 ? doomed(cluster) : [];
  const services = [...vips.map(({ service }) => service), ...waiting];
  return [
    {
      level: services.length > 0 ? 'critical' : 'warning',
      subjects: [pool, ...new Set(services)],
      ip: vips.length === 1 ? vips[0]!.address : null,
      message: `The router leases ${rangeText(range)} (${by}), and pool ${poolText(pool)} ${how}: ${hitText(vips, waiting)}.`,
      remedy: `${rangeAdvice(cluster, range)} ${leaseAdvice(cluster, shared)}`,
    },
  ];
}

function isWithin(ranges: readonly IpRange[], outer: IpRange): boolean {
  return ranges.every(({ first, last }) => outer.first <= first && last <= outer.last);
}

/** Services that have no address yet, and can get none that the router does not hand out. */
function doomed(cluster: Cluster): ServiceEntry[] {
  const ranges = cluster.dhcpRanges();
  const pools = cluster.list('ipaddresspools').filter(({ pool }) => pool.autoAssign);
  const areAllInside = pools.every((pool) =>
    ranges.some(({ range }) => isWithin(cluster.rangesOf(pool), range)),
  );
  if (pools.length === 0 || !areAllInside) return [];
  return cluster
    .list('services')
    .filter(
      ({ ingress, isChoosy, loadBalancerClass }) =>
        ingress.length === 0 && !isChoosy && loadBalancerClass === null,
    );
}

function hitText(vips: readonly CheckedVip[], waiting: readonly ServiceEntry[]): string {
  if (vips.length > 0) return `a device may be leased ${listed(vips.slice(0, MAX_NAMED).map(vipText))}`;
  if (waiting.length > 0)
    return `${listed(waiting.slice(0, MAX_NAMED).map(keyOf))} will get an address that a device may be leased`;
  return 'the next Service of this pool may get an address that a device has';
}

function rangeAdvice(cluster: Cluster, range: IpRange): string {
  const { dhcp, wire, asked } = cluster.facts;
  const servers = typeof asked === 'object' ? asked.servers.map(({ ip }) => ip) : [];
  const kept = [
    ...cluster.list('ipaddresspools').flatMap((pool) => cluster.rangesOf(pool)),
    ...cluster.vips().map(({ address }) => rangeOf(address)),
    ...cluster.nodes.flatMap(({ addresses }) => addresses.map(rangeOf)),
    ...[...(dhcp.expectedServers ?? []), ...servers].map(rangeOf),
    ...(wire?.gateways ?? []).map(rangeOf),
  ];
  const safe = safeRange(range, kept);
  if (safe === null)
    return 'Give DHCP another range, or the cluster another pool: nothing of this range is free.';
  const first = ipOfNumber(range.family, safe.first);
  const last = ipOfNumber(range.family, safe.last);
  const cutOff = dhcp.reservations.filter(({ ip }) => rangeContains(range, ip) && !rangeContains(safe, ip));
  const names = cutOff.slice(0, MAX_NAMED).map(({ ip, name }) => (name === null ? ip : `${ip} (${name})`));
  const moved =
    names.length === 0 ? '' : ` Move the reservations of ${listed(names)}: they are outside of it.`;
  return `Set the DHCP range to start at ${first} and to end at ${last}.${moved}`;
}

function leaseAdvice(cluster: Cluster, shared: readonly IpRange[]): string {
  const held = (cluster.facts.dhcp.leases ?? []).filter(({ ip }) =>
    shared.some((part) => rangeContains(part, ip)),
  );
  const names = held.slice(0, MAX_NAMED).map(({ ip, hostname }) => `${hostname ?? 'the device'} (${ip})`);
  const whom = names.length === 0 ? 'each device that holds one of these addresses' : listed(names);
  return `Then reconnect ${whom}: a lease that was given stays until it ends.`;
}
