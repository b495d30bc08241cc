// Keeps the copy of one kind of objects that somebody else holds: lists, watches, and goes on whatever happens.
import { setTimeout as sleep } from 'node:timers/promises';
import { at, items, textAt } from '../../base/json.ts';
import { MalformedAnswer, readLines, readRefusal } from './body.ts';
import { AnswerTimeout, type ApiAnswer, type ApiConnection } from './connection.ts';
import { readList } from './list-body.ts';
import {
  ANY_RESOURCE_VERSION,
  advance,
  type Outcome,
  type Problem,
  problemOf,
  type Reached,
  type Reflection,
  START,
} from './reflection.ts';

/** Where the objects go, each as the API gave it; named as client-go names them. */
export interface Copy {
  /** One that was added or changed. */
  readonly update: (object: unknown) => void;
  readonly delete: (namespace: string, name: string) => void;
  /** By a list, which may come in pages: what is not in it is gone. */
  readonly startReplace: () => {
    readonly add: (objects: readonly unknown[]) => void;
    readonly finish: () => void;
  };
  /** The kind is not served any more. */
  readonly clear: () => void;
}

export interface ReflectorOptions {
  readonly connection: Pick<ApiConnection, 'request' | 'answered'>;
  readonly path: string;
  readonly selectors: { readonly labelSelector?: string; readonly fieldSelector?: string };
  readonly copy: Copy;
  /** The state is another one. */
  readonly onChange: () => void;
  /** Told of each request, by its result. */
  readonly onResult: (verb: 'list' | 'watch', result: Problem | 'ok') => void;
}

export interface ReflectorState {
  /** A watch is open, so that the copy is what the API holds. */
  readonly watching: boolean;
  /** It was listed, or is not served or not allowed: what can be had of it is there. */
  readonly settled: boolean;
  /** Null while all is well. */
  readonly problem: Problem | null;
  /** More about the problem, in the API's or the system's words. */
  readonly detail: string | null;
}

/** Objects in one page of a list: what is parsed at once is most of the memory that a start takes. */
const PAGE = 100;
/** The server is asked to end a watch after 5 to 10 minutes, so that its watches spread over its replicas. Seconds. */
const WATCH_FOR = 300;

/** All agents learn at about the same time that the server is back: they spread over so much time. Milliseconds. */
const HURRY_WITHIN = 1_000;

/** The status of an answer to a request that the server does not understand. */
const BAD_REQUEST = 400;

const EMPTY: ReflectorState = { watching: false, settled: false, problem: null, detail: null };

export class Reflector {
  readonly #options: ReflectorOptions;
  #state = EMPTY;
  #detail: string | null = null;
  #selectors: ReflectorOptions['selectors'];
  /** It came back early since all was well: a server that fails it again is left its rest. */
  #hurried = false;

  constructor(options: ReflectorOptions) {
    this.#options = options;
    this.#selectors = options.selectors;
  }

  get state(): ReflectorState {
    return this.#state;
  }

  /** Goes on until the signal aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    let reflection = START;
    while (!signal.aborted) {
      await this.#rest(reflection, signal);
      if (signal.aborted) return;
      const outcome = await this.#take(reflection, signal);
      if (signal.aborted) return;
      reflection = advance(reflection, outcome, Math.random());
      if (reflection.failures === 0) this.#hurried = false;
      this.#note(reflection, outcome);
    }
  }

  /** For as long as told; where the server was away, until it answers somebody else: then it is back. */
  async #rest({ wait, problem }: Reflection, signal: AbortSignal): Promise<void> {
    const rested = new AbortController();
    const either = AbortSignal.any([signal, rested.signal]);
    const pause = sleep(wait, false, { signal: either }).catch(() => false);
    const isAway = problem === 'unreachable' || problem === 'timed-out';
    const isBack = await (isAway && !this.#hurried
      ? Promise.race([pause, this.#options.connection.answered(either)])
      : pause);
    rested.abort();
    if (!isBack) return;
    this.#hurried = true;
    await sleep(Math.random() * HURRY_WITHIN, undefined, { signal }).catch(() => {});
  }

  async #take({ next }: Reflection, signal: AbortSignal): Promise<Outcome> {
    const { onResult } = this.#options;
    if (next.do === 'watch') return this.#watch(next.resourceVersion, signal);
    try {
      const outcome = await this.#list(next.reached, signal);
      onResult('list', outcome.kind === 'failed' ? outcome.problem : 'ok');
      return outcome;
    } catch (error) {
      const outcome = this.#failure(error, null);
      onResult('list', outcome.problem);
      return outcome;
    }
  }

