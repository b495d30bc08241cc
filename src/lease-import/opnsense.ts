// What OPNsense's API answers: three DHCP servers can be behind it, each with a table of its own shape.
import { at, items, textAt, textsAt } from '../base/json.ts';
import type { Seconds } from '../base/time.ts';
import { type Draft, FOREVER } from './draft.ts';

interface Backend {
  readonly name: string;
  readonly leases: string;
  readonly addLease: (draft: Draft, row: unknown) => void;
  /** Where ranges and reservations are told; not everywhere are they. */
  readonly more: readonly { readonly path: string; readonly add: (draft: Draft, row: unknown) => void }[];
}

/** In the order in which new installations have them. */
export const OPNSENSE_BACKENDS: readonly Backend[] = [
  {
    name: 'dnsmasq',
    leases: '/api/dnsmasq/leases/search',
    addLease: addRecord,
    more: [
      { path: '/api/dnsmasq/settings/searchRange', add: addDnsmasqRange },
      { path: '/api/dnsmasq/settings/searchHost', add: addHost },
    ],
  },
  {
    name: 'kea',
    leases: '/api/kea/leases4/search',
    addLease: addRecord,
    more: [
      { path: '/api/kea/dhcpv4/searchSubnet', add: addKeaSubnet },
      { path: '/api/kea/dhcpv4/searchReservation', add: addKeaReservation },
    ],
  },
  { name: 'isc', leases: '/api/dhcpv4/leases/searchLease', addLease: addIscRecord, more: [] },
];

/** Of dnsmasq and Kea. */
function addRecord(draft: Draft, row: unknown): void {
  const ip = textAt(row, 'address') ?? '';
  // The table holds those of DHCPv6 as well.
  if (ip.includes(':')) return;
  const [mac, hostname] = [textAt(row, 'hwaddr') ?? '', textAt(row, 'hostname') ?? null];
  if (isReserved(at(row, 'is_reserved'))) draft.reservation(ip, mac, hostname);
  const state = String(at(row, 'state') ?? '0');
  const expire = Number(at(row, 'expire') ?? Number.NaN);
  if (state === '1') draft.declined(ip, Number.isFinite(expire) ? expire : null);
  else if (state === '0')
    draft.lease({
      ip,
      mac,
      clientId: textAt(row, 'client_id') ?? null,
      hostname,
      expiresAt: endOf(expire, Number(at(row, 'valid_lifetime') ?? 0)),
    });
}

/** Of the plugin with ISC dhcpd: its times are of the router's own zone, which it does not tell. */
function addIscRecord(draft: Draft, row: unknown): void {
  const ip = textAt(row, 'address') ?? '';
  const [mac, hostname] = [textAt(row, 'mac') ?? '', textAt(row, 'hostname') ?? null];
  if (textAt(row, 'type') === 'static') {
    if (ip !== '') draft.reservation(ip, mac, hostname);
  } else if (textAt(row, 'state') === 'abandoned') draft.declined(ip, null);
  else if (textAt(row, 'state') === 'active') draft.lease({ ip, mac, hostname, expiresAt: null });
}

function addDnsmasqRange(draft: Draft, row: unknown): void {
  const [first, last] = [textAt(row, 'start_addr') ?? '', textAt(row, 'end_addr')];
  const leasesNothing = (textAt(row, 'mode') ?? '').includes('static');
  if (!first.includes(':') && last !== undefined && !leasesNothing) draft.range(`${first}-${last}`);
}

function addHost(draft: Draft, row: unknown): void {
  const macs = listed(at(row, 'hwaddr'));
  if (macs.length === 0) return;
  for (const ip of listed(at(row, 'ip')))
    if (!ip.includes(':')) for (const mac of macs) draft.reservation(ip, mac, textAt(row, 'host') ?? null);
}

function addKeaSubnet(draft: Draft, row: unknown): void {
  const pools = listed(at(row, 'pools'));
  if (pools.length === 0) draft.doubt(`the range of subnet ${textAt(row, 'subnet')} is not known`);
  for (const pool of pools) draft.range(pool);
}

function addKeaReservation(draft: Draft, row: unknown): void {
  const ip = textAt(row, 'ip_address');
  if (ip !== undefined)
    draft.reservation(ip, textAt(row, 'hw_address') ?? null, textAt(row, 'hostname') ?? null);
}

/** A text of `0` or `1`, or the list of the marks by which it is reserved. */
function isReserved(value: unknown): boolean {
  return Array.isArray(value) ? items(value).length > 0 : String(value) === '1';
}

function endOf(expire: number, lifetime: number): Seconds | null {
  if (lifetime >= FOREVER || expire === 0) return Number.POSITIVE_INFINITY;
  return Number.isFinite(expire) ? expire : null;
}

/** A list, or a text with commas or line ends between its parts. */
function listed(value: unknown): readonly string[] {
  const parts = typeof value === 'string' ? value.split(/[,\n]/) : textsAt({ value }, 'value');
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}
