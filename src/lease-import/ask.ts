// How a server's API is asked, whoever carries it there, and what its answers are worth.
import type { Seconds } from '../base/time.ts';
import { type Imported, type Reading, read, unreadable } from './imported.ts';

export interface ServerRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below the address of the server. */
  readonly path: string;
  /** JSON. */
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ServerAnswer {
  readonly status: number;
  readonly text: string;
}

/** Not readable: why there is no answer. */
export type Ask = (request: ServerRequest) => Promise<Reading<ServerAnswer>>;

/** An API that gives a table. */
export interface TableClient {
  /** @param now Unix time. */
  read(now: Seconds): Promise<Reading<Imported>>;
  /** Takes leave, where the server remembers who asked. */
  close?(): Promise<unknown>;
}

const UNAUTHORIZED = 401;
const FORBIDDEN = 403;

export function isUnauthorized({ status }: ServerAnswer): boolean {
  return status === UNAUTHORIZED || status === FORBIDDEN;
}

/** What the answer holds, of JSON. */
export function documentOf(answer: ServerAnswer): Reading<unknown> {
  const { status, text } = answer;
  if (isUnauthorized(answer)) return unreadable(`HTTP ${status}: it does not accept who asks`);
  if (status >= 300 && status < 400) return unreadable(`HTTP ${status}: it redirects, which is not followed`);
  if (status < 200 || status >= 300) return unreadable(`HTTP ${status}`);
  try {
    return read(JSON.parse(text));
  } catch {
    return unreadable(
      text.trimStart().startsWith('<') ? 'it answers HTML, not JSON' : 'its answer is no JSON',
    );
  }
}

/** Both in one. */
export async function askDocument(ask: Ask, request: ServerRequest): Promise<Reading<unknown>> {
  const answer = await ask(request);
  return answer.ok ? documentOf(answer.value) : answer;
}
