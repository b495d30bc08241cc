// LoadBalancer Services and the endpoints behind them.

import { at, items, textAt } from '../../base/json.ts';
import type { ServicePort } from '../../intent/intent.ts';
import type { IpAddress } from '../../net/address.ts';
import type { Interning } from './interning.ts';
import { addressOf, idOf, type Labels, labelsOf, type ObjectId } from './object-id.ts';
import { kept, type SkipReason, skipped, type Trimmed, UNINTERESTING } from './trimmed.ts';

export interface ServiceObject {
  /** `namespace/name`. */
  readonly key: string;
  /** `status.loadBalancer.ingress`, in its order: the first one decides MetalLB's election. */
  readonly ingress: readonly IpAddress[];
  /** Whether every ingress has an address. MetalLB announces nothing of a Service where one has not. */
  readonly ingressComplete: boolean;
  readonly loadBalancerClass: string | null;
  /** `externalTrafficPolicy: Local`. */
  readonly local: boolean;
  /** MetalLB's `allow-shared-ip` is set. */
  readonly sharesAddress: boolean;
  readonly ports: readonly ServicePort[];
  readonly labels: Labels;
}

/** The second is what MetalLB called it before 0.13; both are still read. */
const SHARED_IP = ['metallb.io/allow-shared-ip', 'metallb.universe.tf/allow-shared-ip'];
const SERVICE_LABEL = 'kubernetes.io/service-name';

/** Of interest once it has an address; a Service that waits for one is left out. */
export function trimService(raw: unknown, { key }: ObjectId, interning: Interning): Trimmed<ServiceObject> {
  if (textAt(raw, 'spec', 'type') !== 'LoadBalancer') return UNINTERESTING;
  const entries = items(at(raw, 'status', 'loadBalancer', 'ingress'));
  if (entries.length === 0) return UNINTERESTING;
  const ingress: IpAddress[] = [];
  const problems: SkipReason[] = [];
  for (const entry of entries) {
    const address = addressOf(at(entry, 'ip'));
    if (address !== undefined) ingress.push(address);
    else problems.push(textAt(entry, 'ip') === undefined ? 'hostname-only' : 'bad-ingress-address');
  }
  if (ingress.length === 0) return skipped(...problems);
  const service: ServiceObject = {
    key: interning.text(key),
    // A copy has no more room than it needs; a list that was added to has room for sixteen more.
    ingress: [...ingress],
    ingressComplete: problems.length === 0,
    loadBalancerClass: textAt(raw, 'spec', 'loadBalancerClass') ?? null,
    local: textAt(raw, 'spec', 'externalTrafficPolicy') === 'Local',
    sharesAddress: SHARED_IP.some(
      (annotation) => at(raw, 'metadata', 'annotations', annotation) !== undefined,
    ),
    ports: interning.list([...items(at(raw, 'spec', 'ports')).flatMap(portOf)]),
    labels: labelsOf(raw, interning),
  };
  return kept(service, problems);
}

function portOf(raw: unknown): ServicePort[] {
  const port = at(raw, 'port');
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535) return [];
  return [{ protocol: textAt(raw, 'protocol') ?? 'TCP', port }];
}

export interface EndpointSliceObject {
  /** `namespace/name`. */
  readonly service: string;
  /** Some endpoint can serve, on a node that is named or not. */
  readonly servable: boolean;
  /** The nodes of the endpoints that can serve, each once, sorted. */
  readonly nodes: readonly string[];
}

export function trimEndpointSlice(
  raw: unknown,
  { namespace }: ObjectId,
  interning: Interning,
): Trimmed<EndpointSliceObject> {
  const name = textAt(raw, 'metadata', 'labels', SERVICE_LABEL);
  if (name === undefined) return skipped('no-service');
  const nodes = new Set<string>();
  let servable = false;
  for (const endpoint of items(at(raw, 'endpoints'))) {
    if (!canServe(endpoint)) continue;
    servable = true;
    const node = textAt(endpoint, 'nodeName');
    if (node !== undefined) nodes.add(interning.text(node));
  }
  return kept({ service: interning.text(idOf(namespace, name).key), servable, nodes: [...nodes].toSorted() });
}

/** As MetalLB judges: ready unless told otherwise; one that is shutting down may still serve. */
function canServe(endpoint: unknown): boolean {
  const ready = at(endpoint, 'conditions', 'ready') ?? true;
  return ready === true || at(endpoint, 'conditions', 'serving') === true;
}
