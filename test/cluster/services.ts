// Services for the scenarios: each with a pool, an advertisement and endpoints of its own, so that several live side by side.
import { assignedAddress, METALLB_NAMESPACE } from './metallb.ts';
import { addressPool, endpointSlice, l2Advertisement, loadBalancer } from './objects.ts';
import type { WatchedHome } from './vipwatch.ts';
import type { WatchedVip } from './witnesses.ts';

export interface Exposure {
  /** Of the pool: ranges or CIDRs. */
  readonly addresses: readonly string[];
  /** The Service's spec, where it is not the usual one. */
  readonly spec?: { readonly ipFamilies?: readonly ['IPv4' | 'IPv6']; readonly [field: string]: unknown };
  /** @default none but the pool */
  readonly annotations?: object;
  /** What the L2Advertisement selects beside the pool; null: there is none. @default nothing */
  readonly advertisement?: object | null;
  /** The nodes of the endpoints that are ready. @default node-1 */
  readonly endpoints?: readonly string[];
}

/** Makes the Service and what it takes, all of the Service's name; with its address as soon as it has one. */
export async function expose(home: WatchedHome, service: string, exposure: Exposure): Promise<WatchedVip> {
  const { addresses, spec = {}, annotations = {}, advertisement = {}, endpoints = ['node-1'] } = exposure;
  await home.cluster.controlPlane.apply([
    addressPool(service, addresses),
    ...(advertisement ? [advertisementOf(service, advertisement)] : []),
    endpointsOn(home, service, endpoints, spec.ipFamilies?.[0]),
    loadBalancer(service, spec, { 'metallb.io/address-pool': service, ...annotations }),
  ]);
  return { service, ip: await assignedAddress(home.cluster, service) };
}

/** Makes the Service's advertisement, or another one of it. */
export async function advertise(home: WatchedHome, service: string, spec: object = {}): Promise<void> {
  await home.cluster.controlPlane.apply([advertisementOf(service, spec)]);
}

/** From now on the Service's endpoints are ready on these nodes, and on no other. */
export async function moveEndpoints(
  home: WatchedHome,
  service: string,
  nodes: readonly string[],
): Promise<void> {
  await home.cluster.controlPlane.apply([endpointsOn(home, service, nodes)]);
}

/** Deletes the Service; its address is free again. */
export async function withdraw({ cluster }: WatchedHome, service: string): Promise<void> {
  await cluster.api.delete(`/api/v1/namespaces/default/services/${service}`);
  const metallb = `/apis/metallb.io/v1beta1/namespaces/${METALLB_NAMESPACE}`;
  await cluster.api.delete(`${metallb}/l2advertisements/${service}`);
  await cluster.api.delete(`${metallb}/ipaddresspools/${service}`);
}

function advertisementOf(service: string, spec: object): object {
  return l2Advertisement(service, { ipAddressPools: [service], ...spec });
}

/** As Pods with `hostNetwork` have them, where it is IPv4: what listens on the node answers. */
function endpointsOn(
  { cluster }: WatchedHome,
  service: string,
  nodes: readonly string[],
  family: 'IPv4' | 'IPv6' = 'IPv4',
): object {
  const endpoints = nodes.map((node) => {
    const address = family === 'IPv6' ? `fd00:10:244::${node.at(-1)}` : cluster.node(node).address;
    return { node, address };
  });
  return endpointSlice(service, endpoints, family);
}

/** For an advertisement's `nodeSelectors`. */
export function onlyNodes(...nodes: readonly string[]): object[] {
  return nodes.map((node) => ({ matchLabels: { 'kubernetes.io/hostname': node } }));
}
