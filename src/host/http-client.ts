// Asks one HTTP server, whose whole answer is wanted, piece by piece and bounded in size. Redirects are not followed, and
// certificates always checked.
import type { RequestOptions } from 'node:https';
import { readBounded } from '../base/bounded-text.ts';
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

export class HttpClient {
  readonly #options: HttpClientOptions;

  constructor(options: HttpClientOptions) {
    this.#options = options;
  }

  /**
   * Resolves with the status. Rejects with SecretFileError, AnswerTooLong, the system's error, or the signal's reason.
   * @param onText told what a good answer (2xx) holds; of another one the rest is not waited for.
   */
  async request(
    { method, path, body = '', headers }: HttpRequest,
    signal: AbortSignal,
    onText: (text: string) => void,
  ): Promise<number> {
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
    const { statusCode = 0 } = answer;
    if (statusCode >= 200 && statusCode < 300)
      await readBounded(answer as AsyncIterable<Buffer>, maxLength, onText);
    else answer.destroy();
    return statusCode;
  }
}
