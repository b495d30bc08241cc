// What a schema cannot say of a configuration: things named twice, ranges that overlap. Works on what is readable of a
// file that may be wrong elsewhere, so that one run reports every mistake.
import { isHostAddress, NO_HOST_ADDRESS, parseIp, parseMac } from '../net/address.ts';
import { type IpRange, parseRange, rangeOverlap, rangeText } from '../net/range.ts';
import { FINDING_KINDS, KINDS } from '../watch/finding/kinds.ts';
import { importMistakes } from './import-checks.ts';
import { type Keys, type Mistake, pathText } from './mistakes.ts';

/** One value in the file, with where it stands. */
interface Located<Value> {
  readonly keys: Keys;
  readonly value: Value;
}

/** Each duplicate, each overlap of two pools. */
export function crossCheckMistakes(value: unknown): Mistake[] {
  const mistakes: Mistake[] = [];
  const root: Located<unknown> = { keys: [], value };
  const fixed = member(member(root, 'intent'), 'static');
  const pools = items(member(fixed, 'pools'));
  const vips = items(member(fixed, 'vips'));
  const nodes = items(member(fixed, 'nodes'));
  const nodeAddresses = texts(nodes.flatMap((node) => items(member(node, 'addresses'))));
  const vipAddresses = texts(vips.map((vip) => member(vip, 'address')));
  const dhcp = member(root, 'dhcp');

  refuseTwice(texts(items(member(root, 'interfaces'))), (text) => text, mistakes);
  refuseTwice(texts(pools.map((pool) => member(pool, 'name'))), (text) => text, mistakes);
  refuseTwice(vipAddresses, parseIp, mistakes);
  refuseImpossible(vipAddresses, nodeAddresses, mistakes);
  refuseTwice(texts(nodes.map((node) => member(node, 'name'))), (text) => text, mistakes);
  refuseTwice(nodeAddresses, parseIp, mistakes);
  refuseTwice(texts(nodes.flatMap((node) => items(member(node, 'macs')))), parseMac, mistakes);
  refuseTwice(texts(items(member(dhcp, 'servers'))), parseIp, mistakes);
  const imports = items(member(dhcp, 'import'));
  refuseTwice(texts(imports.map(importName)), (text) => text, mistakes);
  for (const { keys, value } of imports) mistakes.push(...importMistakes(keys, recordOf(value)));
  refuseTwice(texts(items(member(member(root, 'failoverTest'), 'modes'))), (text) => text, mistakes);
  const alertmanager = member(root, 'alertmanager');
  refuseTwice(texts(items(member(alertmanager, 'urls'))), (text) => text, mistakes);
  refuseHalves(alertmanager, mistakes);
  refuseUnreadQuiet(member(member(root, 'findings'), 'kinds'), mistakes);
  // MetalLB refuses overlapping pools as well: an address would belong to two.
  refuseOverlaps(texts(pools.flatMap((pool) => items(member(pool, 'addresses')))), mistakes);
  return mistakes;
}

/** Of two ways to log in only one can be taken; a certificate is of no use without its key. */
function refuseHalves(alertmanager: Located<unknown>, mistakes: Mistake[]): void {
  const basic = member(alertmanager, 'basicAuth');
  const bearer = member(alertmanager, 'bearerTokenFile');
  if (basic.value !== undefined && bearer.value !== undefined)
    mistakes.push({ keys: bearer.keys, text: `only one of this and ${pathText(basic.keys)} can be used` });
  const tls = member(alertmanager, 'tls');
  const [cert, key] = [member(tls, 'certFile'), member(tls, 'keyFile')];
  if (cert.value !== undefined && key.value === undefined)
    mistakes.push({ keys: key.keys, text: `is missing: ${pathText(cert.keys)} needs its key` });
  if (key.value !== undefined && cert.value === undefined)
    mistakes.push({ keys: cert.keys, text: `is missing: ${pathText(key.keys)} needs its certificate` });
}

/** What no machine can announce, and what is a node's own. */
function refuseImpossible(
  vips: readonly Located<string>[],
  nodeAddresses: readonly Located<string>[],
  mistakes: Mistake[],
): void {
  const owners = new Map(nodeAddresses.map(({ keys, value }) => [parseIp(value), pathText(keys)]));
  for (const { keys, value } of vips) {
    const address = parseIp(value);
    if (address === undefined) continue;
    const owner = owners.get(address);
    if (!isHostAddress(address))
      mistakes.push({ keys, text: `"${value}" cannot be a VIP: ${NO_HOST_ADDRESS}` });
    else if (owner !== undefined)
      mistakes.push({ keys, text: `"${value}" cannot be a VIP: it is a node's own address, at ${owner}` });
  }
}

function refuseUnreadQuiet(kinds: Located<unknown>, mistakes: Mistake[]): void {
  for (const kind of FINDING_KINDS) {
    const { keys, value } = member(member(kinds, kind), 'quiet');
    if (value !== undefined && KINDS[kind].quiet === null)
      mistakes.push({ keys, text: 'is not used: the finding ends with its condition' });
  }
}

function refuseTwice(
  written: readonly Located<string>[],
  canonical: (text: string) => string | undefined,
  mistakes: Mistake[],
): void {
  const seen = new Map<string, Keys>();
  for (const { keys, value } of written) {
    const key = canonical(value);
    if (key === undefined) continue;
    const earlier = seen.get(key);
    if (earlier === undefined) seen.set(key, keys);
    else mistakes.push({ keys, text: `"${value}" is listed twice, first at ${pathText(earlier)}` });
  }
}

function refuseOverlaps(written: readonly Located<string>[], mistakes: Mistake[]): void {
  const ranges: Located<IpRange>[] = [];
  for (const { keys, value } of written) {
    const range = parseRange(value);
    if (typeof range === 'string') continue;
    for (const earlier of ranges) {
      const both = rangeOverlap(range, earlier.value);
      if (both)
        mistakes.push({ keys, text: `"${value}" overlaps ${pathText(earlier.keys)} in ${rangeText(both)}` });
    }
    ranges.push({ keys, value: range });
  }
}

/** By its type where it has no name. */
function importName(entry: Located<unknown>): Located<unknown> {
  const name = member(entry, 'name');
  return name.value === undefined ? member(entry, 'type') : name;
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

function member(group: Located<unknown>, key: string): Located<unknown> {
  const members = recordOf(group.value);
  return {
    keys: [...group.keys, key],
    value: Object.hasOwn(members, key) ? members[key] : undefined,
  };
}

function items(list: Located<unknown>): Located<unknown>[] {
  if (!Array.isArray(list.value)) return [];
  return list.value.map((value, index) => ({ keys: [...list.keys, String(index)], value }));
}

function texts(all: readonly Located<unknown>[]): Located<string>[] {
  return all.filter((one): one is Located<string> => typeof one.value === 'string');
}
