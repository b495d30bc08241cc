// Posts JSON to one server.
import { type IncomingMessage, type OutgoingHttpHeaders, request as overHttp } from 'node:http';
import { request as overHttps, type RequestOptions } from 'node:https';
import { basicAuthorization, SecretFileError, secretFrom, secretTextOf } from './secret-file.ts';

export interface PosterOptions {
  readonly url: string;
  /** Files in PEM; null: as the system trusts, without a certificate of our own. */
  readonly tls: { readonly caFile: string | null; readonly client: ClientFiles | null };
  readonly credentials: Credentials | null;
}

export interface ClientFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

export type Credentials =
  | { readonly kind: 'basic'; readonly username: string; readonly passwordFile: string }
  | { readonly kind: 'bearer'; readonly tokenFile: string };

export interface PostAnswer {
  readonly status: number;
  /** Of the header `Retry-After`, in milliseconds; null where there is none. */
  readonly retryAfter: number | null;
  /** Of the header `Date`, in milliseconds since the Unix epoch; null where there is none. */
  readonly date: number | null;
  /** The beginning of what it says. */
  readonly text: string;
}

/** Characters. */
const MAX_TEXT = 500;

export class Poster {
  readonly #options: PosterOptions;

  constructor(options: PosterOptions) {
    this.#options = options;
  }

  /** Rejects with SecretFileError, with the system's error, or with the signal's reason. */
  async post(body: string, signal: AbortSignal): Promise<PostAnswer> {
    const { url } = this.#options;
    const options: RequestOptions = {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'vipwatch',
        ...(await this.#authorization()),
      },
      // A connection of its own: the certificates may be others by now, and half a minute lies between two requests.
      agent: false,
      signal,
    };
    const answer = await sent(
      url,
      url.startsWith('https:') ? { ...options, ...(await this.#tls()) } : options,
      body,
    );
    const text = await beginningOf(answer);
    const seconds = Number(answer.headers['retry-after']);
    const date = Date.parse(answer.headers.date ?? '');
    return {
      status: answer.statusCode ?? 0,
      retryAfter: Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : null,
      date: Number.isNaN(date) ? null : date,
      text,
    };
  }

  async #authorization(): Promise<OutgoingHttpHeaders> {
    const { credentials } = this.#options;
    switch (credentials?.kind) {
      case undefined:
        return {};
      case 'basic':
        return {
          authorization: basicAuthorization(credentials.username, await secretFrom(credentials.passwordFile)),
        };
      case 'bearer':
        return { authorization: `Bearer ${await tokenFrom(credentials.tokenFile)}` };
      default:
        return credentials satisfies never;
    }
  }

  async #tls(): Promise<RequestOptions> {
    const { caFile, client } = this.#options.tls;
    return {
      ...(caFile !== null && { ca: await secretTextOf(caFile) }),
      ...(client && { cert: await secretTextOf(client.certFile), key: await secretTextOf(client.keyFile) }),
    };
  }
}

export function sent(url: string, options: RequestOptions, body: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = url.startsWith('https:') ? overHttps(url, options) : overHttp(url, options);
    request.once('response', resolve);
    request.once('error', reject);
    request.end(body);
  });
}

/** What is beyond it is not read. */
async function beginningOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) {
    text += chunk;
    if (text.length >= MAX_TEXT) break;
  }
  return text.slice(0, MAX_TEXT);
}

/** It stands in the header as it is. Checked here, for the error that it would cause there holds it. */
async function tokenFrom(path: string): Promise<string> {
  const token = await secretFrom(path);
  if (/[^ -~\x80-\xff]/.test(token))
    throw new SecretFileError(`${path}: holds characters that no HTTP header may hold`);
  return token;
}
