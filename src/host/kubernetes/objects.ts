// Single objects of the API, read and written. Nothing is tried again here: whoever asks knows what is still to be done.
import type { Millis } from '../../base/time.ts';
import { readDocument, readRefusal } from './body.ts';
import type { ApiConnection, ApiRequest } from './connection.ts';
import { type Problem, problemOf } from './reflection.ts';
import { problemOfError } from './reflector.ts';

export interface ApiObjectsOptions {
  readonly connection: Pick<ApiConnection, 'request'>;
  readonly onResult: (verb: ObjectVerb, result: Problem | 'ok') => void;
  /** Ends what is under way. */
  readonly signal: AbortSignal;
}

export type ObjectVerb = 'get' | 'list' | 'create' | 'patch' | 'delete';

export type ObjectAnswer =
  | { readonly ok: true; readonly object: unknown }
  | {
      readonly ok: false;
      readonly problem: Problem;
      /** In the API's or the system's words. */
      readonly detail: string;
    };

/** Milliseconds. An answer that comes later than this may be too late to act on. */
const ANSWER_WITHIN = 5_000;
/** Bytes; etcd holds no object beyond a few MiB. */
const MAX_OBJECT = 16 * 1024 * 1024;

export class ApiObjects {
  readonly #options: ApiObjectsOptions;

  constructor(options: ApiObjectsOptions) {
    this.#options = options;
  }

  /** The same objects; what is not answered in so many milliseconds from now is given up. */
  within(milliseconds: Millis): ApiObjects {
    const limit = AbortSignal.timeout(Math.max(0, Math.ceil(milliseconds)));
    return new ApiObjects({ ...this.#options, signal: AbortSignal.any([this.#options.signal, limit]) });
  }

  get(path: string): Promise<ObjectAnswer> {
    return this.#ask('get', 'GET', path);
  }

  /** @param path may hold selectors. */
  list(path: string): Promise<ObjectAnswer> {
    return this.#ask('list', 'GET', path);
  }

  create(path: string, object: object): Promise<ObjectAnswer> {
    return this.#ask('create', 'POST', path, 'application/json', object);
  }

  /** A JSON merge patch (RFC 7386). With `metadata.resourceVersion` in it, only that version is changed (409 else). */
  patch(path: string, change: object): Promise<ObjectAnswer> {
    return this.#ask('patch', 'PATCH', path, 'application/merge-patch+json', change);
  }

  delete(path: string): Promise<ObjectAnswer> {
    return this.#ask('delete', 'DELETE', path);
  }

  async #ask(
    verb: ObjectVerb,
    method: ApiRequest['method'],
    path: string,
    type = '',
    document?: object,
  ): Promise<ObjectAnswer> {
    const { connection, onResult } = this.#options;
    const answer = await this.#answer(connection, {
      method,
      path,
      ...(document && { body: { type, text: JSON.stringify(document) } }),
      signal: AbortSignal.any([this.#options.signal, AbortSignal.timeout(ANSWER_WITHIN)]),
    });
    onResult(verb, answer.ok ? 'ok' : answer.problem);
    return answer;
  }

  async #answer(connection: ApiObjectsOptions['connection'], request: ApiRequest): Promise<ObjectAnswer> {
    try {
      const { status, body } = await connection.request(request);
      const problem = problemOf(status);
      if (problem === null) return { ok: true, object: await readDocument(body, MAX_OBJECT) };
      const refusal = await readRefusal(body);
      return { ok: false, problem, detail: messageOf(refusal) ?? `the API server answered ${status}` };
    } catch (error) {
      const problem = request.signal.aborted ? 'timed-out' : problemOfError(error);
      return { ok: false, problem, detail: (error as Error).message };
    }
  }
}

function messageOf(status: unknown): string | undefined {
  if (typeof status !== 'object' || status === null || !('message' in status)) return undefined;
  return typeof status.message === 'string' ? status.message : undefined;
}
