// Of the kinds that checks read, those that a bare API server does not serve: without what runs behind them.
import { KIND_KEYS, KINDS, type KindKey } from '../../src/check/model/kinds.ts';
import { l2, pool, type Raw, service, slice } from '../check/home.ts';
import type { Cluster } from './cluster.ts';

const BUILT_IN = ['', 'apps', 'autoscaling', 'policy', 'discovery.k8s.io', 'storage.k8s.io'];

function crd(key: KindKey): Raw {
  const { kind, group, path } = KINDS[key];
  const [, , , version, plural] = path.split('/');
  const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: { kind, plural },
      scope: group === 'cilium.io' ? 'Cluster' : 'Namespaced',
      versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema: open } }],
    },
  };
}

/** Resolves once they are served. @param namespaces that are there then, beside that of MetalLB. */
export async function serveCheckedKinds(cluster: Cluster, namespaces: readonly string[]): Promise<void> {
  const spaces = ['metallb-system', ...namespaces].map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  }));
  const crds = KIND_KEYS.filter((key) => !BUILT_IN.includes(KINDS[key].group)).map(crd);
  await cluster.controlPlane.apply([...spaces, ...crds]);
  await cluster.controlPlane.kubectl('wait', '--for=condition=Established', '--timeout=60s', 'crd', '--all');
}

/** In the namespace `web`: a Service with the VIP 192.168.1.240, of a pool of MetalLB's, and with one endpoint, on the first node. */
export async function serveWeb(cluster: Cluster): Promise<void> {
  const { endpoints: on, ...rest } = slice('web/web', [cluster.nodes[0]!.name]);
  const endpoints = (on as Raw[]).map((endpoint) => ({ ...endpoint, addresses: ['10.244.1.1'] }));
  await cluster.controlPlane.apply([
    pool('main-pool', ['192.168.1.240-192.168.1.245']),
    l2('main'),
    service('web/web', null),
    { ...rest, addressType: 'IPv4', endpoints, ports: [{ port: 80 }] },
  ]);
  await cluster.controlPlane.kubectl(
    ...['-n', 'web', 'patch', 'service', 'web', '--subresource=status', '--type=merge', '-p'],
    JSON.stringify({ status: { loadBalancer: { ingress: [{ ip: '192.168.1.240' }] } } }),
  );
}
