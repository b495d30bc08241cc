// Joins the findings with the Events of the Kubernetes API that tell of them.

import { type IsoTime, MILLISECOND, type Micros } from '../../base/time.ts';
import { ApiObjects, type ApiObjectsOptions, type ObjectAnswer } from '../../host/kubernetes/objects.ts';
import type { Log } from '../../host/log.ts';
import type { Intent } from '../../intent/intent.ts';
import type { IpAddress } from '../../net/address.ts';
import { changeWords } from '../../watch/finding/change-words.ts';
import type { Finding } from '../../watch/finding/finding.ts';
import type { WatchEvent } from '../../watch/view.ts';
import { type ConcernedObject, noticesOf } from './notice.ts';
import { type EventCount, NoticeBook } from './notice-book.ts';
import {
  type EventContext,
  eventName,
  eventsPath,
  overChange,
  overEvent,
  readUid,
  readWarning,
  uidPath,
  warningChange,
  warningEvent,
  warningText,
} from './notice-event.ts';
import { type Liveness, nextStep } from './notice-step.ts';
import { NOTICE_RESULTS, type NoticeOutcome, type NoticeTask } from './notice-task.ts';

export interface KubernetesEventsOptions {
  readonly kubernetes: Pick<ApiObjectsOptions, 'connection' | 'onResult'> & {
    /** Of another agent's Pod, by its name. */
    readonly livenessOf: (pod: string) => Liveness;
  };
  /** This agent's: by its name the agents know of each other. */
  readonly ownPod: { readonly namespace: string; readonly name: string };
  /** Where MetalLB's pools are. */
  readonly metallbNamespace: string;
  /** In force now. */
  readonly intent: () => Intent;
  /** This agent is among the few that ask for the address. */
  readonly isMine: (ip: IpAddress) => boolean;
  readonly now: () => Micros;
  readonly iso: IsoTime;
  readonly log: Log['logger'];
}

type Refusal = ObjectAnswer & { readonly ok: false };

const NO_RIGHT =
  "Cannot write Events for findings: the API server does not allow it. The chart's ClusterRole has that right (events: create, get, patch) where rbac.create is true; intent.kubernetes.events: false switches Events off. Retrying";

export class KubernetesEvents {
  readonly #options: KubernetesEventsOptions;
  readonly #book: NoticeBook;
  readonly #objects: ApiObjects;
  readonly #end = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #problem: Refusal['problem'] | null = null;

