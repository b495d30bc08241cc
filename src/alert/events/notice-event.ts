// A notice as an Event of the Kubernetes API, core/v1: a warning while the problem stands, and a second one once it is over.
// Which agents see the problem is written on the warning, so that all of them tell of it by one object.
import { createHash } from 'node:crypto';
import { items, textAt } from '../../base/json.ts';
import { camelCase } from '../alertmanager/alert.ts';
import type { ConcernedObject, Notice } from './notice.ts';

/** The Pods of the agents that see it, with commas between them. Absent: it is over. */
export const SEEN_BY = 'vipwatch.dev/seen-by';

const COMPONENT = 'vipwatch';
const API_VERSION: Readonly<Record<ConcernedObject['kind'], string>> = {
  Service: 'v1',
  Node: 'v1',
  IPAddressPool: 'metallb.io/v1beta1',
};
/** Bytes, the API server's own limit for what is written in the newer form of Events; `kubectl` shows it in one line. */
const MAX_MESSAGE = 1024;
const POD_NAME = /^[a-z0-9][a-z0-9.-]{0,252}$/;
/** Whoever may write Events can write anything there. */
const MAX_READ = 8;
/** Hexadecimal digits of a SHA-256. */
const HASH_LENGTH = 24;

/** The warning, as the API holds it. */
export interface WarningEvent {
  readonly resourceVersion: string;
  readonly message: string;
  /** How often the problem began. */
  readonly count: number;
  /** Agents' Pods; none: it is over. */
  readonly seenBy: readonly string[];
  /** Milliseconds since the Unix epoch; null where it cannot be read. */
  readonly lastSeen: number | null;
}

/** What is the same in all that an agent writes about one notice. */
export interface EventContext {
  readonly notice: Notice;
  /** Of the object concerned. */
  readonly uid: string;
  /** This agent's Pod. */
  readonly ownPod: string;
  /** The time, ISO 8601. */
  readonly now: string;
}

/** A Node has no namespace, and its Events are in this one, by convention and by the API server's rule. */
const NODES_NAMESPACE = 'default';

