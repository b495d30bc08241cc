// What a Pod's volumes hold.
import type { ContainerPlace } from './container.ts';
import { type ConfigMapSource, fieldOf, type Pod, type ProjectedSource, type Volume } from './pod.ts';

/** Contents of files by their paths in the volume. */
type Files = ReadonlyMap<string, string | Uint8Array>;

export type VolumeContent =
  | { readonly kind: 'files'; readonly files: Files }
  | { readonly kind: 'empty' }
  | { readonly kind: 'host-folder'; readonly path: string };

/** The object that the volume is made of does not exist (yet): the kubelet tries again later. */
export class VolumeMissing extends Error {}

/** @throws {VolumeMissing} */
export async function volumeContent(volume: Volume, pod: Pod, place: ContainerPlace): Promise<VolumeContent> {
  if (volume.hostPath) return { kind: 'host-folder', path: volume.hostPath.path };
  if (volume.emptyDir) return { kind: 'empty' };
  if (volume.configMap) return { kind: 'files', files: await configMapFiles(volume.configMap, pod, place) };
  if (volume.secret) {
    const { secretName, optional } = volume.secret;
    const data = await objectData('secrets', secretName, optional, pod, place);
    return { kind: 'files', files: new Map(data.map(([key, value]) => [key, Buffer.from(value, 'base64')])) };
  }
  if (volume.projected) {
    const parts = await Promise.all(
      volume.projected.sources.map((source) => projectedFiles(source, pod, place)),
    );
    return { kind: 'files', files: new Map(parts.flatMap((files) => [...files])) };
  }
  throw new Error(`Cannot fill the volume ${volume.name}: its kind is unknown`);
}

async function projectedFiles(source: ProjectedSource, pod: Pod, place: ContainerPlace): Promise<Files> {
  const { serviceAccountToken, configMap, downwardAPI } = source;
  if (configMap) return await configMapFiles(configMap, pod, place);
  if (serviceAccountToken) {
    const { path, ...request } = serviceAccountToken;
    return new Map([[path, await token(pod, place, request)]]);
  }
  const items = downwardAPI?.items ?? [];
  return new Map(
    items.map(({ path, fieldRef }) => [path, fieldOf(pod, place.hostIp, fieldRef.fieldPath) ?? '']),
  );
}

/** Bound to the Pod: the API server refuses it when the Pod is gone. */
async function token(
  pod: Pod,
  { controlPlane }: ContainerPlace,
  request: { readonly expirationSeconds?: number; readonly audience?: string },
): Promise<string> {
  const { namespace, name, uid } = pod.metadata;
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${pod.spec.serviceAccountName}/token`;
  const { status } = await controlPlane.api.create<{ status: { token: string } }>(path, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: {
      audiences: request.audience ? [request.audience] : [],
      expirationSeconds: request.expirationSeconds ?? 3600,
      boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
    },
  });
  return status.token;
}

async function configMapFiles(source: ConfigMapSource, pod: Pod, place: ContainerPlace): Promise<Files> {
  const data = await objectData('configmaps', source.name, source.optional, pod, place);
  const { items } = source;
  if (!items) return new Map(data);
  const values = new Map(data);
  return new Map(items.map(({ key, path }) => [path, values.get(key) ?? '']));
}

async function objectData(
  kind: 'configmaps' | 'secrets',
  name: string,
  optional: boolean | undefined,
  pod: Pod,
  { controlPlane }: ContainerPlace,
): Promise<[string, string][]> {
  const path = `/api/v1/namespaces/${pod.metadata.namespace}/${kind}/${name}`;
  const found = await controlPlane.api.find<{ data?: Record<string, string> }>(path);
  if (!found && !optional) throw new VolumeMissing(`${path} does not exist`);
  return Object.entries(found?.data ?? {});
}
