// Kubernetes objects for `ControlPlane.apply`, with as little in them as the API server accepts.
import { METALLB_NAMESPACE } from './metallb.ts';

/** @param addresses ranges or CIDRs */
export function addressPool(name: string, addresses: readonly string[], spec: object = {}): object {
  return metallbObject('IPAddressPool', name, { addresses, ...spec });
}

/** Every pool from every node by every interface, unless `spec` says otherwise. */
export function l2Advertisement(name: string, spec: object = {}): object {
  return metallbObject('L2Advertisement', name, spec);
}

function metallbObject(kind: string, name: string, spec: object): object {
  return { apiVersion: 'metallb.io/v1beta1', kind, metadata: { name, namespace: METALLB_NAMESPACE }, spec };
}

/** Of type LoadBalancer, for port 80, in the namespace `default`. */
export function loadBalancer(name: string, spec: object = {}, annotations: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default', annotations },
    spec: { type: 'LoadBalancer', ports: [{ name: 'http', port: 80, protocol: 'TCP' }], ...spec },
  };
}

/**
 * A Pod on each node, in the node's own network and with the ServiceAccount of its name.
 * @param podSpec `containers` at least
 */
export function hostNetworkDaemonSet(name: string, namespace: string, podSpec: object): object {
  const labels = { app: name };
  const spec = { hostNetwork: true, serviceAccountName: name, ...podSpec };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name, namespace, labels },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
}

/** Where what a Service leads to listens. */
export const ENDPOINT_PORT = 8080;

export interface Endpoint {
  readonly node: string;
  /** Most tests ask who owns a VIP, not what it serves: nothing need listen there. */
  readonly address: string;
  /** @default true */
  readonly ready?: boolean;
}

/** The Service's only slice: applied again, it replaces the endpoints. */
export function endpointSlice(
  service: string,
  endpoints: readonly Endpoint[],
  addressType: 'IPv4' | 'IPv6' = 'IPv4',
): object {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${service}-${addressType.toLowerCase()}`,
      namespace: 'default',
      labels: { 'kubernetes.io/service-name': service },
    },
    addressType,
    endpoints: endpoints.map(({ node, address, ready = true }) => ({
      addresses: [address],
      nodeName: node,
      conditions: { ready, serving: ready, terminating: false },
    })),
    ports: [{ name: 'http', port: ENDPOINT_PORT, protocol: 'TCP' }],
  };
}
