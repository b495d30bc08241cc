// Which objects of the cluster a finding concerns. Each of them gets an Event of its own, of which this says the same on every
// agent: about which problem it is, and in which words.
import type { Intent } from '../../intent/intent.ts';
import type { IpAddress } from '../../net/address.ts';
import { culpritOf, type Finding, type FindingKind } from '../../watch/finding/finding.ts';

export interface ConcernedObject {
  readonly kind: 'Service' | 'Node' | 'IPAddressPool';
  /** Empty for a Node. */
  readonly namespace: string;
  readonly name: string;
}

/** One problem of one object. */
export interface Notice {
  /** Says which problem of which object it is, whichever agent saw it, and on whichever interface. */
  readonly key: string;
  readonly about: ConcernedObject;
  readonly kind: FindingKind;
  /** The address that the finding is about: who asks for it tells of it. */
  readonly ip: IpAddress;
  readonly critical: boolean;
  /** What is wrong. */
  readonly message: string;
  /** What to do. */
  readonly remedy: string;
}

/** Told on the pool even where the address that showed it is a VIP of that pool. */
const ABOUT_POOLS: ReadonlySet<FindingKind> = new Set<FindingKind>([
  'lease-in-pool',
  'pool-address-taken',
  'dhcp-range-overlaps-pool',
  'proxy-arp',
]);
/** One problem of a pool, as configured and as offered, of either family. */
const WHOLE_POOL: ReadonlySet<FindingKind> = new Set<FindingKind>(['dhcp-range-overlaps-pool', 'proxy-arp']);
const ABOUT_NODES: ReadonlySet<FindingKind> = new Set<FindingKind>([
  'node-address-conflict',
  'lease-conflict',
]);
/** About a VIP, and as much about the nodes that answer for it. */
const ABOUT_ANNOUNCERS: ReadonlySet<FindingKind> = new Set<FindingKind>(['split-brain', 'wrong-announcer']);
/** Where more nodes than this answer at once, it is no one node's fault. */
const MAX_ANNOUNCERS = 2;

/**
 * One for each object concerned; none where the finding is about no object of the cluster.
 * @param poolNamespace where MetalLB's pools are.
 */
export function noticesOf(finding: Finding, intent: Intent, poolNamespace: string): Notice[] {
  const { kind, ip, severity, message, remedy } = finding;
  const problem = problemOf(finding);
  return concernedObjects(finding, intent, poolNamespace).map((about) => ({
    key: `${problem} ${about.kind} ${about.namespace}/${about.name}`,
    about,
    kind,
    ip,
    critical: severity === 'critical',
    message,
    remedy,
  }));
}

/** As the finding's identity, but for the interface, which has other names on other nodes. */
function problemOf(finding: Finding): string {
  const { kind, ip, vip } = finding;
  const address = WHOLE_POOL.has(kind) && vip?.pool ? '' : ip;
  return `${kind} ${address} ${culpritOf(finding) ?? ''}`;
}

function concernedObjects(finding: Finding, intent: Intent, poolNamespace: string): ConcernedObject[] {
  const { kind, ip, vip } = finding;
  if (vip?.pool && (ABOUT_POOLS.has(kind) || vip.service === null))
    return [{ kind: 'IPAddressPool', namespace: poolNamespace, name: vip.pool }];
  if (vip?.service) return [...servicesOf(ip, vip.service, intent), ...announcersOf(finding, intent)];
  if (!ABOUT_NODES.has(kind)) return [];
  return intent.nodes.filter(({ addresses }) => addresses.includes(ip)).map(({ name }) => node(name));
}

/** With those that share the address. */
function servicesOf(ip: IpAddress, service: string, { vips }: Intent): ConcernedObject[] {
  const vip = vips.find(({ address }) => address === ip);
  const all = new Set([service, ...(vip?.service ? [vip.service] : []), ...(vip?.sharedWith ?? [])]);
  return [...all].map((key) => {
    const [namespace = '', name = ''] = key.split('/');
    return { kind: 'Service', namespace, name };
  });
}

/** Those that answer for the VIP, and the one that should. */
function announcersOf({ kind, ip, macs }: Finding, { nodes, vips }: Intent): ConcernedObject[] {
  if (!ABOUT_ANNOUNCERS.has(kind)) return [];
  const names = new Set(
    nodes.filter((one) => one.macs.some((mac) => macs.includes(mac))).map(({ name }) => name),
  );
  if (kind === 'wrong-announcer') {
    const elected = vips.find(({ address }) => address === ip)?.elector?.elect()?.node;
    if (elected) names.add(elected);
  }
  return names.size > MAX_ANNOUNCERS ? [] : [...names].map(node);
}

function node(name: string): ConcernedObject {
  return { kind: 'Node', namespace: '', name };
}
