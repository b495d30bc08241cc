// How a server's API is asked, whoever carries it there, and what its answers are worth.
import type { Seconds } from '../base/time.ts';
import { type Imported, type Reading, unreadable } from './imported.ts';
import { JsonReader } from './json-reader.ts';

export interface ServerRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below the address of the server. */
  readonly path: string;
  /** JSON. */
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Resolves with the status of the answer; not readable: why there is none.
 * @param onText told piece by piece what a good answer (2xx) holds.
 */
export type Ask = (request: ServerRequest, onText: (text: string) => void) => Promise<Reading<number>>;

/** An API that gives a table. */
export interface TableClient {
  /** @param now Unix time. */
  read(now: Seconds): Promise<Reading<Imported>>;
  /** Takes leave, where the server remembers who asked. */
  close?(): Promise<unknown>;
}

const UNAUTHORIZED = 401;
const FORBIDDEN = 403;

export function isUnauthorized(status: number): boolean {
  return status === UNAUTHORIZED || status === FORBIDDEN;
}

/** What the answer holds, of JSON. */
export function documentOf(status: number, reader: JsonReader): Reading<unknown> {
  if (isUnauthorized(status)) return unreadable(`HTTP ${status}: it does not accept the credentials`);
  if (status >= 300 && status < 400)
    return unreadable(`HTTP ${status}: it redirects; vipwatch does not follow redirects`);
  return status >= 200 && status < 300 ? reader.finish() : unreadable(`HTTP ${status}`);
}

/** Both in one. */
export async function askDocument(ask: Ask, request: ServerRequest): Promise<Reading<unknown>> {
  const reader = new JsonReader();
  const status = await ask(request, (text) => reader.add(text));
  return status.ok ? documentOf(status.value, reader) : status;
}
