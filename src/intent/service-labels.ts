// The labels by which metrics and alerts name a VIP's Service, so that both can be routed by its namespace.
import type { Vip } from './intent.ts';

/** Empty text where a label has no value: to Prometheus and Alertmanager that is no label at all. */
export interface ServiceLabels {
  readonly namespace: string;
  /** Without its namespace. */
  readonly service: string;
}

const NO_SERVICE: ServiceLabels = { namespace: '', service: '' };

/**
 * Of Services that share an address, the namespace is that of the first by name. `service` then lists all of them, those of
 * other namespaces as `namespace/name`. A name without a namespace stands alone.
 * @param vip null: the address is no VIP
 */
export function serviceLabels(vip: Pick<Vip, 'service' | 'sharedWith'> | null): ServiceLabels {
  if (vip === null || vip.service === null) return NO_SERVICE;
  // Nearly all have one alone, and a scrape names each of them.
  if (!vip.sharedWith?.length) return split(vip.service);
  const all = [vip.service, ...vip.sharedWith].toSorted();
  const { namespace } = split(all[0]!);
  const names = all.map((key) => (split(key).namespace === namespace ? split(key).service : key));
  return { namespace, service: names.join(',') };
}

function split(key: string): ServiceLabels {
  const slash = key.indexOf('/');
  return slash < 0
    ? { namespace: '', service: key }
    : { namespace: key.slice(0, slash), service: key.slice(slash + 1) };
}
