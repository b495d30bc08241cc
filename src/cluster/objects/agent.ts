// The agents' own Pods. Each agent publishes its node's interfaces in an annotation on its Pod, and so all of them know
// whose each MAC is. Whoever may write Pods can write anything there: it is read like a frame from the network.

import { at, items, textAt, textsAt } from '../../base/json.ts';
import type { Millis } from '../../base/time.ts';
import type { NodeInterface } from '../../intent/intent.ts';
import { isGroupMac, parseMac, ZERO_MAC } from '../../net/address.ts';
import { parseRange } from '../../net/range.ts';
import type { Interning } from './interning.ts';
import { addressOf, conditionOf, isReady, type ObjectId } from './object-id.ts';
import { kept, type SkipReason, type Trimmed, UNINTERESTING } from './trimmed.ts';

/**
 * Its value is JSON: `{"version":1,"interfaces":[{"name":"eth0","mac":"02:00:00:00:00:10",
 * "addresses":["192.168.1.10/24"],"segment":"eth0"}]}`. It lists every Ethernet interface that MetalLB could announce
 * on, watched or not; `segment` is there for the watched ones.
 */
export const INTERFACES_ANNOTATION = 'vipwatch.dev/interfaces';

const VERSION = 1;
/** Characters; all of an object's annotations together may have 256 KiB. */
const MAX_LENGTH = 65_536;
const MAX_INTERFACES = 256;
const MAX_ADDRESSES = 64;
/** Linux allows 15 bytes (IFNAMSIZ), without slash and white space. */
const INTERFACE_NAME = /^[^\s/\p{C}]{1,15}$/u;
/** The interface's name and up to two VLAN ids. */
const SEGMENT_NAME = /^[^\s/\p{C}]{1,32}$/u;

export interface AgentObject {
  /** Null: it is not scheduled yet. */
  readonly node: string | null;
  readonly ready: boolean;
  /** Wall clock. Null where it is ready, and where it is to go: then its replacement counts. */
  readonly unreadySinceMs: Millis | null;
  readonly interfaces: readonly NodeInterface[];
}

export function trimAgent(raw: unknown, _: ObjectId, interning: Interning): Trimmed<AgentObject> {
  const node = textAt(raw, 'spec', 'nodeName');
  const phase = textAt(raw, 'status', 'phase');
  // It will not run again: the DaemonSet's controller makes another one in its place.
  if (phase === 'Failed' || phase === 'Succeeded') return UNINTERESTING;
  const agent = {
    node: node === undefined ? null : interning.text(node),
    ready: isReady(raw),
    unreadySinceMs: unreadySince(raw),
  };
  const annotation = textAt(raw, 'metadata', 'annotations', INTERFACES_ANNOTATION);
  // Just started: it has not published anything yet.
  if (annotation === undefined) return kept({ ...agent, interfaces: [] });
  const { interfaces, problems } = parseInterfaces(annotation);
  return kept({ ...agent, interfaces }, problems);
}

function unreadySince(raw: unknown): number | null {
  if (isReady(raw) || at(raw, 'metadata', 'deletionTimestamp') !== undefined) return null;
  // A Pod that no kubelet took on has no such condition.
  const changed = textAt(conditionOf(raw, 'Ready'), 'lastTransitionTime');
  const since = Date.parse(changed ?? textAt(raw, 'metadata', 'creationTimestamp') ?? '');
  return Number.isNaN(since) ? null : since;
}

/**
 * Since when the Pod has been unready that has been so the longest, by the wall clock; null: all are ready. On a node
 * that is not ready itself nothing else is expected.
 */
export function longestUnreadySince(
  agents: Iterable<AgentObject>,
  isNodeReady: (name: string) => boolean,
): number | null {
  let longest: number | null = null;
  for (const { node, unreadySinceMs } of agents) {
    if (unreadySinceMs === null || (node !== null && !isNodeReady(node))) continue;
    longest = Math.min(longest ?? unreadySinceMs, unreadySinceMs);
  }
  return longest;
}

/** The annotation's value. Sorted, so that the same interfaces always make the same text. */
export function writeInterfaces(interfaces: readonly NodeInterface[]): string {
  const written = interfaces
    .map(({ name, mac, addresses, segment }) => ({
      name,
      mac,
      addresses: addresses.map(({ ip, prefixLength }) => `${ip}/${prefixLength}`).toSorted(),
      ...(segment === null ? {} : { segment }),
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return JSON.stringify({ version: VERSION, interfaces: written });
}

/** Never throws; what cannot be read is left out, and the rest kept. */
export function parseInterfaces(text: string): {
  readonly interfaces: readonly NodeInterface[];
  readonly problems: readonly SkipReason[];
} {
  if (text.length > MAX_LENGTH) return { interfaces: [], problems: ['annotation-too-long'] };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { interfaces: [], problems: ['bad-annotation'] };
  }
  if (at(value, 'version') !== VERSION) {
    const known = typeof at(value, 'version') === 'number' ? 'unknown-annotation-version' : 'bad-annotation';
    return { interfaces: [], problems: [known] };
  }
  const listed = items(at(value, 'interfaces'));
  const problems: SkipReason[] = listed.length > MAX_INTERFACES ? ['annotation-too-long'] : [];
  const interfaces: NodeInterface[] = [];
  for (const raw of listed.slice(0, MAX_INTERFACES)) {
    const found = interfaceOf(raw);
    if (found) interfaces.push(found);
    else problems.push('bad-interface');
  }
  return { interfaces, problems };
}

function interfaceOf(raw: unknown): NodeInterface | undefined {
  const name = textAt(raw, 'name') ?? '';
  const mac = parseMac(textAt(raw, 'mac') ?? '');
  const segment = textAt(raw, 'segment') ?? null;
  if (!INTERFACE_NAME.test(name) || (segment !== null && !SEGMENT_NAME.test(segment))) return undefined;
  // No station's own address: taken for the node's, it would make whoever claims with it a member of the cluster.
  if (mac === undefined || mac === ZERO_MAC || isGroupMac(mac)) return undefined;
  const addresses = textsAt(raw, 'addresses').slice(0, MAX_ADDRESSES).flatMap(addressWithPrefix);
  return { name, mac, addresses, segment };
}

function addressWithPrefix(text: string): NodeInterface['addresses'] {
  const [addressText, prefixText] = text.split('/');
  const ip = addressOf(addressText);
  // Of an IPv4-mapped address the prefix length is that of IPv6, and none of the IPv4 address which it is read as.
  if (ip === undefined || prefixText === undefined || typeof parseRange(text) === 'string') return [];
  if (typeof parseRange(`${ip}/${prefixText}`) === 'string') return [];
  return [{ ip, prefixLength: Number(prefixText) }];
}
