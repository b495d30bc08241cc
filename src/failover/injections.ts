// What a failover test does to a cluster, and how that is undone. Both can be called again at any time, by another agent
// as well: only what carries the test's mark is taken away.
import { EXCLUDE_LABEL, TEST_TAINT } from '../cluster/node.ts';
import { at, items, textAt } from '../cluster/untyped.ts';
import type { ApiObjects, ObjectAnswer } from '../host/kubernetes/objects.ts';
import { type Micros, SECOND } from '../net/time.ts';
import type { Injection } from '../probe/test-object.ts';
import { freezerPod } from './freezer-pod.ts';

export interface PodName {
  readonly namespace: string;
  readonly name: string;
}

export interface InjectionContext {
  readonly objects: Pick<ApiObjects, 'get' | 'create' | 'patch' | 'delete'>;
  /** This agent's. */
  readonly ownPod: PodName;
  /** The speaker on a node. */
  readonly speakerOn: (node: string) => PodName | undefined;
  readonly mark: string;
  /** How long a speaker stays frozen where nobody ends that sooner. */
  readonly freezeFor: Micros;
}

export type InjectionOutcome =
  | 'done'
  /** The next attempt may work. */
  | 'again'
  /** There is no such object. */
  | 'absent'
  | { readonly refused: string };

/** Of a node that somebody else writes at the same time. */
const ATTEMPTS = 5;

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

export async function undo({ mode, node }: Injection, context: InjectionContext): Promise<InjectionOutcome> {
  const { objects, mark } = context;
  switch (mode) {
    case 'drain':
      return undone(
        await changeNode(objects, node, (raw) =>
          labelOf(raw) === mark ? { metadata: { labels: { [EXCLUDE_LABEL]: null } } } : null,
        ),
      );
    case 'delete-pod':
      return undone(
        await changeNode(objects, node, (raw) => {
          const taints = taintsOf(raw);
          const others = taints.filter((taint) => !isOurs(taint, mark));
          return others.length === taints.length ? null : { spec: { taints: others } };
        }),
      );
    case 'freeze':
      return await thaw(context);
    default:
      return mode satisfies never;
  }
}

/** The speaker's process is told to go on when the freezer is told to end; it is over when the freezer is gone. */
async function thaw({ objects, ownPod, mark }: InjectionContext): Promise<InjectionOutcome> {
  const path = podPath({ namespace: ownPod.namespace, name: mark });
  const answer = await objects.delete(path);
  if (!answer.ok) return answer.problem === 'not-served' ? 'done' : 'again';
  const left = await objects.get(path);
  return !left.ok && left.problem === 'not-served' ? 'done' : 'again';
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
  const made = await objects.create(`/api/v1/namespaces/${ownPod.namespace}/pods`, pod);
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

/** @param changeOf a merge patch; null where there is nothing to change. */
async function changeNode(
  objects: InjectionContext['objects'],
  node: string,
  changeOf: (
    raw: unknown,
  ) => { readonly metadata?: object; readonly spec?: object } | { readonly refused: string } | null,
): Promise<InjectionOutcome> {
  const path = `/api/v1/nodes/${encodeURIComponent(node)}`;
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

/** Undoing is never given up; on a node that is there no more, it is done. */
function undone(outcome: InjectionOutcome): InjectionOutcome {
  return outcome === 'done' || outcome === 'absent' ? 'done' : 'again';
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
  return `/api/v1/namespaces/${namespace}/pods/${name}`;
}
