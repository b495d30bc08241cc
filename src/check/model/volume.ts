// Volumes: what claims them, where they can be, and who attaches them.
import { at, textAt } from '../../base/json.ts';
import { type LabelSelector, parseSelector } from '../../cluster/objects/selector.ts';
import { type CheckedObject, createdMs, numberAt } from './object.ts';
import { nodeTerms } from './pod-spec.ts';
import { accessModesOf } from './workload.ts';

export interface Claim extends CheckedObject {
  readonly accessModes: readonly string[];
  /** The volume that it is bound to; null: none yet, or a file does not tell. */
  readonly volume: string | null;
  readonly createdMs: number | null;
}

export function trimClaim(raw: unknown, head: CheckedObject): Claim {
  const bound = accessModesOf(at(raw, 'status'));
  return {
    ...head,
    accessModes: bound.length > 0 ? bound : accessModesOf(at(raw, 'spec')),
    volume: textAt(raw, 'spec', 'volumeName') ?? null,
    createdMs: createdMs(raw),
  };
}

export interface Volume extends CheckedObject {
  readonly accessModes: readonly string[];
  readonly terms: ReturnType<typeof nodeTerms>;
  /** Null: no CSI driver's. */
  readonly driver: string | null;
  readonly fsType: string | null;
  /** `hostPath`, `local`, `nfs` or `csi`, by the key that says what it is; `other` for anything else. */
  readonly sort: 'hostPath' | 'local' | 'nfs' | 'csi' | 'other';
}

const SORTS = ['hostPath', 'local', 'nfs', 'csi'] as const;

export function trimVolume(raw: unknown, head: CheckedObject): Volume {
  const spec = at(raw, 'spec');
  return {
    ...head,
    accessModes: accessModesOf(spec),
    terms: nodeTerms(at(spec, 'nodeAffinity', 'required')),
    driver: textAt(spec, 'csi', 'driver') ?? null,
    fsType: textAt(spec, 'csi', 'fsType') ?? null,
    sort: SORTS.find((sort) => at(spec, sort) !== undefined) ?? 'other',
  };
}

export interface Driver extends CheckedObject {
  readonly attachRequired: boolean;
  readonly fsGroupPolicy: string;
}

export function trimDriver(raw: unknown, head: CheckedObject): Driver {
  return {
    ...head,
    attachRequired: at(raw, 'spec', 'attachRequired') !== false,
    fsGroupPolicy: textAt(raw, 'spec', 'fsGroupPolicy') ?? 'ReadWriteOnceWithFSType',
  };
}

export interface Attachment extends CheckedObject {
  readonly volume: string;
  readonly node: string;
}

export function trimAttachment(raw: unknown, head: CheckedObject): Attachment | undefined {
  const volume = textAt(raw, 'spec', 'source', 'persistentVolumeName');
  const node = textAt(raw, 'spec', 'nodeName');
  return volume === undefined || node === undefined ? undefined : { ...head, volume, node };
}

/** Of a PodDisruptionBudget. */
export interface Budget extends CheckedObject {
  /** An empty one is about every Pod of its namespace. */
  readonly selector: LabelSelector;
  readonly disruptionsAllowed: number | null;
  readonly healthy: number;
  readonly expected: number;
}

export function trimBudget(raw: unknown, head: CheckedObject): Budget {
  return {
    ...head,
    selector: parseSelector(at(raw, 'spec', 'selector')) ?? null,
    disruptionsAllowed: numberAt(raw, 'status', 'disruptionsAllowed') ?? null,
    healthy: numberAt(raw, 'status', 'currentHealthy') ?? 0,
    expected: numberAt(raw, 'status', 'expectedPods') ?? 0,
  };
}

/** Of an Event: which Pod it is about. */
export interface FailedAttach extends CheckedObject {
  /** `namespace/name`. */
  readonly pod: string;
}

export function trimFailedAttach(raw: unknown, head: CheckedObject): FailedAttach | undefined {
  const name = textAt(raw, 'involvedObject', 'name');
  const isPods = textAt(raw, 'involvedObject', 'kind') === 'Pod';
  if (!isPods || name === undefined || textAt(raw, 'reason') !== 'FailedAttachVolume') return undefined;
  return { ...head, pod: `${textAt(raw, 'involvedObject', 'namespace') ?? head.namespace}/${name}` };
}

/** Whether several nodes may have it at once. */
export function isShared(accessModes: readonly string[]): boolean {
  return accessModes.includes('ReadWriteMany') || accessModes.includes('ReadOnlyMany');
}
