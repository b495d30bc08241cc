// MetalLB's objects: those that the election is told of, with what a check says of them.
import { at, textAt } from '../../base/json.ts';
import {
  type AdvertisementObject,
  type L2AdvertisementObject,
  trimAdvertisement,
  trimL2Advertisement,
} from '../../cluster/objects/advertisement.ts';
import { Interning } from '../../cluster/objects/interning.ts';
import { idOf, type Labels } from '../../cluster/objects/object-id.ts';
import { type PoolObject, trimPool } from '../../cluster/objects/pool.ts';
import { type CheckedObject, numberAt } from './object.ts';
import type { Pod, Workload } from './workload.ts';

export interface CheckedPool extends CheckedObject {
  readonly pool: PoolObject;
  /** By its status, of both families; null: its version has none. */
  readonly available: number | null;
}

const interning = new Interning();

export function trimCheckedPool(raw: unknown, head: CheckedObject): CheckedPool | undefined {
  const { object } = trimPool(raw, idOf(head.namespace, head.name), interning);
  if (object === null) return undefined;
  const counts = ['availableIPv4', 'availableIPv6'].flatMap((key) => numberAt(raw, 'status', key) ?? []);
  return {
    ...head,
    pool: object,
    available: counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0),
  };
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

export type Version = readonly [major: number, minor: number, patch: number];

/** Undefined where the image's tag tells none, as where a digest stands in its place. */
export function versionOf(part: 'speaker' | 'controller', object: Pod | Workload): Version | undefined {
  const tag = /:v?(\d+)\.(\d+)\.(\d+)(?:[-+@]|$)/.exec(imageOf(part, object) ?? '');
  return tag === null ? undefined : [Number(tag[1]), Number(tag[2]), Number(tag[3])];
}

export function isBefore(one: Version, other: Version): boolean {
  const at = one.findIndex((number, i) => number !== other[i]);
  return at >= 0 && one[at]! < other[at]!;
}

export function versionText(version: Version): string {
  return version.join('.');
}
