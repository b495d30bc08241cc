// Lists of the API that an agent reads once, by the connection that it has: page by page, each object given as it comes, and none
// kept. Nothing is tried again here.
import { errnoWords } from '../../base/errno.ts';
import { textAt } from '../../base/json.ts';
import { readRefusal } from './body.ts';
import type { ApiConnection } from './connection.ts';
import { readList } from './list-body.ts';
import type { Listed, Lists } from './listed.ts';
import { type Problem, problemOf } from './reflection.ts';
import { problemOfError } from './reflector.ts';

interface ApiListsOptions {
  readonly connection: Pick<ApiConnection, 'request'>;
  readonly onResult: (verb: string, result: string) => void;
  /** Ends what is under way. */
  readonly signal: AbortSignal;
  /** @default 20 000 */
  readonly answerWithinMs?: number;
}

/** Objects of a page. */
const PAGE = 100;
const ANSWER_WITHIN_MS = 20_000;

type Page = { readonly kind: 'page'; readonly next: string | undefined };

export class ApiLists implements Lists {
  readonly #options: ApiListsOptions;
  /** The API server said something. */
  #isThere = false;

  constructor(options: ApiListsOptions) {
    this.#options = options;
  }

  async list(path: string, onItem: (raw: unknown) => boolean): Promise<Listed> {
    let isWanted = true;
    let next: string | undefined = '';
    while (next !== undefined && isWanted) {
      const page = await this.#page(path, next, (objects) => {
        for (const object of objects) isWanted &&= onItem(object);
      });
      if (page.kind !== 'page') return page;
      next = page.next;
    }
    return { kind: 'listed' };
  }

  async #page(
    path: string,
    next: string,
    take: (objects: readonly unknown[]) => void,
  ): Promise<Page | Listed> {
    const { connection, onResult, answerWithinMs = ANSWER_WITHIN_MS } = this.#options;
    const query = new URLSearchParams({ limit: String(PAGE), ...(next !== '' && { continue: next }) });
    const signal = AbortSignal.any([this.#options.signal, AbortSignal.timeout(answerWithinMs)]);
    const page = `${path}${path.includes('?') ? '&' : '?'}${query}`;
    try {
      const { status, body } = await connection.request({
        method: 'GET',
        path: page,
        compressed: true,
        signal,
      });
      this.#isThere = true;
      const problem = problemOf(status);
      onResult('list', problem ?? 'ok');
      if (problem === null)
        return { kind: 'page', next: textAt(await readList(body, take), 'metadata', 'continue') };
      const words = textAt(await readRefusal(body), 'message');
      if (problem === 'not-served') return { kind: 'not-served' };
      return { kind: 'failed', reason: reasonOf(problem, words, status), isAway: false };
    } catch (error) {
      const problem = signal.aborted ? 'timed-out' : problemOfError(error);
      onResult('list', problem);
      const reason =
        problem === 'timed-out' ? `no answer within ${answerWithinMs / 1000} s` : wordsOf(error as Error);
      // One that has answered is slow with this kind, and may be faster with the next.
      const isAway = problem === 'unreachable' || (problem === 'timed-out' && !this.#isThere);
      return { kind: 'failed', reason, isAway };
    }
  }
}

function reasonOf(problem: Problem, words: string | undefined, status: number): string {
  if (problem === 'forbidden') return 'forbidden';
  const [line = ''] = (words ?? '').split('\n', 1);
  return `HTTP ${status}${line === '' ? '' : `: ${line.replaceAll(/\p{Cc}/gu, '?')}`}`;
}

/** A stream that was to wait for the connection has what became of that as its cause. */
function wordsOf(error: Error): string {
  const { code, message } = (error.cause ?? error) as NodeJS.ErrnoException;
  return (code === undefined ? undefined : errnoWords(code)) ?? message;
}
