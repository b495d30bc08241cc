// Asks one HTTP server, whose whole answer is wanted, bounded in size. Redirects are not followed, and certificates always checked.
import type { IncomingMessage } from 'node:http';
import type { RequestOptions } from 'node:https';
import { sent } from './poster.ts';
import { secretTextOf } from './secret-file.ts';

export interface HttpClientOptions {
  /** The paths of requests begin after it. */
  readonly url: string;
  /** In PEM; null: as the system trusts. */
  readonly caFile: string | null;
  /** Of the header `Authorization`, made anew for each request; null: none. */
  readonly authorization: (() => Promise<string>) | null;
  /** Bytes of an answer. */
  readonly maxLength: number;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  /** JSON. */
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/** The answer is longer than allowed. */
class AnswerTooLong extends Error {
  override readonly name = 'AnswerTooLong';
}

export class HttpClient {
  readonly #options: HttpClientOptions;

  constructor(options: HttpClientOptions) {
    this.#options = options;
  }

  /** Rejects with SecretFileError, AnswerTooLong, the system's error, or the signal's reason. */
  async request({ method, path, body = '', headers }: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const { url, caFile, authorization, maxLength } = this.#options;
    const options: RequestOptions = {
      method,
      headers: {
        accept: 'application/json',
        'user-agent': 'vipwatch',
        ...(body !== '' && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
        ...(authorization && { authorization: await authorization() }),
        ...headers,
      },
      // A connection of its own: certificates may be others by now, and a minute lies between two readings.
      agent: false,
      signal,
      ...(url.startsWith('https:') && caFile !== null && { ca: await secretTextOf(caFile) }),
    };
    const answer = await sent(url.replace(/\/$/, '') + path, options, body);
    return { status: answer.statusCode ?? 0, text: await textOf(answer, maxLength) };
  }
}

async function textOf(answer: IncomingMessage, maxLength: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let length = 0;
  for await (const piece of answer as AsyncIterable<Buffer>) {
    length += piece.length;
    // Leaving the loop cuts the connection.
    if (length > maxLength) throw new AnswerTooLong(`its answer is longer than ${maxLength} bytes`);
    text += decoder.decode(piece, { stream: true });
  }
  return text + decoder.decode();
}
