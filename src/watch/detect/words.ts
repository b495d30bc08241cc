// The words that the findings of several detectors share: names of VIPs, stations and pools.
import { quotedName } from '../../base/quoted-name.ts';
import type { LeaseState } from '../../dhcp/lease.ts';
import type { AddressRole } from '../../intent/index.ts';
import type { Pool, Vip } from '../../intent/intent.ts';
import { type IpAddress, isIpv4, type Mac } from '../../net/address.ts';
import { ipOfNumber } from '../../net/range.ts';
import type { Finding } from '../finding/finding.ts';
import type { Lease } from '../lan/lease.ts';
import { virtualMacName } from '../lan/virtual-mac.ts';

/** A client as far as DHCP or ARP shows it. */
export interface Station {
  readonly mac: Mac;
  readonly hostname: string | null;
}

export function vipOf(role: AddressRole): Finding['vip'] {
  if (role.kind === 'vip') {
    const { service, sharedWith = [] } = role.vip;
    return { service, ...(sharedWith.length > 0 && { sharedWith }), pool: role.pool?.name ?? null };
  }
  if (role.kind === 'pool') return { service: null, pool: role.pool.name };
  return null;
}

export function vipName(vip: Vip): string {
  const services = servicesOf(vip);
  return services === null ? `VIP ${vip.address}` : `VIP ${vip.address} of ${services}`;
}

/** By name, also those that share the address. */
export function servicesOf({ service, sharedWith = [] }: Vip): string | null {
  return service === null ? null : listed([service, ...sharedWith], 'and');
}

export const MOST_NAMES = 5;

/**
 * `a, b and c`, or `a, b, c, d, e and 95 more`.
 * @param unnamed so many more than are given; then these are more than are named.
 */
export function listed(names: readonly string[], last: 'and' | 'or', unnamed = 0): string {
  const rest = names.length + unnamed - MOST_NAMES;
  const all = rest > 0 ? [...names.slice(0, MOST_NAMES), `${rest} more`] : names;
  return all.length === 1 ? all[0]! : `${all.slice(0, -1).join(', ')} ${last} ${all.at(-1)}`;
}

/** Where a lease is known from. */
export function whoSays({ imported }: Lease): string {
  return imported === null ? 'DHCP' : `The router's table (${imported}) says`;
}

/** What a client did to hold a lease. */
export function askedOrLeased(state: LeaseState): string {
  return state === 'acknowledged' ? 'was leased' : 'asked for';
}

export function stationName({ mac, hostname }: Station): string {
  const virtual = virtualMacName(mac);
  if (virtual) return `${mac} (${virtual})`;
  return hostname ? `${quotedName(hostname)} (${mac})` : mac;
}

/**
 * The pool's first address, of the family of one that is in it. Which of a pool's addresses showed the trouble first differs
 * from agent to agent; what a finding about the whole pool says must not, or each agent's would be an alert of its own.
 */
export function addressOfPool({ ranges }: Pool, member: IpAddress): IpAddress {
  const family = isIpv4(member) ? 4 : 6;
  const first = ranges.find((range) => range.family === family);
  return first ? ipOfNumber(family, first.first) : member;
}
