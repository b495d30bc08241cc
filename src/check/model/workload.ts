// What runs: Pods, and who makes them.
import { at, items, textAt } from '../../base/json.ts';
import { INTERFACES_ANNOTATION, trimAgent } from '../../cluster/objects/agent.ts';
import type { Interning } from '../../cluster/objects/interning.ts';
import { idOf, isReady } from '../../cluster/objects/object-id.ts';
import { type SpeakerObject, trimSpeaker } from '../../cluster/objects/speaker.ts';
import type { NodeInterface } from '../../intent/intent.ts';
import { type CheckedObject, createdMs, numberAt, type StringMap, stringsAt } from './object.ts';
import { type PodSpec, trimPodSpec } from './pod-spec.ts';

export interface Owner {
  readonly kind: string;
  readonly name: string;
}

export interface Workload extends CheckedObject {
  readonly labels: StringMap;
  /** 1 where it is left out; of a DaemonSet, how many nodes it runs on, where that is known. */
  readonly replicas: number;
  readonly podLabels: StringMap;
  readonly spec: PodSpec;
  readonly owner: Owner | null;
  readonly createdMs: number | null;
  /** Of a Deployment: null where it is left out, which is RollingUpdate. */
  readonly strategy: string | null;
  /** As it is written: a number, or a share such as `25%`; null where it is left out. */
  readonly maxUnavailable: number | string | null;
  readonly maxSurge: number | string | null;
  readonly claimTemplates: readonly { readonly volume: string; readonly accessModes: readonly string[] }[];
  /** `deployment.kubernetes.io/revision` of a ReplicaSet; 0 elsewhere. */
  readonly revision: number;
  /** A rollout has been going on for too long. */
  readonly hangs: boolean;
}

export function trimWorkload(raw: unknown, head: CheckedObject, interning: Interning): Workload {
  const template = at(raw, 'spec', 'template');
  const rolling = at(raw, 'spec', 'strategy', 'rollingUpdate');
  return {
    ...head,
    labels: stringsAt(raw, 'metadata', 'labels'),
    replicas: numberAt(raw, 'status', 'desiredNumberScheduled') ?? numberAt(raw, 'spec', 'replicas') ?? 1,
    podLabels: stringsAt(template, 'metadata', 'labels'),
    spec: shared(trimPodSpec(at(template, 'spec')), interning),
    owner: ownerOf(raw),
    createdMs: createdMs(raw),
    strategy: textAt(raw, 'spec', 'strategy', 'type') ?? null,
    maxUnavailable: shareAt(rolling, 'maxUnavailable'),
    maxSurge: shareAt(rolling, 'maxSurge'),
    claimTemplates: items(at(raw, 'spec', 'volumeClaimTemplates')).map((claim) => ({
      volume: textAt(claim, 'metadata', 'name') ?? '',
      accessModes: accessModesOf(at(claim, 'spec')),
    })),
    revision: Number(textAt(raw, 'metadata', 'annotations', 'deployment.kubernetes.io/revision') ?? 0),
    hangs: items(at(raw, 'status', 'conditions')).some(
      (condition) =>
        textAt(condition, 'type') === 'Progressing' &&
        textAt(condition, 'reason') === 'ProgressDeadlineExceeded',
    ),
  };
}

function shareAt(rolling: unknown, key: string): number | string | null {
  const share = at(rolling, key);
  return typeof share === 'number' || typeof share === 'string' ? share : null;
}

/** A Pod that nobody made but its own manifest, as the workload that it is. */
export function soloWorkload(pod: Pod): Workload {
  const { kind, namespace, name, ignore, source, labels, spec, owner } = pod;
  return {
    ...{ kind, namespace, name, ignore, source, labels, spec, owner },
    replicas: 1,
    podLabels: labels,
    createdMs: null,
    strategy: null,
    maxUnavailable: null,
    maxSurge: null,
    claimTemplates: [],
    revision: 0,
    hangs: false,
  };
}

/** A HorizontalPodAutoscaler: whose Pods it counts, and how many it keeps at least. */
export interface Autoscaler extends CheckedObject {
  readonly target: Owner;
  readonly minReplicas: number;
}

export function trimAutoscaler(raw: unknown, head: CheckedObject): Autoscaler | undefined {
  const kind = textAt(raw, 'spec', 'scaleTargetRef', 'kind');
  const name = textAt(raw, 'spec', 'scaleTargetRef', 'name');
  if (kind === undefined || name === undefined) return undefined;
  return { ...head, target: { kind, name }, minReplicas: numberAt(raw, 'spec', 'minReplicas') ?? 1 };
}

export interface Pod extends CheckedObject {
  readonly labels: StringMap;
  readonly spec: PodSpec;
  readonly owner: Owner | null;
  readonly node: string | null;
  readonly phase: string | null;
  readonly ready: boolean;
  /** Why a container waits, such as CrashLoopBackOff. */
  readonly waits: readonly string[];
  readonly restarts: number;
  /** Of its node, where the Pod is an agent that tells of them. */
  readonly interfaces: readonly NodeInterface[];
  /** As the election takes it; null: it is no speaker of MetalLB. */
  readonly speaker: SpeakerObject | null;
}

export function trimPod(raw: unknown, head: CheckedObject, interning: Interning): Pod {
  const statuses = [
    ...items(at(raw, 'status', 'initContainerStatuses')),
    ...items(at(raw, 'status', 'containerStatuses')),
  ];
  const id = idOf(head.namespace, head.name);
  const owner = ownerOf(raw);
  const spec = trimPodSpec(at(raw, 'spec'));
  const isAgent = at(raw, 'metadata', 'annotations', INTERFACES_ANNOTATION) !== undefined;
  return {
    ...head,
    labels: stringsAt(raw, 'metadata', 'labels'),
    // Where it was put is no wish of whoever made it.
    spec: shared(owner === null ? spec : { ...spec, nodeName: null }, interning),
    owner,
    node: textAt(raw, 'spec', 'nodeName') ?? null,
    phase: textAt(raw, 'status', 'phase') ?? null,
    ready: isReady(raw),
    waits: statuses.flatMap((status) => textAt(status, 'state', 'waiting', 'reason') ?? []),
    restarts: statuses.reduce<number>((sum, status) => sum + (numberAt(status, 'restartCount') ?? 0), 0),
    interfaces: isAgent ? (trimAgent(raw, id, interning).object?.interfaces ?? []) : [],
    speaker: isSpeakerLike(raw) ? trimSpeaker(raw, id, interning).object : null,
  };
}

/** One for all the Pods of a workload, and for workloads that ask for the same. */
function shared(spec: PodSpec, interning: Interning): PodSpec {
  return interning.list([spec])[0]!;
}

/** By the labels of MetalLB's manifests, or by those of its chart. */
function isSpeakerLike(raw: unknown): boolean {
  const labels = at(raw, 'metadata', 'labels');
  return (
    textAt(labels, 'component') === 'speaker' || textAt(labels, 'app.kubernetes.io/component') === 'speaker'
  );
}

function ownerOf(raw: unknown): Owner | null {
  const owners = items(at(raw, 'metadata', 'ownerReferences'));
  const owner = owners.find((one) => at(one, 'controller') === true);
  const kind = textAt(owner, 'kind');
  const name = textAt(owner, 'name');
  return kind === undefined || name === undefined ? null : { kind, name };
}

export function accessModesOf(spec: unknown): string[] {
  return items(at(spec, 'accessModes')).filter((mode) => typeof mode === 'string');
}
