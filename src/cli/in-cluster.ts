// What Kubernetes tells a Pod of the cluster, and the chart of the Pod itself.
import type { InCluster } from '../daemon/cluster-side.ts';
import type { Environment } from './command.ts';

export function inCluster({
  KUBERNETES_SERVICE_HOST: host = '',
  KUBERNETES_SERVICE_PORT: port = '443',
  POD_NAME: name,
  POD_NAMESPACE: namespace,
  NODE_NAME: node,
}: Environment): InCluster {
  return {
    apiServer: { host, port },
    pod: name && namespace ? { name, namespace } : null,
    node: node || null,
  };
}

/** By which a configuration's defaults differ. */
export function configSurroundings({ KUBERNETES_SERVICE_HOST, METALLB_NAMESPACE }: Environment) {
  return {
    insideCluster: KUBERNETES_SERVICE_HOST !== undefined,
    ...(METALLB_NAMESPACE ? { metallbNamespace: METALLB_NAMESPACE } : {}),
  };
}