  constructor(options: KubernetesEventsOptions) {
    this.#options = options;
    const { kubernetes, isMine, intent } = options;
    const { connection, onResult } = kubernetes;
    this.#objects = new ApiObjects({ connection, onResult, signal: this.#end.signal });
    this.#book = new NoticeBook({
      isMine,
      agents: () => intent().nodes.length,
      livenessOf: (pod) => kubernetes.livenessOf(pod),
      random: Math.random,
    });
  }

  /** What the journal brought back: it was raised before, and is not raised again. */
  resume(findings: readonly Finding[]): void {
    for (const finding of findings) if (finding.state === 'active') this.#raise(finding, true);
    this.#arm();
  }

  tell(events: readonly WatchEvent[]): void {
    const told = events.filter((event) => event.type === 'finding');
    for (const event of told) {
      const { action, finding } = event;
      if (action === 'resolved') this.#book.resolve(finding, this.#options.now());
      else this.#raise(finding, false, action === 'changed' ? changeWords(event.changed, finding) : null);
    }
    if (told.length > 0) this.#arm();
  }

  counts(): EventCount[] {
    return NOTICE_RESULTS.map((result) => ({ result, count: this.#book.counters[result] }));
  }

  /** What is under way is given up. */
  stop(): void {
    this.#end.abort();
    clearTimeout(this.#timer);
  }

  #raise(finding: Finding, isKnown: boolean, change: string | null = null): void {
    const { intent, metallbNamespace, now } = this.#options;
    this.#book.raise(noticesOf(finding, intent(), metallbNamespace, change), finding, now(), isKnown);
  }

  /** Never at once: whoever tells of findings knows only afterwards who asks for which address. */
  #arm(): void {
    clearTimeout(this.#timer);
    const at = this.#book.nextAt();
    if (this.#end.signal.aborted || at === Number.POSITIVE_INFINITY) return;
    const wait = Math.max(1, Math.ceil((at - this.#options.now()) / MILLISECOND));
    this.#timer = setTimeout(() => void this.#work(), wait);
  }

  async #work(): Promise<void> {
    const task = this.#book.take(this.#options.now());
    if (task) {
      const outcome = await this.#carryOut(task);
      if (this.#end.signal.aborted) return;
      this.#book.settle(outcome, this.#options.now());
    }
    this.#arm();
  }

  async #carryOut(task: NoticeTask): Promise<NoticeOutcome> {
    const { notice, closing } = task;
    const { ownPod, iso, now } = this.#options;
    const uid = task.uid ?? (await this.#uidOf(notice.about));
    if (uid === undefined) return { kind: 'object-gone' };
    if (typeof uid !== 'string') return this.#refused(uid);
    const context = { notice, uid, ownPod: ownPod.name, now: iso(now()) };
    return closing === null ? await this.#writeStep(task, context) : await this.#sayOver(closing, context);
  }

  /** Undefined where the object is not there. */
  async #uidOf(about: ConcernedObject): Promise<string | undefined | Refusal> {
    const path = uidPath(about);
    if (path === null) return about.name;
    const answer = await this.#objects.get(path);
    if (answer.ok) return readUid(answer.object);
    return answer.problem === 'not-served' ? undefined : answer;
  }

  /** Reads the warning, and makes of it what it should be. */
  async #writeStep(task: NoticeTask, context: EventContext): Promise<NoticeOutcome> {
    const { notice, uid, ownPod, now } = context;
    const events = eventsPath(notice.about);
    const path = `${events}/${eventName(notice, uid, 'warning')}`;
    const found = await this.#objects.get(path);
    if (!found.ok && found.problem !== 'not-served') return this.#refused(found);
    const known = found.ok ? readWarning(found.object) : null;
    const livenessOf = (pod: string) => this.#options.kubernetes.livenessOf(pod);
    const isReworded = task.isReworded && known?.message !== warningText(notice);
    const step = nextStep(known, { ...task, isReworded, ownPod, livenessOf, now: Date.parse(now) });
    if (step.do !== 'nothing') {
      const written =
        step.do === 'create'
          ? await this.#objects.create(events, warningEvent(context))
          : await this.#objects.patch(path, warningChange(context, step.change, known!));
      if (!written.ok) return this.#notWritten(written, step.do === 'create');
    }
    this.#log(null, '');
    return { kind: 'stepped', uid, step };
  }

  /** One Event says it each time: the first time it is made, and then counted on. */
  async #sayOver(count: number, context: EventContext): Promise<NoticeOutcome> {
    const { notice, uid } = context;
    const events = eventsPath(notice.about);
    let written = await this.#objects.create(events, overEvent(context, count));
    if (!written.ok && written.problem === 'conflict')
      written = await this.#objects.patch(
        `${events}/${eventName(notice, uid, 'over')}`,
        overChange(context, count),
      );
    if (!written.ok) return this.#notWritten(written, true);
    this.#log(null, '');
    return { kind: 'resolved' };
  }

  #notWritten(answer: Refusal, isNew: boolean): NoticeOutcome {
    // A namespace that is not there has no objects; an Event that is not there has expired since it was read.
    if (answer.problem === 'not-served') return { kind: isNew ? 'object-gone' : 'conflict' };
    const isLost = answer.problem === 'timed-out' || answer.problem === 'unreachable';
    return this.#refused(answer, isLost);
  }

  #refused({ problem, detail }: Refusal, maybeWritten = false): NoticeOutcome {
    if (problem === 'conflict') return { kind: 'conflict' };
    if (!this.#end.signal.aborted) this.#log(problem, detail);
    return { kind: 'failed', isForbidden: problem === 'forbidden', maybeWritten };
  }

  /** Once for each change. */
  #log(problem: Refusal['problem'] | null, detail: string): void {
    if (problem === this.#problem) return;
    this.#problem = problem;
    const { log } = this.#options;
    const fields = { event: 'kubernetes-events' };
    if (problem === null) log.info(fields, 'Events are written again');
    else if (problem === 'forbidden') log.warn({ ...fields, problem, detail }, NO_RIGHT);
    else log.warn({ ...fields, problem, detail }, 'Cannot write Events for findings; retrying');
  }
}
