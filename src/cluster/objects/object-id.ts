// What all objects of the API have: names, labels, conditions; and how they are told apart.
import { at, items, textAt } from '../../base/json.ts';
import { type IpAddress, parseIp } from '../../net/address.ts';
import type { Interning } from './interning.ts';

/** Of namespaced objects as of others; Kubernetes allows no longer ones (RFC 1123 subdomain). */
const MAX_NAME_LENGTH = 253;

export type Labels = Readonly<Record<string, string>>;

const NO_LABELS: Labels = Object.freeze({});

export function labelsOf(value: unknown, interning: Interning): Labels {
  const labels = at(value, 'metadata', 'labels');
  if (typeof labels !== 'object' || labels === null) return NO_LABELS;
  const kept: Record<string, string> = {};
  for (const [key, label] of Object.entries(labels))
    if (typeof label === 'string') kept[key] = interning.text(label);
  return Object.keys(kept).length === 0 ? NO_LABELS : kept;
}

/** A condition in the status of a Pod or a Node. */
export function conditionOf(raw: unknown, type: string): unknown {
  return items(at(raw, 'status', 'conditions')).find((condition) => textAt(condition, 'type') === type);
}

export function isReady(raw: unknown): boolean {
  return textAt(conditionOf(raw, 'Ready'), 'status') === 'True';
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
