// What the cluster intends, read once: for commands that end.
import { KubernetesIntent } from '../cluster/reader.ts';
import type { KubernetesConfig } from '../config/config.ts';
import { Clock, systemClocks } from '../host/clock.ts';
import type { Intent } from '../intent/intent.ts';
import type { Environment } from './command.ts';
import { inCluster } from './in-cluster.ts';
import { UsageError } from './terminal.ts';

/** An API server that answers does so by then; in milliseconds. */
const PATIENCE_MS = 15_000;
const LOOK_EVERY_MS = 100;

/** Writes nothing to the API. @throws UsageError, KubeconfigError */
export async function readClusterIntent(config: KubernetesConfig, environment: Environment): Promise<Intent> {
  const clock = new Clock(systemClocks());
  const known = Promise.withResolvers<Intent>();
  const { apiServer } = inCluster(environment);
  const kubernetes = new KubernetesIntent({
    ...config,
    apiServer,
    // Nothing of this process is to be published.
    pod: null,
    now: () => clock.now(),
    onChange: () => {},
  });
  const look = setInterval(() => {
    const intent = kubernetes.intent();
    if (intent !== null) known.resolve(intent);
  }, LOOK_EVERY_MS);
  const timeout = setTimeout(() => known.reject(unread(kubernetes)), PATIENCE_MS);
  try {
    return await known.promise;
  } finally {
    clearInterval(look);
    clearTimeout(timeout);
    kubernetes.stop();
  }
}

function unread(kubernetes: KubernetesIntent): UsageError {
  const reasons = [...new Set(kubernetes.health().problems.map(({ reason }) => reason))].join(', ');
  return new UsageError(`Cannot read the addresses of the cluster from the Kubernetes API: ${reasons}`);
}
