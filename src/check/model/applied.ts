// What a manifest leaves to the cluster, where it is looked at as if it were applied: the API server would keep it.
import { at } from '../../base/json.ts';
import type { KindKey } from './kinds.ts';
import type { CheckedObject } from './object.ts';
import type { Service } from './service.ts';
import type { Claim } from './volume.ts';

/** @param before the object of the same name that the cluster has. */
export function asApplied(key: KindKey, raw: unknown, before: CheckedObject): unknown {
  if (key === 'services') {
    const ingress = (before as Service).ingress.map((ip) => ({ ip }));
    return { ...mapOf(raw), status: { loadBalancer: { ingress } } };
  }
  if (key !== 'persistentvolumeclaims') return raw;
  const { volume, createdMs } = before as Claim;
  return {
    ...mapOf(raw),
    metadata: {
      ...mapOf(at(raw, 'metadata')),
      ...(createdMs === null ? {} : { creationTimestamp: new Date(createdMs).toISOString() }),
    },
    spec: { ...mapOf(at(raw, 'spec')), ...(volume === null ? {} : { volumeName: volume }) },
  };
}

function mapOf(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}
