// Which objects of the cluster a finding concerns. Each of them gets an Event of its own, of which this says the same on every
// agent: about which problem it is, and in which words.
import type { Intent } from '../../intent/intent.ts';
import type { IpAddress } from '../../net/address.ts';
import { nameOf } from '../../watch/finding/entry.ts';
import type { Finding } from '../../watch/finding/finding.ts';
import { type FindingKind, KINDS } from '../../watch/finding/kinds.ts';

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
  /** What is another than was told last, in words: `now a warning`; null: it is new. */
  readonly change: string | null;
  /** What is wrong. */
  readonly message: string;
  /** What to do. */
  readonly remedy: string;
}

/** Where more nodes than this answer at once, it is no one node's fault. */
const MAX_ANNOUNCERS = 2;

/**
 * One for each object concerned; none where the finding is about no object of the cluster.
 * @param poolNamespace where MetalLB's pools are.
 * @param change what is another than was told last, in words; null: it is new.
 */
export function noticesOf(
  finding: Finding,
  intent: Intent,
  poolNamespace: string,
  change: string | null = null,
): Notice[] {
  const { kind, ip, severity, message, remedy } = finding;
  const problem = problemOf(finding);
  return concernedObjects(finding, intent, poolNamespace).map((about) => ({
    key: `${problem} ${about.kind} ${about.namespace}/${about.name}`,
    about,
    kind,
    ip,
    critical: severity === 'critical',
    change,
    message,
    remedy,
  }));
}

/** As the finding's identity, but for the interface, which has other names on other nodes. */
function problemOf(finding: Finding): string {
  const { kind, ip, vip, culprit } = finding;
  const address = KINDS[kind].concerns === 'whole-pool' && vip?.pool ? '' : ip;
  return `${kind} ${address} ${culprit ? nameOf(culprit) : ''}`;
}

function concernedObjects(finding: Finding, intent: Intent, poolNamespace: string): ConcernedObject[] {
  const { kind, ip, vip } = finding;
  const { concerns } = KINDS[kind];
  const isOfPool = concerns === 'pool' || concerns === 'whole-pool';
  if (vip?.pool && (isOfPool || vip.service === null))
    return [{ kind: 'IPAddressPool', namespace: poolNamespace, name: vip.pool }];
  if (vip?.service) return [...servicesOf(ip, vip.service, intent), ...announcersOf(finding, intent)];
  if (concerns !== 'node') return [];
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
  if (KINDS[kind].concerns !== 'service-and-announcers') return [];
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
