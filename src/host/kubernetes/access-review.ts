// Asks the API server who has a token, and whether they may do something: a TokenReview, then a SubjectAccessReview.
import { createHash } from 'node:crypto';
import { BoundedMap } from '../../base/bounded-map.ts';
import { type Micros, SECOND } from '../../base/time.ts';
import { readDocument, readRefusal } from './body.ts';
import type { ApiConnection } from './connection.ts';
import { type Problem, problemOf } from './reflection.ts';
import { problemOfError } from './reflector.ts';

export interface AccessReviewOptions {
  readonly connection: ApiConnection;
  /** Whose objects are to be changed. */
  readonly resource: { readonly group: string; readonly resource: string; readonly namespace: string };
  readonly now: () => Micros;
  readonly onResult: (verb: 'review', result: Problem | 'ok') => void;
}

export type ReviewAnswer =
  | { readonly kind: 'allowed'; readonly user: string }
  /** The API server knows no such token, or it has expired. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'forbidden'; readonly reason: string }
  | { readonly kind: 'unavailable'; readonly reason: string };

/** A right that was taken away is worth nothing after this time. */
const REMEMBERED_FOR = 10 * SECOND;
const MAX_REMEMBERED = 128;
/** Someone waits for the answer. In milliseconds. */
const ANSWER_WITHIN = 5_000;
/** Bytes. */
const MAX_ANSWER = 1024 * 1024;

const TOKEN_REVIEW = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview' };
const ACCESS_REVIEW = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview' };

const WORDS: Partial<Readonly<Record<Problem, string>>> = {
  unreachable: 'the API server cannot be reached',
  'timed-out': 'the API server does not answer in time',
  forbidden: 'the API server does not allow vipwatch to ask: the chart grants that right (rbac.create)',
  unauthorized: 'the API server does not accept the token of vipwatch',
  overloaded: 'the API server asks for fewer requests',
};

interface TokenReview {
  readonly status?: {
    readonly authenticated?: boolean;
    readonly user?: { readonly username?: string } & Readonly<Record<string, unknown>>;
  };
}

interface AccessReviewDocument {
  readonly status?: { readonly allowed?: boolean };
}

/** The question was not answered. */
class Unanswered extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem);
    this.problem = problem;
  }
}

export class AccessReview {
  readonly #options: AccessReviewOptions;
  /** By the token's digest and the verb: the token itself is kept nowhere. */
  readonly #remembered = new BoundedMap<string, { readonly at: Micros; readonly answer: ReviewAnswer }>(
    MAX_REMEMBERED,
  );

  constructor(options: AccessReviewOptions) {
    this.#options = options;
  }

  async authorize(token: string, verb: string): Promise<ReviewAnswer> {
    const { now, onResult } = this.#options;
    const key = `${createHash('sha256').update(token).digest('base64')} ${verb}`;
    const known = this.#remembered.get(key);
    if (known && now() - known.at < REMEMBERED_FOR) return known.answer;
    const signal = AbortSignal.timeout(ANSWER_WITHIN);
    try {
      const answer = await this.#ask(token, verb, signal);
      onResult('review', 'ok');
      this.#remembered.set(key, { at: now(), answer });
      return answer;
    } catch (error) {
      const problem =
        error instanceof Unanswered ? error.problem : signal.aborted ? 'timed-out' : problemOfError(error);
      onResult('review', problem);
      return {
        kind: 'unavailable',
        reason: WORDS[problem] ?? `the API server answers with an error (${problem})`,
      };
    }
  }

  async #ask(token: string, verb: string, signal: AbortSignal): Promise<ReviewAnswer> {
    const review = await this.#post<TokenReview>(
      '/apis/authentication.k8s.io/v1/tokenreviews',
      {
        ...TOKEN_REVIEW,
        spec: { token },
      },
      signal,
    );
    if (review.status?.authenticated !== true) return { kind: 'unknown' };
    const { username, uid, groups, extra } = review.status.user ?? {};
    if (typeof username !== 'string' || username === '') throw new Unanswered('malformed');
    const { group, resource, namespace } = this.#options.resource;
    const access = await this.#post<AccessReviewDocument>(
      '/apis/authorization.k8s.io/v1/subjectaccessreviews',
      {
        ...ACCESS_REVIEW,
        spec: {
          user: username,
          uid,
          groups,
          extra,
          resourceAttributes: { group, resource, namespace, verb },
        },
      },
      signal,
    );
    if (access.status?.allowed === true) return { kind: 'allowed', user: username };
    const reason = `${username} may not ${verb} ${resource}.${group} in the namespace ${namespace}`;
    return { kind: 'forbidden', reason };
  }

  async #post<Answer>(path: string, review: object, signal: AbortSignal): Promise<Answer> {
    const { connection } = this.#options;
    const body = { type: 'application/json', text: JSON.stringify(review) };
    const answer = await connection.request({ method: 'POST', path, body, signal });
    const problem = problemOf(answer.status);
    if (problem !== null) {
      await readRefusal(answer.body);
      throw new Unanswered(problem);
    }
    const document = await readDocument(answer.body, MAX_ANSWER);
    if (typeof document !== 'object' || document === null) throw new Unanswered('malformed');
    return document as Answer;
  }
}
