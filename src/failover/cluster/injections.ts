// What a failover test does to a cluster, and how that is undone. Both can be called again at any time, by another agent
// as well: only what carries the test's mark is taken away.

import { at, items, textAt } from '../../base/json.ts';
import { type Micros, SECOND } from '../../base/time.ts';
import { EXCLUDE_LABEL, TEST_TAINT } from '../../cluster/objects/node.ts';
import { LONGEST_FREEZE } from '../failover-test.ts';
import type { Injection } from '../object.ts';
import type { ApiObjects, ObjectAnswer } from './api-objects.ts';
import { freezerPod } from './freezer-pod.ts';

export interface PodName {
  readonly namespace: string;
  readonly name: string;
}

export interface InjectionContext {
  readonly objects: ApiObjects;
  /** This agent's. */
  readonly ownPod: PodName;
  /** The speaker on a node. */
  readonly speakerOn: (node: string) => PodName | undefined;
  readonly mark: string;
  /** How long a speaker stays frozen where nobody ends that sooner. */
  readonly freezeFor: Micros;
  /** How long it has been tried to undo it. */
  readonly undoingFor: Micros;
}

export type InjectionOutcome =
  | 'done'
  /** The next attempt may work. */
  | 'again'
  /** There is no such object. */
  | 'absent'
  | { readonly refused: string };

export type UndoOutcome =
  | 'done'
  /** As far as it can be, and what is to be said of it. */
  | { readonly done: string }
  /** The next attempt may work. */
  | 'again'
  /** It will not work before somebody does something about it. */
  | { readonly refused: string };

/** The speaker goes on by itself, and a node that is alive has told of the Pod's end long before. */
const FREEZER_GONE_WITHIN = LONGEST_FREEZE + 20 * SECOND;
/** A process that was ended by a signal has this exit code and the signal's number. */
const KILLED = 128;
/** Of a node that somebody else writes at the same time. */
const ATTEMPTS = 5;

const NODES = '/api/v1/nodes';

export async function inject(
  { mode, node }: Injection,
  context: InjectionContext,
): Promise<InjectionOutcome> {
  const { objects, speakerOn, mark } = context;
  if (mode === 'drain') {
    return await changeNode(objects, node, (raw) => {
      const present = labelOf(raw);
      if (present !== undefined && present !== mark) return { refused: `${node} has the label already` };
      return { metadata: { labels: { [EXCLUDE_LABEL]: mark } } };
    });
  }
  const speaker = speakerOn(node);
  if (!speaker) return { refused: `the speaker's Pod on ${node} is gone` };
  if (mode === 'freeze') return await freeze(node, speaker, context);
  const tainted = await changeNode(objects, node, (raw) => {
    const others = taintsOf(raw).filter((taint) => !isOurs(taint, mark));
    return { spec: { taints: [...others, { key: TEST_TAINT, value: mark, effect: 'NoSchedule' }] } };
  });
  if (tainted !== 'done') return tainted;
  const deleted = outcomeOf(await objects.delete(podPath(speaker)));
  return deleted === 'absent' ? { refused: `the speaker's Pod on ${node} is gone` } : deleted;
}

export async function undo({ mode, node }: Injection, context: InjectionContext): Promise<UndoOutcome> {
  const { objects, mark } = context;
  switch (mode) {
    case 'drain':
      return await undone(node, objects, (raw) =>
        labelOf(raw) === mark ? { metadata: { labels: { [EXCLUDE_LABEL]: null } } } : null,
      );
    case 'delete-pod':
      return await undone(node, objects, (raw) => {
        const taints = taintsOf(raw);
        const others = taints.filter((taint) => !isOurs(taint, mark));
        return others.length === taints.length ? null : { spec: { taints: others } };
      });
    case 'freeze':
      return await thaw(node, context);
    default:
      return mode satisfies never;
  }
}

/** Where the right to change a node was taken away, somebody else may have done it by hand: to see that needs another right. */
async function undone(node: string, objects: ApiObjects, changeOf: NodeChange): Promise<UndoOutcome> {
  const outcome = await changeNode(objects, node, changeOf);
  if (outcome === 'again') return 'again';
  // On a node that is there no more, it is done.
  if (outcome === 'done' || outcome === 'absent') return 'done';
  const found = await oneOf(objects, NODES, node);
  return found === null || (found !== undefined && changeOf(found) === null) ? 'done' : outcome;
}

