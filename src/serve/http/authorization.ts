// Who may change something: everything about a request that nobody vouches for is bounded, and whatever is not clearly
// allowed is refused.
import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BoundedMap } from '../../base/bounded-map.ts';
import { MINUTE, type Micros, SECOND } from '../../base/time.ts';
import { sendProblem } from './problem.ts';
import { RequestLimit } from './request-limit.ts';

/** As Kubernetes names it: what is asked for is the right to do this to failover tests, whatever is to be changed. */
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
  'changes are disabled here: this agent is neither in a cluster nor has a token file; make one with `umask 077; openssl rand -hex 16 > /etc/vipwatch/tokens`, and name it in http.tokenFile';

/** RFC 6750, section 2.1. */
const BEARER = /^Bearer +([A-Za-z0-9\-._~+/]+=*)$/i;
const CHALLENGE = 'Bearer realm="vipwatch"';

const EACH = { atOnce: 10, every: 3 * SECOND };
/** A token that was right is asked about apart from all others for so long. */
const VOUCHED_FOR = 60 * MINUTE;
const MAX_VOUCHED = 256;

export class Gate {
  readonly #authorizer: Authorizer | null;
  readonly #now: () => Micros;
  readonly #users = new WeakMap<FastifyRequest, string | null>();
  /** Costs nobody but who asks: each machine has its own. */
  readonly #withoutToken = new RequestLimit({ client: EACH, overall: null, clients: 1_000 });
  /** Each asks the API server something; all strangers together shall not ask it much. */
  readonly #strangers = new RequestLimit({
    client: EACH,
    overall: { atOnce: 30, every: SECOND },
    clients: 1_000,
  });
  /** Of each token and what it is used for, so that neither strangers nor its own questions keep it from cancelling. */
  readonly #known = new RequestLimit({ client: EACH, overall: null, clients: 2 * MAX_VOUCHED });
  /** Tokens that were right, by their digests. */
  readonly #vouched = new BoundedMap<string, Micros>(MAX_VOUCHED);

  /** @param authorizer null: nothing can be changed. */
  constructor(authorizer: Authorizer | null, now: () => Micros) {
    this.#authorizer = authorizer;
    this.#now = now;
  }

  /**
   * For `onRequest`, so that the body of a stranger is not even read.
   * @param closed why nobody may, whoever asks; null: whoever has the right may.
   */
  guard(
    verb: ChangeVerb,
    closed: string | null,
  ): (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined> {
    return async (request, reply) => {
      if (closed !== null) return sendProblem(reply, 403, closed);
      if (this.#authorizer === null) return sendProblem(reply, 403, NO_AUTHORIZATION);
      const token = BEARER.exec(request.headers.authorization ?? '')?.[1];
      if (token === undefined) {
        const wait = this.#withoutToken.take(request.ip, this.#now());
        if (wait > 0) return tooMany(reply, wait);
        reply.header('www-authenticate', CHALLENGE);
        return sendProblem(reply, 401, 'a change needs a token: Authorization: Bearer TOKEN');
      }
      const digest = createHash('sha256').update(token).digest('base64');
      const isKnown = this.#isVouched(digest);
      const wait = isKnown
        ? this.#known.take(`${verb} ${digest}`, this.#now())
        : this.#strangers.take(request.ip, this.#now());
      if (wait > 0) return tooMany(reply, wait);
      const answer = await this.#authorizer.authorize(token, verb);
      switch (answer.kind) {
        case 'allowed':
          if (!isKnown) this.#strangers.giveBack(request.ip);
          this.#vouched.set(digest, this.#now());
          this.#users.set(request, answer.user);
          return undefined;
        case 'unknown':
          this.#vouched.delete(digest);
          reply.header('www-authenticate', `${CHALLENGE}, error="invalid_token"`);
          return sendProblem(reply, 401, 'the token is wrong or has expired');
        case 'forbidden':
          return sendProblem(reply, 403, answer.reason);
        case 'unavailable':
          reply.header('retry-after', '10');
          return sendProblem(reply, 503, `cannot decide whether this is allowed: ${answer.reason}`);
        default:
          return answer satisfies never;
      }
    };
  }

  /** Of a request that came through. */
  userOf(request: FastifyRequest): string | null {
    return this.#users.get(request) ?? null;
  }

  #isVouched(digest: string): boolean {
    const at = this.#vouched.get(digest);
    return at !== undefined && this.#now() - at < VOUCHED_FOR;
  }
}

function tooMany(reply: FastifyReply, wait: number): FastifyReply {
  reply.header('retry-after', String(wait));
  return sendProblem(reply, 429, `too many requests for changes: try again in ${wait} s`);
}
