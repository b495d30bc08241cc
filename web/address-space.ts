// The addresses of one network, cell by cell: what each of them is, as far as it is known. Pure.
import { safeRange } from '../src/dhcp/safe-range.ts';
import { joinedRanges } from '../src/net/joined-ranges.ts';
import type { IpRange } from '../src/net/range.ts';
import type { State } from './known.ts';

export type Role = 'conflict' | 'vip' | 'node' | 'router' | 'lease' | 'device' | 'free' | 'none';

/** Beside a colour each role has a letter. */
export const LETTERS: Readonly<Record<Role, string>> = {
  conflict: '!',
  vip: 'V',
  node: 'N',
  router: 'R',
  lease: 'L',
  device: 'D',
  free: '·',
  none: '',
};
export const ROLE_WORDS: Readonly<Record<Role, string>> = {
  conflict: 'conflict',
  vip: 'VIP',
  node: 'node',
  router: 'router or DHCP server',
  lease: 'leased by DHCP',
  device: 'heard on the LAN',
  free: 'free in a pool',
  none: 'not known',
};
/** The gravest first. */
const RANKS: Readonly<Record<Role, number>> = {
  conflict: 0,
  vip: 1,
  node: 2,
  router: 3,
  lease: 4,
  device: 5,
  free: 6,
  none: 7,
};

export interface Cell {
  /** As numbers. */
  readonly first: number;
  readonly last: number;
  readonly role: Role;
  /** Addresses of it that somebody has. */
  readonly used: number;
  readonly inPool: boolean;
  readonly inDhcp: boolean;
  /** The router may keep it: no VIP, no pool and no node is there. */
  readonly isSafe: boolean;
  /** Of the node that announces it; null: not a VIP, or nobody does. */
  readonly node: string | null;
}

export interface AddressSpace {
  readonly cells: readonly Cell[];
  /** Addresses to a cell. */
  readonly block: number;
  /** The largest range that the router could keep, where that is worth saying. */
  readonly safe: Range | null;
}

interface Range {
  readonly first: number;
  readonly last: number;
}

export const COLUMNS = 16;
const MOST_CELLS = COLUMNS * COLUMNS;
const SMALLEST_PREFIX = 8;
const [DOT, ZERO, NINE] = [0x2e, 0x30, 0x39];

/** Letter by letter: all that is known is drawn by its number. Null: it is not of IPv4. */
export function ipNumber(ip: string): number | null {
  let number = 0;
  let part = 0;
  let dots = 0;
  for (let at = 0; at < ip.length; at += 1) {
    const code = ip.charCodeAt(at);
    if (code === DOT) {
      number = number * 256 + part;
      part = 0;
      dots += 1;
    } else if (code >= ZERO && code <= NINE) part = part * 10 + code - ZERO;
    else return null;
  }
  return dots === 3 ? number * 256 + part : null;
}

export function ipText(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}

export function networkRange(network: string): Range | null {
  const [ip = '', prefix = ''] = network.split('/');
  const first = ipNumber(ip);
  const length = Number(prefix);
  if (first === null || length < SMALLEST_PREFIX || length > 32) return null;
  return { first, last: first + 2 ** (32 - length) - 1 };
}

