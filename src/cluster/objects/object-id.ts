// Reading objects that came over the network: whatever is not of the expected shape is taken to be absent.
import { type IpAddress, parseIp } from '../../net/address.ts';
import type { Shared } from './interning.ts';

/** Of namespaced objects as of others; Kubernetes allows no longer ones (RFC 1123 subdomain). */
const MAX_NAME_LENGTH = 253;

export type Labels = Readonly<Record<string, string>>;

const NO_LABELS: Labels = Object.freeze({});

/** The value under a path of keys; undefined where there is none, or null. Prototypes are not looked at. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let here = value;
  for (const key of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, key)) return undefined;
    here = (here as Record<string, unknown>)[key];
  }
  return here ?? undefined;
}

export function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Undefined for an empty text as well: the API leaves out what is empty. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

/** The texts of a list; anything else in it is left out. */
export function textsAt(value: unknown, ...path: readonly string[]): readonly string[] {
  return items(at(value, ...path)).filter((item) => typeof item === 'string');
}

export function labelsOf(value: unknown, shared: Shared): Labels {
  const labels = at(value, 'metadata', 'labels');
  if (typeof labels !== 'object' || labels === null) return NO_LABELS;
  const kept: Record<string, string> = {};
  for (const [key, label] of Object.entries(labels))
    if (typeof label === 'string') kept[key] = shared.text(label);
  return Object.keys(kept).length === 0 ? NO_LABELS : kept;
}

export interface ObjectId {
  /** Empty for what belongs to no namespace. */
  readonly namespace: string;
  readonly name: string;
  /** `namespace/name`, or the bare name of what belongs to no namespace. */
  readonly key: string;
}

export function idOf(namespace: string, name: string): ObjectId {
  return { namespace, name, key: namespace === '' ? name : `${namespace}/${name}` };
}

/** Undefined for an object without a name, or with one that Kubernetes would not allow. */
export function idOfObject(value: unknown): ObjectId | undefined {
  const name = textAt(value, 'metadata', 'name');
  const namespace = textAt(value, 'metadata', 'namespace') ?? '';
  if (name === undefined || name.length > MAX_NAME_LENGTH || namespace.length > MAX_NAME_LENGTH)
    return undefined;
  return idOf(namespace, name);
}

const IPV4_MAPPED = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;

/** As Go reads and writes an address, since MetalLB hashes that text: an IPv4-mapped one (RFC 4291, 2.5.5.2) is IPv4. */
export function addressOf(value: unknown): IpAddress | undefined {
  const address = typeof value === 'string' ? parseIp(value) : undefined;
  const mapped = address && IPV4_MAPPED.exec(address);
  if (!mapped) return address;
  const words = [Number.parseInt(mapped[1]!, 16), Number.parseInt(mapped[2]!, 16)];
  return parseIp(words.flatMap((word) => [word >> 8, word & 0xff]).join('.'));
}

/** Whether two trimmed objects say the same. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every(
    (key) =>
      Object.hasOwn(b, key) &&
      isSame((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
  );
}