export function eventsPath({ namespace }: ConcernedObject): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace || NODES_NAMESPACE)}/events`;
}

/** The same on every agent. With the uid: an object that is made anew under its name is another one. */
export function eventName({ key, kind }: Notice, uid: string, form: 'warning' | 'over'): string {
  const hash = createHash('sha256').update(`${key} ${uid}`).digest('hex').slice(0, HASH_LENGTH);
  return `vipwatch-${kind}.${hash}${form === 'over' ? '.resolved' : ''}`;
}

export function warningEvent(context: EventContext): object {
  const { notice, uid, ownPod, now } = context;
  return {
    ...commonFields(context),
    metadata: { name: eventName(notice, uid, 'warning'), annotations: { [SEEN_BY]: ownPod } },
    type: 'Warning',
    reason: camelCase(notice.kind),
    message: warningText(notice),
    count: 1,
    firstTimestamp: inSeconds(now),
    lastTimestamp: inSeconds(now),
  };
}

/** @param count how often the problem began, and so ended: writing it again changes nothing. */
export function overEvent(context: EventContext, count: number): object {
  const { notice, uid, now } = context;
  return {
    ...commonFields(context),
    metadata: { name: eventName(notice, uid, 'over') },
    type: 'Normal',
    reason: `${camelCase(notice.kind)}Resolved`,
    ...overChange(context, count),
    firstTimestamp: inSeconds(now),
  };
}

/** What makes an earlier one of these say it again. */
export function overChange({ notice, ownPod, now }: EventContext, count: number): object {
  return {
    message: bounded(`Resolved: ${notice.message}`),
    count,
    lastTimestamp: inSeconds(now),
    reportingInstance: ownPod,
  };
}

/** What a change makes of the warning. */
export interface WarningChange {
  readonly seenBy: readonly string[];
  readonly count: number;
  /** It is seen now. */
  readonly seenNow: boolean;
}

/** Only the version that was read is changed; the API server refuses otherwise (409). */
export function warningChange(
  { notice, ownPod, now }: EventContext,
  { seenBy, count, seenNow }: WarningChange,
  { resourceVersion }: WarningEvent,
): object {
  return {
    metadata: {
      resourceVersion,
      annotations: { [SEEN_BY]: seenBy.length === 0 ? null : seenBy.join(',') },
    },
    count,
    ...(seenNow && {
      message: warningText(notice),
      lastTimestamp: inSeconds(now),
      reportingInstance: ownPod,
    }),
  };
}

/** From an Event as the API gave it; null where it is none that can be changed. */
export function readWarning(raw: unknown): WarningEvent | null {
  const resourceVersion = textAt(raw, 'metadata', 'resourceVersion');
  if (resourceVersion === undefined) return null;
  const { count } = raw as { readonly count?: unknown };
  const seenBy = (textAt(raw, 'metadata', 'annotations', SEEN_BY) ?? '').split(',');
  const lastSeen = Date.parse(textAt(raw, 'lastTimestamp') ?? '');
  return {
    resourceVersion,
    message: textAt(raw, 'message') ?? '',
    count: typeof count === 'number' && Number.isSafeInteger(count) && count > 0 ? count : 1,
    seenBy: [...new Set(seenBy.filter((name) => POD_NAME.test(name)))].slice(0, MAX_READ),
    lastSeen: Number.isNaN(lastSeen) ? null : lastSeen,
  };
}

/**
 * Where to ask for an object's uid: a list of one, since the agents may list Services and pools anyway, but get none. A
 * Node's is not asked for: `kubectl describe node` looks for Events under the node's name as well, as the kubelet writes them.
 */
export function uidPath({ kind, namespace, name }: ConcernedObject): string | null {
  const query = `?${new URLSearchParams({ fieldSelector: `metadata.name=${name}` })}`;
  switch (kind) {
    case 'Service':
      return `/api/v1/namespaces/${encodeURIComponent(namespace)}/services${query}`;
    case 'IPAddressPool':
      return `/apis/metallb.io/v1beta1/namespaces/${encodeURIComponent(namespace)}/ipaddresspools${query}`;
    case 'Node':
      return null;
    default:
      return kind satisfies never;
  }
}

/** Undefined where the object is not there. */
export function readUid(list: unknown): string | undefined {
  return textAt(items((list as { readonly items?: unknown } | null)?.items)[0], 'metadata', 'uid');
}

function commonFields({ notice, uid, ownPod }: EventContext): object {
  const { kind, namespace, name } = notice.about;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    involvedObject: {
      apiVersion: API_VERSION[kind],
      kind,
      name,
      uid,
      ...(namespace !== '' && { namespace }),
    },
    source: { component: COMPONENT },
    reportingComponent: COMPONENT,
    reportingInstance: ownPod,
  };
}

/** What the warning should say. */
export function warningText({ change, message, remedy }: Notice): string {
  const news = change === null ? '' : `${change.charAt(0).toUpperCase()}${change.slice(1)}: `;
  return bounded(`${news}${message} ${remedy}`);
}

/** An Event's own times are whole seconds. */
function inSeconds(iso: string): string {
  return `${iso.slice(0, 19)}Z`;
}

/** In UTF-8, and cut between characters. */
function bounded(text: string): string {
  const encoded = new TextEncoder().encode(text);
  if (encoded.length <= MAX_MESSAGE) return text;
  const ellipsis = '…';
  let end = MAX_MESSAGE - new TextEncoder().encode(ellipsis).length;
  // A byte of the form 10xxxxxx continues a character.
  while ((encoded[end]! & 0xc0) === 0x80) end -= 1;
  return `${new TextDecoder().decode(encoded.subarray(0, end))}${ellipsis}`;
}
