// MetalLB's speaker Pods. The speakers know of each other through memberlist, on the wire; the API shows only their Pods.
// What their Pods prove stands in for it, and what they leave open is said to be open.
import { at, items, textAt, textsAt } from '../../base/json.ts';
import type { Interning } from './interning.ts';
import { versionOfImage, versionText } from './metallb-version.ts';
import { isReady, type ObjectId } from './object-id.ts';
import { kept, type Trimmed, UNINTERESTING } from './trimmed.ts';

/**
 * `up`: the Pod is ready. `down`: its process does not run. `doubtful`: anything else. A speaker that just started is a
 * member at least ten seconds before its Pod is ready; that of a node which lost its kubelet is still one when its Pod
 * no longer is; that of a node which lost its power is none long before.
 */
export type SpeakerState = 'up' | 'doubtful' | 'down';

/** What the speakers' command line and environment change of the election. */
export interface SpeakerSettings {
  /** `--lb-class`; null: Services without a class. */
  readonly loadBalancerClass: string | null;
  /** `--ignore-exclude-lb`. */
  readonly ignoreExcludeLabel: boolean;
  /** False: every node is taken to have a living speaker. */
  readonly memberlist: boolean;
}

export interface SpeakerObject {
  readonly namespace: string;
  /** The Pod's. */
  readonly name: string;
  readonly node: string;
  readonly state: SpeakerState;
  /** Null where the Pod does not show them. */
  readonly settings: SpeakerSettings | null;
  /** Of MetalLB, as `0.16.2`; null where its image does not tell. */
  readonly version: string | null;
  /** TCP and UDP. */
  readonly memberlistPort: number;
  /** What the speakers tell each other is encrypted. */
  readonly hasMemberlistKey: boolean;
}

const MEMBERLIST_PORT = 7946;
const NODE_NAME = 'METALLB_NODE_NAME';

/** A Pod found by the labels of MetalLB's manifests, or by those of its Helm chart. */
export function trimSpeaker(
  raw: unknown,
  { namespace, name }: ObjectId,
  interning: Interning,
): Trimmed<SpeakerObject> {
  const container = items(at(raw, 'spec', 'containers')).find(isSpeaker);
  const labels = at(raw, 'metadata', 'labels');
  const labelled =
    textAt(labels, 'app') === 'metallb' || textAt(labels, 'app.kubernetes.io/name') === 'metallb';
  // The chart can be given another name; then the container tells it from other programs' speakers.
  if (!labelled && !container) return UNINTERESTING;
  const node = textAt(raw, 'spec', 'nodeName');
  // Not scheduled yet.
  if (node === undefined) return UNINTERESTING;
  const settings = container === undefined ? null : settingsOf(container);
  const version = versionOfImage(textAt(container, 'image') ?? '');
  const port = flagOf(container, 'ml-bindport', 'METALLB_ML_BIND_PORT');
  return kept({
    namespace: interning.text(namespace),
    name,
    node: interning.text(node),
    state: stateOf(raw, textAt(container, 'name')),
    settings,
    version: version === undefined ? null : interning.text(versionText(version)),
    memberlistPort: Number(port) || MEMBERLIST_PORT,
    hasMemberlistKey: flagOf(container, 'ml-secret-key-path', 'METALLB_ML_SECRET_KEY_PATH') !== '',
  });
}

function isSpeaker(container: unknown): boolean {
  return items(at(container, 'env')).some((variable) => textAt(variable, 'name') === NODE_NAME);
}

function stateOf(pod: unknown, containerName = 'speaker'): SpeakerState {
  const phase = textAt(pod, 'status', 'phase');
  if (phase === 'Failed' || phase === 'Succeeded' || phase === 'Pending') return 'down';
  const container = items(at(pod, 'status', 'containerStatuses')).find(
    (status) => textAt(status, 'name') === containerName,
  );
  if (container !== undefined && at(container, 'state', 'running') === undefined) return 'down';
  if (at(pod, 'metadata', 'deletionTimestamp') !== undefined) return 'doubtful';
  return isReady(pod) ? 'up' : 'doubtful';
}

function settingsOf(container: unknown): SpeakerSettings {
  const flags = flagsOf([...textsAt(container, 'command'), ...textsAt(container, 'args')]);
  const set = (flag: string, variable: string) =>
    flags.has(flag) ? flags.get(flag) !== '' : isSet(container, variable);
  return {
    loadBalancerClass: flags.get('lb-class') || null,
    // As Go's flag package reads a boolean; anything else would not have started.
    ignoreExcludeLabel: /^(1|t|true)$/i.test(flags.get('ignore-exclude-lb') ?? ''),
    memberlist: set('ml-bindaddr', 'METALLB_ML_BIND_ADDR') && set('ml-labels', 'METALLB_ML_LABELS'),
  };
}

/** Empty where neither the flag nor the variable is set. */
function flagOf(container: unknown, flag: string, name: string): string {
  const flags = flagsOf([...textsAt(container, 'command'), ...textsAt(container, 'args')]);
  return flags.get(flag) ?? variableOf(container, name) ?? '';
}

/** `--flag=value`, `-flag value` and a bare `--flag`, which means true. */
function flagsOf(words: readonly string[]): Map<string, string> {
  const flags = new Map<string, string>();
  words.forEach((word, i) => {
    const [, name, value] = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === undefined) return;
    const next = words[i + 1];
    const separate = next !== undefined && !next.startsWith('-') ? next : 'true';
    flags.set(name, value ?? separate);
  });
  return flags;
}

function isSet(container: unknown, name: string): boolean {
  return variableOf(container, name) !== undefined;
}

/** `set` where its value comes from elsewhere. */
function variableOf(container: unknown, name: string): string | undefined {
  const variable = items(at(container, 'env')).find((entry) => textAt(entry, 'name') === name);
  return textAt(variable, 'value') ?? (at(variable, 'valueFrom') === undefined ? undefined : 'set');
}

/** What all speaker Pods together say. */
export interface Speakers {
  readonly states: ReadonlyMap<string, SpeakerState>;
  /** Null where no Pod shows them. */
  readonly settings: SpeakerSettings | null;
  /** False while some run with other settings or in another namespace than others: in the middle of an upgrade, say. */
  readonly agree: boolean;
  /** MetalLB's own, whose pools and advertisements it reads; null where that is not known. */
  readonly namespace: string | null;
}

export function summarise(
  speakers: Iterable<Pick<SpeakerObject, 'namespace' | 'node' | 'state' | 'settings'>>,
): Speakers {
  const states = new Map<string, SpeakerState>();
  const settings = new Map<string, SpeakerSettings>();
  const namespaces = new Set<string>();
  for (const speaker of speakers) {
    states.set(speaker.node, livelier(speaker.state, states.get(speaker.node) ?? 'down'));
    if (speaker.settings) settings.set(JSON.stringify(speaker.settings), speaker.settings);
    namespaces.add(speaker.namespace);
  }
  return {
    states,
    settings: settings.values().next().value ?? null,
    agree: settings.size <= 1 && namespaces.size <= 1,
    namespace: namespaces.size === 1 ? namespaces.values().next().value! : null,
  };
}

/** Where one Pod replaces another on its node, the one that does better stands for both. */
function livelier(a: SpeakerState, b: SpeakerState): SpeakerState {
  if (a === 'up' || b === 'up') return 'up';
  return a === 'doubtful' || b === 'doubtful' ? 'doubtful' : 'down';
}