/** Null: it is no network that can be drawn. */
export function addressSpace(network: string, known: State): AddressSpace | null {
  const range = networkRange(network);
  if (range === null) return null;
  const size = range.last - range.first + 1;
  const block = Math.max(1, size / MOST_CELLS);
  const roles = rolesOf(known);
  const pools = (known.pools ?? []).flatMap(({ ranges }) => ranges.flatMap(rangeOf));
  const dhcp = (known.ranges ?? []).flatMap(rangeOf);
  const safe = safeRangeIn(range, pools, dhcp, roles);
  const byBlock = new Map<number, { role: Role; used: number; node: string | null }>();
  for (const [ip, { role, node }] of roles) {
    if (ip < range.first || ip > range.last) continue;
    const at = Math.floor((ip - range.first) / block);
    const before = byBlock.get(at);
    if (!before) byBlock.set(at, { role, used: 1, node });
    else {
      before.used += 1;
      if (RANKS[role] < RANKS[before.role]) Object.assign(before, { role, node });
    }
  }
  const cells = Array.from({ length: size / block }, (_, at): Cell => {
    const first = range.first + at * block;
    const here = { first, last: first + block - 1 };
    const inPool = pools.some((pool) => overlaps(pool, here));
    const found = byBlock.get(at) ?? {
      role: inPool ? ('free' as const) : ('none' as const),
      used: 0,
      node: null,
    };
    return {
      ...here,
      ...found,
      inPool,
      inDhcp: dhcp.some((one) => overlaps(one, here)),
      isSafe: safe !== null && safe.first <= here.first && here.last <= safe.last,
    };
  });
  return { cells, block, safe };
}

interface Known {
  readonly role: Role;
  readonly node: string | null;
}

function rolesOf({ vips, nodes, segments, servers, leases, claims, findings }: State): Map<number, Known> {
  const roles = new Map<number, Known>();
  const put = (ip: string, role: Role, node: string | null = null) => {
    const number = ipNumber(ip);
    const before = number === null ? undefined : roles.get(number);
    if (number === null || (before && RANKS[before.role] <= RANKS[role])) return;
    roles.set(number, { role, node: node ?? before?.node ?? null });
  };
  for (const { ip } of claims ?? []) put(ip, 'device');
  for (const { ip, state } of leases ?? [])
    if (state === 'acknowledged' || state === 'requested') put(ip, 'lease');
  for (const { ip } of servers ?? []) put(ip, 'router');
  for (const { gateways } of segments ?? []) for (const ip of gateways) put(ip, 'router');
  for (const { addresses } of nodes ?? []) for (const ip of addresses) put(ip, 'node');
  for (const { ip, announcers } of vips ?? []) put(ip, 'vip', announcers[0]?.node ?? null);
  for (const { ip, state, severity } of findings ?? [])
    if (state === 'active' && severity === 'critical') put(ip, 'conflict');
  return roles;
}

/** The largest range that the router could hand out without ever meeting a pool, a VIP or a node. */
function safeRangeIn(
  network: Range,
  pools: readonly Range[],
  dhcp: readonly Range[],
  roles: ReadonlyMap<number, Known>,
): Range | null {
  if (pools.length === 0) return null;
  const hosts = { first: network.first + 1, last: network.last - 1 };
  const taken = [...roles].flatMap(([ip, { role }]) =>
    role === 'vip' || role === 'node' || role === 'router' || role === 'conflict'
      ? [{ first: ip, last: ip }]
      : [],
  );
  const keptOut = [...pools, ...taken].map(ipRange);
  const handedOut = dhcp.filter((one) => overlaps(one, hosts));
  const bases = (handedOut.length > 0 ? handedOut : [hosts]).map(({ first, last }) =>
    ipRange({ first: Math.max(first, hosts.first), last: Math.min(last, hosts.last) }),
  );
  return joinedRanges(bases)
    .flatMap((base) => safeRange(base, keptOut) ?? [])
    .map(({ first, last }) => ({ first: Number(first), last: Number(last) }))
    .reduce<Range | null>((a, b) => (a && a.last - a.first >= b.last - b.first ? a : b), null);
}

function ipRange({ first, last }: Range): IpRange {
  return { family: 4, first: BigInt(first), last: BigInt(last) };
}

function rangeOf({ first, last }: { readonly first: string; readonly last: string }): Range[] {
  const [from, to] = [ipNumber(first), ipNumber(last)];
  return from === null || to === null ? [] : [{ first: from, last: to }];
}

function overlaps(a: Range, b: Range): boolean {
  return a.first <= b.last && b.first <= a.last;
}
