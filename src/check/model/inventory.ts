// The objects that a check looks at: trimmed as they come, for a large cluster's would not fit into memory whole.
import { textAt } from '../../base/json.ts';
import { Interning } from '../../cluster/objects/interning.ts';
import { type NodeObject, trimNode as trimElectionNode } from '../../cluster/objects/node.ts';
import { idOf } from '../../cluster/objects/object-id.ts';
import {
  type EndpointSliceObject,
  type ServiceObject,
  trimService as trimElectionService,
  trimEndpointSlice,
} from '../../cluster/objects/service.ts';
import { asApplied } from './applied.ts';
import { KIND_KEYS, KINDS, type KindKey, kindKeyOf } from './kinds.ts';
import { trimKubeProxy } from './kube-proxy.ts';
import {
  trimCheckedBgp,
  trimCheckedL2,
  trimCheckedPool,
  trimConfigurationState,
  trimLonghornSetting,
} from './metallb.ts';
import { type Node, trimNode } from './node.ts';
import { type CheckedObject, headOf, keyOf, type Source } from './object.ts';
import { type Service, trimService } from './service.ts';
import { trimAttachment, trimBudget, trimClaim, trimDriver, trimFailedAttach, trimVolume } from './volume.ts';
import { trimAutoscaler, trimPod, trimWorkload } from './workload.ts';

/** With what MetalLB's election is told of it. */
export interface NodeEntry extends Node {
  readonly forElection: NodeObject;
}

/** With what MetalLB's election is told of it; null: it has no address yet. */
export interface ServiceEntry extends Service {
  readonly forElection: ServiceObject | null;
}

export interface SliceEntry extends CheckedObject {
  readonly slice: EndpointSliceObject;
}

function nodeEntry(raw: unknown, head: CheckedObject, interning: Interning): NodeEntry {
  const { object } = trimElectionNode(raw, idOf('', head.name), interning);
  return { ...trimNode(raw, head), forElection: object! };
}

function serviceEntry(raw: unknown, head: CheckedObject, interning: Interning): ServiceEntry | undefined {
  const service = trimService(raw, head);
  if (service === undefined) return undefined;
  const { object } = trimElectionService(raw, idOf(head.namespace, head.name), interning);
  return { ...service, forElection: object };
}

function sliceEntry(raw: unknown, head: CheckedObject, interning: Interning): SliceEntry | undefined {
  const { object } = trimEndpointSlice(raw, idOf(head.namespace, head.name), interning);
  return object === null ? undefined : { ...head, slice: object };
}

/** That it is there is all that matters. */
function headAlone(_: unknown, head: CheckedObject): CheckedObject {
  return head;
}

/** One a kind: undefined for what is of no interest. */
const TRIMS = {
  nodes: nodeEntry,
  pods: trimPod,
  services: serviceEntry,
  endpointslices: sliceEntry,
  persistentvolumes: trimVolume,
  persistentvolumeclaims: trimClaim,
  deployments: trimWorkload,
  statefulsets: trimWorkload,
  daemonsets: trimWorkload,
  replicasets: trimWorkload,
  horizontalpodautoscalers: trimAutoscaler,
  poddisruptionbudgets: trimBudget,
  csidrivers: trimDriver,
  volumeattachments: trimAttachment,
  events: trimFailedAttach,
  configmaps: trimKubeProxy,
  ipaddresspools: trimCheckedPool,
  l2advertisements: trimCheckedL2,
  bgpadvertisements: trimCheckedBgp,
  configurationstates: trimConfigurationState,
  longhornsettings: trimLonghornSetting,
  ciliumpools: headAlone,
  ciliumpolicies: headAlone,
} satisfies Record<
  KindKey,
  (raw: unknown, head: CheckedObject, interning: Interning) => CheckedObject | undefined
>;

export type ObjectOf<Key extends KindKey> = NonNullable<ReturnType<(typeof TRIMS)[Key]>>;

export class Inventory {
  /** Files alone: what they do not hold may be elsewhere. */
  readonly isOfFiles: boolean;
  readonly #objects = new Map<KindKey, Map<string, CheckedObject>>(
    KIND_KEYS.map((key) => [key, new Map<string, CheckedObject>()]),
  );
  readonly #unknown = new Map<KindKey, string>();
  /** Its own, for it is let go of with the objects. */
  readonly #interning = new Interning();

  constructor(isOfFiles: boolean) {
    this.isOfFiles = isOfFiles;
    if (!isOfFiles) return;
    for (const key of KIND_KEYS) this.setUnknown(key, `the files hold no ${KINDS[key].kind}`);
  }

  /**
   * Takes an object as it was read; of two with the same name the later one stands.
   * @param key its kind, where a list says so and its items do not.
   * @returns whether its kind is one that checks read.
   */
  add(raw: unknown, source: Source | null, key = kindKeyOfObject(raw)): boolean {
    if (key === undefined) return false;
    const head = headOf(raw, KINDS[key].kind, source);
    const before = head && source !== null ? this.#objects.get(key)!.get(keyOf(head)) : undefined;
    const isApplied = before !== undefined && before.source === null;
    const object = head && TRIMS[key](isApplied ? asApplied(key, raw, before) : raw, head, this.#interning);
    if (object !== undefined) this.#objects.get(key)!.set(keyOf(object), object);
    // What a cluster does not tell is not known, whatever files hold of it.
    if (this.isOfFiles) this.#unknown.delete(key);
    return true;
  }

  /** Why nothing is known of a kind, as `cannot list nodes: forbidden`. */
  setUnknown(key: KindKey, reason: string): void {
    this.#unknown.set(key, reason);
    this.#objects.get(key)!.clear();
  }

  /** Null: it is known. */
  whyUnknown(key: KindKey): string | null {
    return this.#unknown.get(key) ?? null;
  }

  list<Key extends KindKey>(key: Key): ObjectOf<Key>[] {
    return [...this.#objects.get(key)!.values()] as ObjectOf<Key>[];
  }

  /** @param name `namespace/name`, or the bare name. */
  get<Key extends KindKey>(key: Key, name: string): ObjectOf<Key> | undefined {
    return this.#objects.get(key)!.get(name) as ObjectOf<Key> | undefined;
  }

  get size(): number {
    return [...this.#objects.values()].reduce((sum, { size }) => sum + size, 0);
  }
}

function kindKeyOfObject(raw: unknown): KindKey | undefined {
  return kindKeyOf(textAt(raw, 'apiVersion') ?? '', textAt(raw, 'kind') ?? '');
}
