// What every object has that a check may speak of.
import { at, textAt } from '../../base/json.ts';
import { idOfObject } from '../../cluster/objects/object-id.ts';

/** Where an object was read; absent in the API's. */
export interface Source {
  readonly file: string;
  /** Null: its format does not tell. */
  readonly line: number | null;
}

export interface CheckedObject {
  readonly kind: string;
  /** Empty for what belongs to no namespace, and where a file leaves it out. */
  readonly namespace: string;
  readonly name: string;
  /** The annotation that says which checks not to tell of it, and why. */
  readonly ignore: string | null;
  readonly source: Source | null;
}

const IGNORE_ANNOTATION = 'vipwatch.dev/ignore';

export type StringMap = Readonly<Record<string, string>>;

const NOTHING: StringMap = Object.freeze({});

/** Undefined for an object without a name. */
export function headOf(raw: unknown, kind: string, source: Source | null): CheckedObject | undefined {
  const id = idOfObject(raw);
  if (id === undefined) return undefined;
  const ignore = textAt(raw, 'metadata', 'annotations', IGNORE_ANNOTATION) ?? null;
  // Kubernetes allows none of them in a name; a file may have them.
  const plain = (text: string) => text.replaceAll(/\p{Cc}/gu, '?');
  return { kind, namespace: plain(id.namespace), name: plain(id.name), ignore, source };
}

/** `namespace/name`, or the bare name. */
export function keyOf({ namespace, name }: Pick<CheckedObject, 'namespace' | 'name'>): string {
  return namespace === '' ? name : `${namespace}/${name}`;
}

/** `Deployment traefik/traefik`. */
export function nameOf(object: Pick<CheckedObject, 'kind' | 'namespace' | 'name'>): string {
  return `${object.kind} ${keyOf(object)}`;
}

/** Of a map whose values are texts; others are left out. */
export function stringsAt(raw: unknown, ...path: readonly string[]): StringMap {
  const found = at(raw, ...path);
  if (typeof found !== 'object' || found === null) return NOTHING;
  const entries = Object.entries(found).filter(([, value]) => typeof value === 'string');
  return entries.length === 0 ? NOTHING : Object.fromEntries(entries);
}

/** Undefined for what is no number. */
export function numberAt(raw: unknown, ...path: readonly string[]): number | undefined {
  const found = at(raw, ...path);
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined;
}

/** By the wall clock, in milliseconds; null where it is not known, as in a file. */
export function createdMs(raw: unknown): number | null {
  const at = Date.parse(textAt(raw, 'metadata', 'creationTimestamp') ?? '');
  return Number.isNaN(at) ? null : at;
}

/** Whether a selector that names labels alone, as a Service's does, is met. An empty one selects nothing. */
export function isSelected(selector: StringMap, labels: StringMap): boolean {
  const wanted = Object.entries(selector);
  return (
    wanted.length > 0 && wanted.every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value)
  );
}
