// Nodes: where Pods may run, and on which networks they are.
import { at, items, textAt } from '../../base/json.ts';
import { EXCLUDE_LABEL } from '../../cluster/objects/node.ts';
import { addressOf, conditionOf, isReady } from '../../cluster/objects/object-id.ts';
import type { IpAddress } from '../../net/address.ts';
import { type IpRange, parseRange } from '../../net/range.ts';
import { type CheckedObject, type StringMap, stringsAt } from './object.ts';
import { type PodSpec, type Taint, termsSelect, tolerates } from './pod-spec.ts';

export interface Node extends CheckedObject {
  readonly labels: StringMap;
  readonly taints: readonly Taint[];
  /** Internal and external ones. */
  readonly addresses: readonly IpAddress[];
  readonly ready: boolean;
  readonly networkUnavailable: boolean;
  readonly excluded: boolean;
  /** As k3s and RKE2 write down how they were called; null elsewhere. */
  readonly k3sArgs: readonly string[] | null;
  /** As Calico writes it down; null elsewhere. */
  readonly network: IpRange | null;
}

const ADDRESS_TYPES = ['InternalIP', 'ExternalIP'];

export function trimNode(raw: unknown, head: CheckedObject): Node {
  const labels = stringsAt(raw, 'metadata', 'labels');
  const annotations = stringsAt(raw, 'metadata', 'annotations');
  const network = parseRange(annotations['projectcalico.org/IPv4Address'] ?? '');
  return {
    ...head,
    labels,
    taints: items(at(raw, 'spec', 'taints')).map((taint) => ({
      key: textAt(taint, 'key') ?? '',
      value: textAt(taint, 'value') ?? '',
      effect: textAt(taint, 'effect') ?? '',
    })),
    addresses: items(at(raw, 'status', 'addresses')).flatMap((entry) =>
      ADDRESS_TYPES.includes(textAt(entry, 'type') ?? '') ? (addressOf(at(entry, 'address')) ?? []) : [],
    ),
    ready: isReady(raw),
    networkUnavailable: textAt(conditionOf(raw, 'NetworkUnavailable'), 'status') === 'True',
    excluded: Object.hasOwn(labels, EXCLUDE_LABEL),
    k3sArgs: argsOf(annotations['k3s.io/node-args'] ?? annotations['rke2.io/node-args']),
    network: typeof network === 'string' ? null : network,
  };
}

function argsOf(text: string | undefined): string[] | null {
  if (text === undefined) return null;
  try {
    const parsed: unknown = JSON.parse(text);
    return items(parsed).filter((word) => typeof word === 'string');
  } catch {
    return null;
  }
}

/** Come and go with a node's health: they are no reason of the workload's own. */
const PASSING_PREFIX = 'node.kubernetes.io/';

/** Why a Pod cannot be placed on a node by its own wishes; null: it can. */
export function placementBarrier(
  spec: PodSpec,
  node: Node,
): { readonly kind: 'selector' | 'affinity' } | { readonly kind: 'taint'; readonly taint: Taint } | null {
  const selector = Object.entries(spec.nodeSelector);
  if (selector.some(([key, value]) => node.labels[key] !== value)) return { kind: 'selector' };
  if (!termsSelect(spec.terms, node)) return { kind: 'affinity' };
  const taint = node.taints.find(
    (one) =>
      (one.effect === 'NoSchedule' || one.effect === 'NoExecute') &&
      !one.key.startsWith(PASSING_PREFIX) &&
      !tolerates(spec.tolerations, one),
  );
  return taint === undefined ? null : { kind: 'taint', taint };
}

/** Where its own wishes let it run, whatever runs there now. */
export function placesOf(spec: PodSpec, nodes: readonly Node[]): Node[] {
  if (spec.nodeName !== null) return nodes.filter(({ name }) => name === spec.nodeName);
  return nodes.filter((node) => placementBarrier(spec, node) === null);
}
