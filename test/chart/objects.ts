// The Kubernetes objects that deploy/ makes, as far as the tests look into them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

export const ROOT = join(import.meta.dirname, '../..');
export const CHART = join(ROOT, 'deploy/chart/vipwatch');
export const MANIFESTS = join(ROOT, 'deploy/manifests/vipwatch.yaml');

export interface KubernetesObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string; readonly host?: string };
}

interface Container {
  readonly args: readonly string[];
  readonly image: string;
  readonly env: readonly object[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly securityContext: {
    readonly allowPrivilegeEscalation: boolean;
    readonly readOnlyRootFilesystem: boolean;
    readonly capabilities: { readonly drop: readonly string[]; readonly add: readonly string[] };
  };
  readonly resources: object;
  readonly volumeMounts: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly readOnly?: boolean;
  }[];
}

export interface PodTemplate {
  readonly metadata: {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly automountServiceAccountToken: boolean;
    readonly securityContext: object;
    readonly volumes: readonly object[];
    readonly containers: readonly [Container];
    readonly [field: string]: unknown;
  };
}

/** @throws {Error} where the text is not YAML. */
export function readObjects(text: string): KubernetesObject[] {
  return parseAllDocuments(text).map((document) => {
    if (document.errors[0]) throw document.errors[0];
    return document.toJS();
  });
}

export function manifestObjects(): KubernetesObject[] {
  return readObjects(readFileSync(MANIFESTS, 'utf8'));
}

export function objectsOfKind(objects: readonly KubernetesObject[], kind: string): KubernetesObject[] {
  return objects.filter((object) => object.kind === kind);
}

/** The one of this kind. */
export function objectOfKind(objects: readonly KubernetesObject[], kind: string): KubernetesObject {
  const [found, ...others] = objectsOfKind(objects, kind);
  if (!found || others.length > 0)
    throw new Error(`Expected one ${kind}, found ${others.length + (found ? 1 : 0)}`);
  return found;
}

export function podTemplate(objects: readonly KubernetesObject[]): PodTemplate {
  const { template } = objectOfKind(objects, 'DaemonSet').spec as { template: PodTemplate };
  return template;
}

/** The text of the configuration file in the ConfigMap. */
export function configText(objects: readonly KubernetesObject[]): string {
  const filled = objects.filter(
    ({ kind, data }) =>
      kind === 'ConfigMap' && typeof data === 'object' && data !== null && 'vipwatch.yaml' in data,
  );
  return (objectOfKind(filled, 'ConfigMap').data as Record<string, string>)['vipwatch.yaml']!;
}
