// MetalLB's ServiceL2Status: the node that says it announces a Service.

import { textAt } from '../../base/json.ts';
import type { Interning } from './interning.ts';
import { idOf, type ObjectId } from './object-id.ts';
import { kept, skipped, type Trimmed } from './trimmed.ts';

export interface L2StatusObject {
  /** `namespace/name`. */
  readonly service: string;
  readonly node: string;
}

/**
 * Before MetalLB 0.14.6 the object lay in the Service's own namespace and named the Service by a label alone; since
 * then it lies in MetalLB's, and both labels and status name it.
 */
export function trimL2Status(raw: unknown, id: ObjectId, interning: Interning): Trimmed<L2StatusObject> {
  const label = (key: string) => textAt(raw, 'metadata', 'labels', `metallb.io/${key}`);
  const node = textAt(raw, 'status', 'node') ?? label('node');
  const name = textAt(raw, 'status', 'serviceName') ?? label('service-name');
  const namespace = textAt(raw, 'status', 'serviceNamespace') ?? label('service-namespace') ?? id.namespace;
  if (name === undefined) return skipped('no-service');
  if (node === undefined) return skipped('no-node');
  return kept({ service: interning.text(idOf(namespace, name).key), node: interning.text(node) });
}
