// Keeps one annotation of one Pod as it should be.
import { setTimeout as sleep } from 'node:timers/promises';
import { readRefusal } from './body.ts';
import type { ApiConnection } from './connection.ts';
import { advance, type Problem, problemOf, START } from './reflection.ts';
import { problemOfError } from './reflector.ts';

export interface AnnotatorOptions {
  readonly connection: ApiConnection;
  readonly namespace: string;
  readonly pod: string;
  readonly annotation: string;
  readonly onResult: (verb: 'patch', result: Problem | 'ok') => void;
}

export class Annotator {
  readonly #options: AnnotatorOptions;
  readonly #signal: AbortSignal;
  #wanted: string | undefined;
  #written: string | undefined;
  #running = false;
  #problem: Problem | null = null;

  constructor(options: AnnotatorOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
  }

  /** Why the annotation is not as it should be; null while it is. */
  get problem(): Problem | null {
    return this.#problem;
  }

  /** Writes only what is different from what was written last; tries again until it is there. */
  set(value: string): void {
    this.#wanted = value;
    if (!this.#running) void this.#write();
  }

  async #write(): Promise<void> {
    this.#running = true;
    let state = START;
    while (this.#wanted !== this.#written && !this.#signal.aborted) {
      const value = this.#wanted;
      const problem = await this.#patch(value);
      if (this.#signal.aborted) break;
      this.#options.onResult('patch', problem ?? 'ok');
      this.#problem = problem;
      if (problem === null) {
        this.#written = value;
        state = START;
        continue;
      }
      const outcome = { kind: 'failed', problem, resourceVersion: null, retryAfter: null } as const;
      state = advance(state, outcome, Math.random());
      await sleep(state.wait, undefined, { signal: this.#signal }).catch(() => {});
    }
    this.#running = false;
  }

  /** A JSON merge patch (RFC 7386): nothing else of the Pod is touched. */
  async #patch(value: string | undefined): Promise<Problem | null> {
    const { connection, namespace, pod, annotation } = this.#options;
    try {
      const answer = await connection.request({
        method: 'PATCH',
        path: `/api/v1/namespaces/${namespace}/pods/${pod}`,
        body: {
          type: 'application/merge-patch+json',
          text: JSON.stringify({ metadata: { annotations: { [annotation]: value } } }),
        },
        signal: this.#signal,
      });
      await readRefusal(answer.body);
      return problemOf(answer.status);
    } catch (error) {
      return problemOfError(error);
    }
  }
}
