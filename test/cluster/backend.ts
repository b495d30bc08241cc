// What Services lead to: on each node a TCP server in the node's own network, which tells the node's name.
import { PROJECT_FOLDER } from '../../lab/tools.ts';
import type { Cluster } from './cluster.ts';
import type { Images } from './container.ts';
import { ENDPOINT_PORT } from './objects.ts';

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

const labels = { app: NAME };

const metadata = { name: NAME, namespace: 'default' };

const DAEMON_SET = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata,
  spec: {
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        hostNetwork: true,
        serviceAccountName: NAME,
        automountServiceAccountToken: false,
        containers: [
          {
            name: NAME,
            image: 'lab/backend',
            args: [String(ENDPOINT_PORT), '$(NODE_NAME)'],
            env: [{ name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
          },
        ],
      },
    },
  },
};

const OBJECTS = [{ apiVersion: 'v1', kind: 'ServiceAccount', metadata }, DAEMON_SET];
