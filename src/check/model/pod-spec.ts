// What a Pod, or the template of one, asks for: where it may run, what it mounts, and as whom.
import { at, items, textAt, textsAt } from '../../base/json.ts';
import { type LabelSelector, parseSelector, selects } from '../../cluster/objects/selector.ts';
import { numberAt, type StringMap, stringsAt } from './object.ts';

export interface Toleration {
  /** Null: every taint. */
  readonly key: string | null;
  readonly operator: 'Exists' | 'Equal';
  readonly value: string;
  /** Null: every effect. */
  readonly effect: string | null;
  /** Null: for ever. */
  readonly seconds: number | null;
}

export interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: string;
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly words: readonly string[];
  /** Null: the Pod's, or the image's. */
  readonly runAsUser: number | null;
  readonly runAsNonRoot: boolean | null;
  readonly mounts: readonly { readonly volume: string; readonly path: string }[];
}

/** One of several ways to be placed: all of its requirements hold. */
interface NodeTerm {
  /** Null: it cannot be judged, and is taken to hold. */
  readonly labels: LabelSelector | null;
  readonly names: readonly string[] | null;
}

export interface PodSpec {
  readonly hostNetwork: boolean;
  readonly hostPorts: readonly number[];
  readonly nodeName: string | null;
  readonly nodeSelector: StringMap;
  /** Required; null: none is. */
  readonly terms: readonly NodeTerm[] | null;
  readonly tolerations: readonly Toleration[];
  readonly claims: readonly { readonly volume: string; readonly claim: string }[];
  readonly containers: readonly Container[];
  readonly initContainers: readonly Container[];
  readonly runAsUser: number | null;
  readonly runAsNonRoot: boolean | null;
  readonly fsGroup: number | null;
  readonly fsGroupChangePolicy: string | null;
}

/** Of a node: the kubelet sets it to the name of its machine. */
export const HOSTNAME = 'kubernetes.io/hostname';

export function trimPodSpec(spec: unknown): PodSpec {
  const containers = items(at(spec, 'containers'));
  const volumes = items(at(spec, 'volumes'));
  const hostNetwork = at(spec, 'hostNetwork') === true;
  return {
    hostNetwork,
    // On the node's network each port of a container is one of the node's (SetDefaults_PodSpec).
    hostPorts: containers.flatMap((container) =>
      items(at(container, 'ports')).flatMap(
        (port) => numberAt(port, 'hostPort') || (hostNetwork && numberAt(port, 'containerPort')) || [],
      ),
    ),
    nodeName: textAt(spec, 'nodeName') ?? null,
    nodeSelector: stringsAt(spec, 'nodeSelector'),
    terms: termsOf(spec),
    tolerations: items(at(spec, 'tolerations')).map(tolerationOf),
    claims: volumes.flatMap((volume) => {
      const claim = textAt(volume, 'persistentVolumeClaim', 'claimName');
      return claim === undefined ? [] : [{ volume: textAt(volume, 'name') ?? '', claim }];
    }),
    containers: containers.map(containerOf),
    initContainers: items(at(spec, 'initContainers')).map(containerOf),
    ...userOf(at(spec, 'securityContext')),
    fsGroup: numberAt(spec, 'securityContext', 'fsGroup') ?? null,
    fsGroupChangePolicy: textAt(spec, 'securityContext', 'fsGroupChangePolicy') ?? null,
  };
}

function userOf(context: unknown) {
  const nonRoot = at(context, 'runAsNonRoot');
  return {
    runAsUser: numberAt(context, 'runAsUser') ?? null,
    runAsNonRoot: typeof nonRoot === 'boolean' ? nonRoot : null,
  };
}

function containerOf(raw: unknown): Container {
  return {
    name: textAt(raw, 'name') ?? '',
    image: textAt(raw, 'image') ?? '',
    words: [...textsAt(raw, 'command'), ...textsAt(raw, 'args')],
    ...userOf(at(raw, 'securityContext')),
    mounts: items(at(raw, 'volumeMounts')).map((mount) => ({
      volume: textAt(mount, 'name') ?? '',
      path: textAt(mount, 'mountPath') ?? '',
    })),
  };
}

function tolerationOf(raw: unknown): Toleration {
  return {
    key: textAt(raw, 'key') ?? null,
    operator: textAt(raw, 'operator') === 'Exists' ? 'Exists' : 'Equal',
    value: textAt(raw, 'value') ?? '',
    effect: textAt(raw, 'effect') ?? null,
    seconds: numberAt(raw, 'tolerationSeconds') ?? null,
  };
}

function termsOf(spec: unknown): NodeTerm[] | null {
  const required = at(spec, 'affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution');
  return nodeTerms(required);
}

/** Of a NodeSelector, as Pods and volumes have it; null where there is none. */
export function nodeTerms(selector: unknown): NodeTerm[] | null {
  const terms = items(at(selector, 'nodeSelectorTerms'));
  if (terms.length === 0) return null;
  return terms.map((term) => {
    const names = items(at(term, 'matchFields'))
      .filter((field) => textAt(field, 'key') === 'metadata.name' && textAt(field, 'operator') === 'In')
      .flatMap((field) => textsAt(field, 'values'));
    // A comparison of numbers (Gt, Lt) is no label selector's.
    const labels = parseSelector({ matchExpressions: items(at(term, 'matchExpressions')) }) ?? null;
    return { labels, names: names.length > 0 ? names : null };
  });
}

/** The nodes that terms name; null where some term goes by something else than the name of a node. */
export function nodesNamed(terms: readonly NodeTerm[]): string[] | null {
  const each = terms.map(({ labels, names }) => {
    return names ?? labels?.find(({ key, operator }) => key === HOSTNAME && operator === 'In')?.values;
  });
  return each.includes(undefined) ? null : [...new Set(each.flatMap((names) => names ?? []))];
}

export function termsSelect(
  terms: readonly NodeTerm[] | null,
  node: { readonly name: string; readonly labels: StringMap },
): boolean {
  if (terms === null) return true;
  return terms.some(
    ({ labels, names }) =>
      (labels === null || selects(labels, node.labels)) && (names === null || names.includes(node.name)),
  );
}

/** As the scheduler and the kubelet judge it. */
export function tolerates(tolerations: readonly Toleration[], { key, value, effect }: Taint): boolean {
  return tolerations.some(
    (one) =>
      (one.effect === null || one.effect === effect) &&
      (one.key === null ? one.operator === 'Exists' : one.key === key) &&
      (one.operator === 'Exists' || one.value === value),
  );
}

/** Whom a container runs as: null where only its image knows, which usually means root. */
export function userOfContainer(spec: PodSpec, container: Container): number | 'not root' | null {
  const user = container.runAsUser ?? spec.runAsUser;
  if (user !== null) return user;
  return (container.runAsNonRoot ?? spec.runAsNonRoot) === true ? 'not root' : null;
}
