// What Services lead to: on each node a TCP server in the node's own network, which tells the node's name.
import { PROJECT_FOLDER } from '../../lab/tools.ts';
import type { Cluster } from './cluster.ts';
import type { Images } from './container.ts';
import { ENDPOINT_PORT, hostNetworkDaemonSet } from './objects.ts';

const NAMESPACE = 'default';
const NAME = 'backend';

/** For the cluster that {@link installBackends} is called with. */
export const backendImages: Images = {
  'lab/backend': [process.execPath as `/${string}`, `${PROJECT_FOLDER}/test/lab/tcp-server.ts`],
};

/** Resolves when each node's listens. */
export async function installBackends(cluster: Cluster): Promise<void> {
  await cluster.controlPlane.apply(OBJECTS);
  await Promise.all(cluster.nodes.map(({ name }) => untilListening(cluster, name)));
}

/** To be called again where the node was without power. */
export async function untilListening(cluster: Cluster, node: string): Promise<void> {
  const server = await cluster.untilStarted(node, NAME);
  await server.waitForLine(/^listening$/);
}

const CONTAINER = {
  name: NAME,
  image: 'lab/backend',
  args: [String(ENDPOINT_PORT), '$(NODE_NAME)'],
  env: [{ name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
};

const OBJECTS = [
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: NAME, namespace: NAMESPACE } },
  hostNetworkDaemonSet(NAME, NAMESPACE, { automountServiceAccountToken: false, containers: [CONTAINER] }),
];
