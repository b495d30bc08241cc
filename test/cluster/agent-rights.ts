// What may be done with the agents' own token, as the API server says it.
import type { Cluster } from './cluster.ts';
import { KubernetesError } from './kubernetes-api.ts';
import type { Pod } from './pod.ts';
import { VIPWATCH_NAMESPACE } from './vipwatch.ts';

const ACCOUNT = `/api/v1/namespaces/${VIPWATCH_NAMESPACE}/serviceaccounts/vipwatch/token`;

/** @param pod that the token is bound to, as the kubelet binds those that it mounts; null: to none. */
export async function agentToken({ api }: Cluster, pod: Pod | null): Promise<string> {
  const bound = pod && { apiVersion: 'v1', kind: 'Pod', name: pod.metadata.name, uid: pod.metadata.uid };
  const { status } = await api.create<{ status: { token: string } }>(ACCOUNT, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: 3600, boundObjectRef: bound },
  });
  return status.token;
}

/** The names of those attempts that were not refused as forbidden, each with what became of it. */
export async function notForbidden(attempts: Readonly<Record<string, Promise<unknown>>>): Promise<string[]> {
  const told = Object.entries(attempts).map(async ([name, attempt]) => {
    const outcome = await attempt.then(
      () => 'done',
      (error: unknown) => (error instanceof KubernetesError ? error.status : error),
    );
    return outcome === 403 ? [] : [`${name}: ${outcome}`];
  });
  return (await Promise.all(told)).flat();
}
