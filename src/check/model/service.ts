// LoadBalancer Services and the endpoints behind them, also before they have an address.
import { at, items, textAt } from '../../base/json.ts';
import { addressOf } from '../../cluster/objects/object-id.ts';
import { type IpAddress, parseIp } from '../../net/address.ts';
import { type CheckedObject, type StringMap, stringsAt } from './object.ts';

export interface Service extends CheckedObject {
  readonly labels: StringMap;
  readonly selector: StringMap;
  /** `status.loadBalancer.ingress`. */
  readonly ingress: readonly IpAddress[];
  /** What it asks for. */
  readonly wanted: readonly IpAddress[];
  /** It asks for a pool or for an address. */
  readonly isChoosy: boolean;
  readonly loadBalancerClass: string | null;
  readonly local: boolean;
  /** What of it is deprecated, as it is written. */
  readonly deprecated: readonly string[];
  /** The Gateway that it was made for; null: none. */
  readonly gateway: string | null;
}

const WANTED = ['metallb.io/loadBalancerIPs', 'metallb.universe.tf/loadBalancerIPs'];
const POOL = ['metallb.io/address-pool', 'metallb.universe.tf/address-pool'];
const OLD_PREFIX = 'metallb.universe.tf/';

/** Undefined for a Service of another type. */
export function trimService(raw: unknown, head: CheckedObject): Service | undefined {
  if (textAt(raw, 'spec', 'type') !== 'LoadBalancer') return undefined;
  const annotations = stringsAt(raw, 'metadata', 'annotations');
  const field = textAt(raw, 'spec', 'loadBalancerIP');
  const texts = [...WANTED.flatMap((key) => annotations[key]?.split(',') ?? []), ...(field ? [field] : [])];
  return {
    ...head,
    labels: stringsAt(raw, 'metadata', 'labels'),
    selector: stringsAt(raw, 'spec', 'selector'),
    ingress: items(at(raw, 'status', 'loadBalancer', 'ingress')).flatMap(
      (entry) => addressOf(at(entry, 'ip')) ?? [],
    ),
    wanted: texts.flatMap((text) => parseIp(text.trim()) ?? []),
    isChoosy: texts.length > 0 || POOL.some((key) => annotations[key] !== undefined),
    loadBalancerClass: textAt(raw, 'spec', 'loadBalancerClass') ?? null,
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
