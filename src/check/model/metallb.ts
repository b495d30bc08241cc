// MetalLB's objects: those that the election is told of, with what a check says of them.
import { at, textAt } from '../../base/json.ts';
import {
  type AdvertisementObject,
  type L2AdvertisementObject,
  trimAdvertisement,
  trimL2Advertisement,
} from '../../cluster/objects/advertisement.ts';
import type { Interning } from '../../cluster/objects/interning.ts';
import { type Version, versionOfImage } from '../../cluster/objects/metallb-version.ts';
import { idOf, type Labels } from '../../cluster/objects/object-id.ts';
import { type PoolObject, trimPool } from '../../cluster/objects/pool.ts';
import { type CheckedObject, numberAt } from './object.ts';
import type { Pod, Workload } from './workload.ts';

export interface CheckedPool extends CheckedObject {
  readonly pool: PoolObject;
  /** By its status: how many addresses of each family nobody has; null: its version does not say. */
  readonly available: { readonly ipv4: number; readonly ipv6: number } | null;
}

export function trimCheckedPool(
  raw: unknown,
  head: CheckedObject,
  interning: Interning,
): CheckedPool | undefined {
  const { object } = trimPool(raw, idOf(head.namespace, head.name), interning);
  if (object === null) return undefined;
  const [ipv4, ipv6] = [numberAt(raw, 'status', 'availableIPv4'), numberAt(raw, 'status', 'availableIPv6')];
  const isTold = ipv4 !== undefined || ipv6 !== undefined;
  return { ...head, pool: object, available: isTold ? { ipv4: ipv4 ?? 0, ipv6: ipv6 ?? 0 } : null };
}

export interface CheckedL2Advertisement extends CheckedObject {
  readonly advertisement: L2AdvertisementObject;
}

export function trimCheckedL2(raw: unknown, head: CheckedObject): CheckedL2Advertisement | undefined {
  const { object } = trimL2Advertisement(raw, idOf(head.namespace, head.name));
  return object === null ? undefined : { ...head, advertisement: object };
}

export interface CheckedBgpAdvertisement extends CheckedObject {
  readonly advertisement: AdvertisementObject;
}

export function trimCheckedBgp(raw: unknown, head: CheckedObject): CheckedBgpAdvertisement | undefined {
  const { object } = trimAdvertisement(raw, idOf(head.namespace, head.name));
  return object === null ? undefined : { ...head, advertisement: object };
}

export interface ConfigurationState extends CheckedObject {
  readonly isInvalid: boolean;
  readonly errorSummary: string | null;
}

export function trimConfigurationState(raw: unknown, head: CheckedObject): ConfigurationState {
  return {
    ...head,
    isInvalid: textAt(raw, 'status', 'result') === 'Invalid',
    errorSummary: textAt(raw, 'status', 'errorSummary') ?? null,
  };
}

export interface LonghornSetting extends CheckedObject {
  readonly value: string | null;
}

export function trimLonghornSetting(raw: unknown, head: CheckedObject): LonghornSetting {
  const value = at(raw, 'value');
  return { ...head, value: typeof value === 'string' ? value : null };
}

/** Of MetalLB's speaker or controller, by its labels or its image. */
export function isMetalLbPart(part: 'speaker' | 'controller', object: Pod | Workload): boolean {
  const labels: Labels = object.kind === 'Pod' ? object.labels : (object as Workload).podLabels;
  const isNamed =
    (labels.app === 'metallb' && labels.component === part) ||
    (labels['app.kubernetes.io/name'] === 'metallb' && labels['app.kubernetes.io/component'] === part);
  return isNamed || imageOf(part, object) !== undefined;
}

function imageOf(part: string, { spec }: Pod | Workload): string | undefined {
  return spec.containers.find(({ image }) => new RegExp(`metallb[/-]${part}([:@]|$)`).test(image))?.image;
}

/** Undefined where its image does not tell. */
export function versionOf(part: 'speaker' | 'controller', object: Pod | Workload): Version | undefined {
  return versionOfImage(imageOf(part, object) ?? '');
}
