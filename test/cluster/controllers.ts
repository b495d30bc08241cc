// Of the controller manager and the scheduler, the part that the tests need: a Pod for each node of a DaemonSet, one for a
// Deployment, and the API server's certificate in each namespace.
import type { KubernetesApi, KubernetesObject } from './kubernetes-api.ts';
import { fits, type Node, type Pod, type Workload } from './pod.ts';
import { reconcile } from './reconcile.ts';

const PODS = '/api/v1/pods';

interface Namespace extends KubernetesObject {
  readonly status: { readonly phase: string };
}

export class Controllers {
  readonly #api: KubernetesApi;
  readonly #certificate: string;
  readonly #published = new Set<string>();

  /** @param certificate the API server's, in PEM */
  constructor(api: KubernetesApi, certificate: string) {
    this.#api = api;
    this.#certificate = certificate;
  }

  /** Works until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await reconcile('controllers', this.#api, PODS, () => this.#sync(), signal);
  }

  async #sync(): Promise<void> {
    await this.#publishCertificate();
    const [nodes, pods, daemonSets, deployments] = await Promise.all([
      this.#api.list<Node>('/api/v1/nodes'),
      this.#api.list<Pod>(PODS),
      this.#api.list<Workload>('/apis/apps/v1/daemonsets'),
      this.#api.list<Workload>('/apis/apps/v1/deployments'),
    ]);
    for (const daemonSet of daemonSets) {
      const taken = new Set(ownedBy(daemonSet, pods).map(({ spec }) => spec.nodeName));
      for (const node of nodes) {
        if (taken.has(node.metadata.name) || !fits(daemonSet.spec.template.spec, node)) continue;
        await this.#createPod('DaemonSet', daemonSet, node);
      }
    }
    for (const deployment of deployments) {
      const node = nodes.find((one) => fits(deployment.spec.template.spec, one));
      if (node && ownedBy(deployment, pods).length === 0)
        await this.#createPod('Deployment', deployment, node);
    }
  }

  /** A Deployment owns its Pod without a ReplicaSet in between: nobody here rolls anything out. */
  async #createPod(kind: string, { metadata, spec }: Workload, node: Node): Promise<void> {
    const { name, namespace, uid } = metadata;
    const owner = { apiVersion: 'apps/v1', kind, name, uid, controller: true, blockOwnerDeletion: true };
    await this.#api.create(`/api/v1/namespaces/${namespace}/pods`, {
      metadata: { ...spec.template.metadata, generateName: `${name}-`, ownerReferences: [owner] },
      spec: { ...spec.template.spec, nodeName: node.metadata.name },
    });
  }

  async #publishCertificate(): Promise<void> {
    for (const { metadata, status } of await this.#api.list<Namespace>('/api/v1/namespaces')) {
      if (this.#published.has(metadata.name) || status.phase !== 'Active') continue;
      await this.#api.apply(`/api/v1/namespaces/${metadata.name}/configmaps/kube-root-ca.crt`, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'kube-root-ca.crt' },
        data: { 'ca.crt': this.#certificate },
      });
      this.#published.add(metadata.name);
    }
  }
}

function ownedBy({ metadata }: KubernetesObject, pods: readonly Pod[]): Pod[] {
  return pods.filter((pod) => pod.metadata.ownerReferences?.some(({ uid }) => uid === metadata.uid));
}
