// Who may change something: everything about a request that nobody vouches for is bounded, and whatever is not clearly
// allowed is refused.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Micros } from '../net/time.ts';
import { sendProblem } from './problem.ts';
import { type RateLimits, RequestLimit } from './request-limit.ts';

/** As Kubernetes names it: what is asked for is the right to do this to failover tests. */
export type ChangeVerb = 'create' | 'delete';

export type Authorization =
  /** Null: nobody knows whose the token is, only that it is right. */
  | { readonly kind: 'allowed'; readonly user: string | null }
  /** The token is not right. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'forbidden'; readonly reason: string }
  /** Nobody can tell just now. */
  | { readonly kind: 'unavailable'; readonly reason: string };

export interface Authorizer {
  authorize(token: string, verb: ChangeVerb): Promise<Authorization>;
}

const NO_AUTHORIZATION =
  'nothing can be changed here: neither is this agent in a cluster that says who may, nor has it a token file (http.tokenFile)';

/** RFC 6750, section 2.1. */
const BEARER = /^Bearer +([A-Za-z0-9\-._~+/]+=*)$/i;
const CHALLENGE = 'Bearer realm="vipwatch"';

export class Gate {
  readonly #authorizer: Authorizer | null;
  readonly #limit: RequestLimit;
  readonly #now: () => Micros;
  readonly #users = new WeakMap<FastifyRequest, string | null>();

  /** @param authorizer null: nothing can be changed. */
  constructor(authorizer: Authorizer | null, now: () => Micros, limits?: RateLimits) {
    this.#authorizer = authorizer;
    this.#limit = new RequestLimit(limits);
    this.#now = now;
  }

  /** For `onRequest`, so that the body of a stranger is not even read. */
  guard(
    verb: ChangeVerb,
  ): (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined> {
    return async (request, reply) => {
      if (this.#authorizer === null) return sendProblem(reply, 403, NO_AUTHORIZATION);
      const wait = this.#limit.take(request.ip, this.#now());
      if (wait > 0) {
        reply.header('retry-after', String(wait));
        return sendProblem(reply, 429, `too many requests for changes: try again in ${wait} s`);
      }
      const token = BEARER.exec(request.headers.authorization ?? '')?.[1];
      if (token === undefined) {
        reply.header('www-authenticate', CHALLENGE);
        return sendProblem(reply, 401, 'a change needs a token: Authorization: Bearer TOKEN');
      }
      const answer = await this.#authorizer.authorize(token, verb);
      switch (answer.kind) {
        case 'allowed':
          this.#users.set(request, answer.user);
          return undefined;
        case 'unknown':
          reply.header('www-authenticate', `${CHALLENGE}, error="invalid_token"`);
          return sendProblem(reply, 401, 'the token is wrong or has expired');
        case 'forbidden':
          return sendProblem(reply, 403, answer.reason);
        case 'unavailable':
          reply.header('retry-after', '10');
          return sendProblem(reply, 503, `nobody can tell whether this is allowed: ${answer.reason}`);
        default:
          return answer satisfies never;
      }
    };
  }

  /** Of a request that came through. */
  userOf(request: FastifyRequest): string | null {
    return this.#users.get(request) ?? null;
  }
}
