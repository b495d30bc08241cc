// LoadBalancer Services and the endpoints behind them, also before they have an address.
import { at, items, textAt } from '../../base/json.ts';
import { addressOf } from '../../cluster/objects/object-id.ts';
import { type IpAddress, parseIp } from '../../net/address.ts';
import { type CheckedObject, numberAt, type StringMap, stringsAt } from './object.ts';

export interface Service extends CheckedObject {
  readonly labels: StringMap;
  readonly selector: StringMap;
  /** Those that the VIP serves. */
  readonly ports: readonly number[];
  /** `status.loadBalancer.ingress`. */
  readonly ingress: readonly IpAddress[];
  /** What it asks for. */
  readonly wanted: readonly IpAddress[];
  /** It asks for a pool or for an address. */
  readonly isChoosy: boolean;
  readonly loadBalancerClass: string | null;
  /** Of the addresses that it gets: IPv4 where a file does not say. */
  readonly families: readonly ('ipv4' | 'ipv6')[];
  /** Of two families one is enough (`ipFamilyPolicy: PreferDualStack`). */
  readonly isOneEnough: boolean;
  readonly local: boolean;
  /** What of it is deprecated, as it is written. */
  readonly deprecated: readonly string[];
  /** The Gateway that it was made for; null: none. */
  readonly gateway: string | null;
}

const WANTED = ['metallb.io/loadBalancerIPs', 'metallb.universe.tf/loadBalancerIPs'];
const POOL = ['metallb.io/address-pool', 'metallb.universe.tf/address-pool'];
const FAMILIES: Readonly<Record<string, 'ipv4' | 'ipv6'>> = { IPv4: 'ipv4', IPv6: 'ipv6' };
const OLD_PREFIX = 'metallb.universe.tf/';

/** Undefined for a Service of another type. */
export function trimService(raw: unknown, head: CheckedObject): Service | undefined {
  if (textAt(raw, 'spec', 'type') !== 'LoadBalancer') return undefined;
  const annotations = stringsAt(raw, 'metadata', 'annotations');
  const field = textAt(raw, 'spec', 'loadBalancerIP');
  const families = items(at(raw, 'spec', 'ipFamilies')).flatMap((name) => FAMILIES[String(name)] ?? []);
  const texts = [...WANTED.flatMap((key) => annotations[key]?.split(',') ?? []), ...(field ? [field] : [])];
  return {
    ...head,
    labels: stringsAt(raw, 'metadata', 'labels'),
    selector: stringsAt(raw, 'spec', 'selector'),
    ports: items(at(raw, 'spec', 'ports')).flatMap((port) => numberAt(port, 'port') ?? []),
    ingress: items(at(raw, 'status', 'loadBalancer', 'ingress')).flatMap(
      (entry) => addressOf(at(entry, 'ip')) ?? [],
    ),
    wanted: texts.flatMap((text) => parseIp(text.trim()) ?? []),
    isChoosy: texts.length > 0 || POOL.some((key) => annotations[key] !== undefined),
    loadBalancerClass: textAt(raw, 'spec', 'loadBalancerClass') ?? null,
    families: families.length === 0 ? ['ipv4'] : families,
    isOneEnough: textAt(raw, 'spec', 'ipFamilyPolicy') === 'PreferDualStack',
    local: textAt(raw, 'spec', 'externalTrafficPolicy') === 'Local',
    deprecated: [
      ...Object.keys(annotations)
        .filter((key) => key.startsWith(OLD_PREFIX))
        .map((key) => `annotation ${key}`),
      ...(field === undefined ? [] : ['spec.loadBalancerIP']),
    ],
    gateway: textAt(raw, 'metadata', 'labels', 'gateway.networking.k8s.io/gateway-name') ?? null,
  };
}

/** The addresses that it has, else those that it asks for. */
export function addressesOf({ ingress, wanted }: Service): readonly IpAddress[] {
  return ingress.length > 0 ? ingress : wanted;
}
