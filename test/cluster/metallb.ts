// MetalLB as its own manifest installs it, and the objects that make it announce something.
import { readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';
import type { Host } from '../../lab/host.ts';
import type { LabProcess } from '../../lab/process.ts';
import type { Cluster } from './cluster.ts';
import type { ControlPlane } from './control-plane.ts';
import type { KubernetesObject } from './kubernetes-api.ts';
import type { Pod } from './pod.ts';

export const METALLB_NAMESPACE = 'metallb-system';
const PODS = `/api/v1/namespaces/${METALLB_NAMESPACE}/pods`;

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

interface DeploymentManifest extends Manifest {
  readonly spec: { readonly template: { readonly spec: { readonly containers: { args: string[] }[] } } };
}

/**
 * Resolves when the controller and a speaker on each node are started, and each speaker knows of all others: until then it
 * elects among fewer.
 *
 * @param configFolder MetalLB's `config`.
 */
export async function installMetallb(cluster: Cluster, configFolder: string): Promise<void> {
  const { controlPlane } = cluster;
  await applyMetallb(controlPlane, configFolder);
  const wanted = cluster.nodes.length + 1;
  await controlPlane.until<Pod, true>(
    PODS,
    (pods) => (pods.filter(({ status }) => status?.phase === 'Running').length === wanted ? true : undefined),
    { timeoutMs: 60_000 },
  );
  const names = cluster.nodes.map(({ name }) => name);
  for (const own of names)
    for (const other of names)
      await speakerOn(cluster, own).waitForLine(joinOf(other), { timeoutMs: MEET_WITHIN });
}

/** Its objects, with which nothing runs yet. */
export async function applyMetallb(controlPlane: ControlPlane, configFolder: string): Promise<void> {
  // Those of the manifest would send every BGPPeer through the webhook, which is not there.
  await controlPlane.apply(`${configFolder}/crd/bases`);
  await controlPlane.kubectl('wait', '--for=condition=Established', '--timeout=60s', 'crd', '--all');
  const text = await readFile(`${configFolder}/manifests/metallb-native.yaml`, 'utf8');
  const manifests = parseAllDocuments(text).map((document) => document.toJS() as Manifest);
  await controlPlane.apply(manifests.filter(({ kind }) => !LEFT_OUT.has(kind)).map(withoutWebhook));
}

/** A speaker that met nobody when it started looks for the others' Pods every minute. */
const MEET_WITHIN = 90_000;

const joinOf = (node: string) => new RegExp(`^(?=.*"node event":"NodeJoin").*"node name":"${node}"`);

/** The API server would have to reach the controller by the address of its Service, which takes a kube-proxy. */
const LEFT_OUT = new Set(['CustomResourceDefinition', 'ValidatingWebhookConfiguration']);

function withoutWebhook(manifest: Manifest): Manifest {
  if (manifest.kind !== 'Deployment') return manifest;
  const [controller] = (manifest as DeploymentManifest).spec.template.spec.containers;
  controller!.args.push('--webhook-mode=disabled');
  return manifest;
}

/** The speaker that runs on a node. @throws {Error} where none was started there. */
export function speakerOn(cluster: Cluster, node: string): LabProcess {
  const process = cluster.node(node).kubelet.process('speaker');
  if (!process) throw new Error(`Cannot find a speaker on ${node}: none was started`);
  return process;
}

/** Of the speaker's Pod on a node. */
export async function speakerPod(cluster: Cluster, node: string): Promise<Pod> {
  const pods = await cluster.api.list<Pod>(`${PODS}?labelSelector=component=speaker`);
  const pod = pods.find(({ spec, metadata }) => spec.nodeName === node && !metadata.deletionTimestamp);
  if (!pod) throw new Error(`Cannot find the speaker's Pod on ${node}: there is none`);
  return pod;
}

export interface ServiceObject extends KubernetesObject {
  readonly status: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string }[] } };
}

/** The first address that the Service was given, as soon as it has one. */
export async function assignedAddress(cluster: Cluster, service: string): Promise<string> {
  return await cluster.controlPlane.until<ServiceObject, string>(
    '/api/v1/namespaces/default/services',
    (services) =>
      services.find(({ metadata }) => metadata.name === service)?.status.loadBalancer?.ingress?.[0]?.ip,
  );
}

interface EventObject extends KubernetesObject {
  readonly metadata: KubernetesObject['metadata'] & { readonly resourceVersion: string };
  readonly reason: string;
  readonly message: string;
  readonly involvedObject: { readonly kind: string; readonly name: string };
}

const EVENTS = '/api/v1/namespaces/default/events';

/** The node of the latest `nodeAssigned` event for the Service; undefined: there was none. */
export async function announcingNode(cluster: Cluster, service: string): Promise<string | undefined> {
  return latestNode(await cluster.api.list<EventObject>(EVENTS), service);
}

/** The same, as soon as `accept` accepts it. */
export async function untilAnnouncedBy(
  cluster: Cluster,
  service: string,
  accept: (node: string) => boolean = () => true,
): Promise<string> {
  return await cluster.controlPlane.until<EventObject, string>(EVENTS, (events) => {
    const node = latestNode(events, service);
    return node !== undefined && accept(node) ? node : undefined;
  });
}

/** An event's own times are whole seconds; resource versions count every write. */
function latestNode(events: readonly EventObject[], service: string): string | undefined {
  const latest = events
    .filter(({ reason, involvedObject }) => reason === 'nodeAssigned' && involvedObject.name === service)
    .toSorted((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
    .at(-1);
  return /announcing from node "([^"]+)" with protocol "layer2"/.exec(latest?.message ?? '')?.[1];
}

interface L2Status extends KubernetesObject {
  /** Written after the object was made. */
  readonly status?: { readonly node: string; readonly serviceName: string };
}

/** The nodes that say, by a ServiceL2Status, that they announce the Service. */
export async function l2Statuses(cluster: Cluster, service: string): Promise<string[]> {
  const path = `/apis/metallb.io/v1beta1/namespaces/${METALLB_NAMESPACE}/servicel2statuses`;
  const statuses = await cluster.api.list<L2Status>(path);
  return statuses.flatMap(({ status }) => (status?.serviceName === service ? [status.node] : []));
}

const SPEAKERS_TALK = 'meta l4proto { tcp, udp } th';

/** Drops what the node's speaker and the others say to each other, and nothing else on the LAN. */
export async function silenceSpeaker(node: Host): Promise<void> {
  const chains = ['input', 'output'].flatMap((hook) => [
    `add chain inet silence ${hook} { type filter hook ${hook} priority 0; }`,
    ...['sport', 'dport'].map((port) => `add rule inet silence ${hook} ${SPEAKERS_TALK} ${port} 7946 drop`),
  ]);
  const path = '/run/lab/silence.nft';
  await node.writeFile(path, ['add table inet silence', ...chains, ''].join('\n'));
  await node.run(['sh', '-c', `nft -f ${path}`]);
}

/** Undoes {@link silenceSpeaker}. */
export async function letSpeakerTalk(node: Host): Promise<void> {
  await node.run(['sh', '-c', 'nft delete table inet silence']);
}