  async #list(reached: Reached, signal: AbortSignal): Promise<Outcome> {
    const { connection, copy } = this.#options;
    const replacement = copy.startReplace();
    let page = firstPage(reached);
    // What was listed half stays: a list that breaks off takes nothing away.
    for (;;) {
      const path = this.#pathWith(page);
      const answer = await connection.request({ method: 'GET', path, compressed: true, signal });
      const problem = this.#problemOf(answer);
      if (problem !== null) return this.#refusal(problem, await readRefusal(answer.body), answer, null);
      const document = await readList(answer.body, (objects) => replacement.add(objects));
      const resourceVersion = textAt(document, 'metadata', 'resourceVersion');
      if (!Array.isArray(at(document, 'items')) || resourceVersion === undefined)
        throw new MalformedAnswer('not a list of objects');
      const more = textAt(document, 'metadata', 'continue');
      if (more === undefined) {
        replacement.finish();
        return { kind: 'listed', resourceVersion };
      }
      page = { limit: String(PAGE), continue: more };
    }
  }

  async #watch(from: string, signal: AbortSignal): Promise<Outcome> {
    const { connection, onResult } = this.#options;
    let resourceVersion = from;
    let openedAt: number | undefined;
    try {
      const path = this.#pathWith({
        watch: 'true',
        allowWatchBookmarks: 'true',
        resourceVersion,
        timeoutSeconds: String(Math.floor(WATCH_FOR * (1 + Math.random()))),
      });
      const answer = await connection.request({ method: 'GET', path, signal });
      const problem = this.#problemOf(answer);
      onResult('watch', problem ?? 'ok');
      if (problem !== null)
        return this.#refusal(problem, await readRefusal(answer.body), answer, resourceVersion);
      openedAt = performance.now();
      this.#set({ watching: true, settled: true, problem: null, detail: null });
      for await (const event of readLines(answer.body)) {
        const object = at(event, 'object');
        if (textAt(event, 'type') === 'ERROR') {
          const code = at(object, 'code');
          const status = typeof code === 'number' ? (problemOf(code) ?? 'server-error') : 'server-error';
          onResult('watch', status);
          return this.#refusal(status, object, answer, resourceVersion);
        }
        this.#observe(textAt(event, 'type'), object);
        resourceVersion = textAt(object, 'metadata', 'resourceVersion') ?? resourceVersion;
      }
      return { kind: 'ended', resourceVersion, lastedMs: performance.now() - openedAt };
    } catch (error) {
      const failure = this.#failure(error, resourceVersion);
      if (openedAt === undefined || failure.problem === 'malformed') {
        onResult('watch', failure.problem);
        return failure;
      }
      // The connection was lost. Whether the server is there still is for the next one to tell.
      return { kind: 'ended', resourceVersion, lastedMs: performance.now() - openedAt };
    }
  }

  #observe(type: string | undefined, object: unknown): void {
    const { copy } = this.#options;
    switch (type) {
      case 'ADDED':
      case 'MODIFIED':
        copy.update(object);
        return;
      case 'DELETED':
        copy.delete(textAt(object, 'metadata', 'namespace') ?? '', textAt(object, 'metadata', 'name') ?? '');
        return;
      case 'BOOKMARK':
        return;
      default:
        throw new MalformedAnswer(`an event of an unknown type: ${type}`);
    }
  }

  /** A selector that the server does not know is not tried again: without it more comes, and what is kept is the same. */
  #problemOf({ status }: ApiAnswer): Problem | null {
    const { fieldSelector, ...others } = this.#selectors;
    if (status !== BAD_REQUEST || fieldSelector === undefined) return problemOf(status);
    this.#selectors = others;
    return 'unknown-field';
  }

  #refusal(
    problem: Problem,
    document: unknown,
    { retryAfter }: ApiAnswer,
    resourceVersion: string | null,
  ): Outcome & { kind: 'failed' } {
    this.#detail = textAt(document, 'message') ?? null;
    const isAhead = isAheadOfServer(document);
    return { kind: 'failed', problem: isAhead ? 'expired' : problem, resourceVersion, retryAfter };
  }

  #failure(error: unknown, resourceVersion: string | null): Outcome & { kind: 'failed' } {
    const { message, code } = error as NodeJS.ErrnoException;
    this.#detail = code === undefined || message.includes(code) ? message : `${code}: ${message}`;
    return { kind: 'failed', problem: problemOfError(error), resourceVersion, retryAfter: null };
  }

  #note({ problem }: Reflection, outcome: Outcome): void {
    if (outcome.kind === 'listed') {
      // The watch follows at once, and tells that all is well.
      this.#set({ ...this.#state, settled: true });
      return;
    }
    const absent = problem === 'not-served' || problem === 'forbidden';
    if (problem === 'not-served') this.#options.copy.clear();
    this.#set({
      watching: false,
      settled: this.#state.settled || absent,
      problem,
      detail: problem === null ? null : this.#detail,
    });
  }

  #set(state: ReflectorState): void {
    const before = this.#state;
    this.#state = state;
    const same =
      before.watching === state.watching &&
      before.settled === state.settled &&
      before.problem === state.problem;
    if (!same) this.#options.onChange();
  }

  #pathWith(query: Readonly<Record<string, string>>): string {
    return `${this.#options.path}?${new URLSearchParams({ ...this.#selectors, ...query })}`;
  }
}

/**
 * The server answers from its memory, as a whole, where it is told what it must have reached, and otherwise from etcd. With
 * any version it may ignore the limit; with one of its own it would take a limit to mean this very version.
 */
function firstPage(reached: Reached): Readonly<Record<string, string>> {
  if (reached === null) return { limit: String(PAGE) };
  if (reached === ANY_RESOURCE_VERSION) return { limit: String(PAGE), resourceVersion: reached };
  return { resourceVersion: reached };
}

/** A replica lags behind what was asked for, or etcd was restored from a backup. */
function isAheadOfServer(refusal: unknown): boolean {
  const causes = items(at(refusal, 'details', 'causes'));
  return causes.some((cause) => textAt(cause, 'reason') === 'ResourceVersionTooLarge');
}

export function problemOfError(error: unknown): Problem {
  const { code } = error as NodeJS.ErrnoException;
  // Of zlib.
  if (error instanceof MalformedAnswer || code?.startsWith('Z_')) return 'malformed';
  return error instanceof AnswerTimeout ? 'timed-out' : 'unreachable';
}