/** The speaker's process is told to go on when the freezer is told to end; it is over when the freezer is gone. */
async function thaw(node: string, context: InjectionContext): Promise<UndoOutcome> {
  const { objects, ownPod, mark, undoingFor } = context;
  const pods = podsOf(ownPod.namespace);
  const found = await oneOf(objects, pods, mark);
  const killed = killedText(found, node);
  const answer = await objects.delete(podPath({ namespace: ownPod.namespace, name: mark }));
  const isOver = ['Failed', 'Succeeded'].includes(textAt(found, 'status', 'phase') ?? '');
  if (killed !== null && (answer.ok || isOver)) return { done: killed };
  if (!answer.ok) {
    if (answer.problem === 'not-served' || found === null) return 'done';
    if (isOver) return { done: `The freezer has ended; its Pod ${mark} stays: ${answer.detail}.` };
    const outcome = outcomeOf(answer);
    return typeof outcome === 'object' ? outcome : 'again';
  }
  if ((await oneOf(objects, pods, mark)) === null) return 'done';
  if (undoingFor < FREEZER_GONE_WITHIN) return 'again';
  return {
    done: `${node} does not say that the freezer's Pod has ended; it lets the speaker continue by itself after ${LONGEST_FREEZE / SECOND} s.`,
  };
}

/** Null where it was not killed: then it has let the speaker go on. */
function killedText(pod: unknown, node: string): string | null {
  const [status] = items(at(pod, 'status', 'containerStatuses'));
  const exitCode = at(status, 'state', 'terminated', 'exitCode');
  if (typeof exitCode !== 'number' || exitCode <= KILLED) return null;
  const reason = textAt(status, 'state', 'terminated', 'reason') ?? 'Error';
  return `The freezer on ${node} was killed (${reason}): if it had stopped the speaker, the speaker stays stopped until its liveness probe restarts it.`;
}

/** Every agent may list nodes, and its namespace's Pods. Null: it is not there; undefined: that cannot be told. */
async function oneOf(
  objects: ApiObjects,
  collection: string,
  name: string,
): Promise<unknown | null | undefined> {
  const query = new URLSearchParams({ fieldSelector: `metadata.name=${name}` });
  const answer = await objects.list(`${collection}?${query}`);
  return answer.ok ? (items(at(answer.object, 'items'))[0] ?? null) : undefined;
}

async function freeze(
  node: string,
  speaker: PodName,
  { objects, ownPod, mark, freezeFor }: InjectionContext,
): Promise<InjectionOutcome> {
  const own = await objects.get(podPath(ownPod));
  if (!own.ok) return outcomeOf(own);
  const pod = freezerPod(own.object, {
    name: mark,
    node,
    speaker: speaker.name,
    seconds: freezeFor / SECOND,
  });
  const made = await objects.create(podsOf(ownPod.namespace), pod);
  // In the way is the one that was made before.
  if (!made.ok && made.problem !== 'conflict') return outcomeOf(made);
  const freezer = await objects.get(podPath({ namespace: ownPod.namespace, name: mark }));
  if (!freezer.ok) return outcomeOf(freezer);
  switch (textAt(freezer.object, 'status', 'phase')) {
    case 'Running':
      return 'done';
    case 'Failed':
    case 'Succeeded':
      return { refused: `the freezer on ${node} has ended: ${lastWords(freezer.object)}` };
    default:
      return 'again';
  }
}

function lastWords(pod: unknown): string {
  const [status] = items(at(pod, 'status', 'containerStatuses'));
  const reason = textAt(pod, 'status', 'message');
  return textAt(status, 'state', 'terminated', 'message')?.trim() ?? reason ?? 'it does not say why';
}

/** A merge patch; null where there is nothing to change. */
type NodeChange = (
  raw: unknown,
) => { readonly metadata?: object; readonly spec?: object } | { readonly refused: string } | null;

async function changeNode(
  objects: ApiObjects,
  node: string,
  changeOf: NodeChange,
): Promise<InjectionOutcome> {
  const path = `${NODES}/${encodeURIComponent(node)}`;
  for (let attempt = 1; ; attempt += 1) {
    const found = await objects.get(path);
    if (!found.ok) return outcomeOf(found);
    const change = changeOf(found.object);
    if (change === null) return 'done';
    if ('refused' in change) return change;
    // A list of taints is written as a whole: another's, added meanwhile, must not get lost.
    const resourceVersion = textAt(found.object, 'metadata', 'resourceVersion');
    const answer = await objects.patch(path, {
      ...change,
      metadata: { ...change.metadata, resourceVersion },
    });
    if (answer.ok || answer.problem !== 'conflict' || attempt === ATTEMPTS) return outcomeOf(answer);
  }
}

function outcomeOf(answer: ObjectAnswer): InjectionOutcome {
  if (answer.ok) return 'done';
  switch (answer.problem) {
    case 'not-served':
      return 'absent';
    case 'forbidden':
    case 'server-error':
      return { refused: answer.detail };
    default:
      return 'again';
  }
}

function labelOf(node: unknown): string | undefined {
  const label = at(node, 'metadata', 'labels', EXCLUDE_LABEL);
  return typeof label === 'string' ? label : undefined;
}

function taintsOf(node: unknown): readonly unknown[] {
  return items(at(node, 'spec', 'taints'));
}

function isOurs(taint: unknown, mark: string): boolean {
  return textAt(taint, 'key') === TEST_TAINT && textAt(taint, 'value') === mark;
}

function podPath({ namespace, name }: PodName): string {
  return `${podsOf(namespace)}/${name}`;
}

function podsOf(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/pods`;
}
