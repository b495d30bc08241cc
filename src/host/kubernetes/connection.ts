// One HTTP/2 connection to the API server for everything: ten watches are ten streams of it. Asked now and then whether it is
// still alive, for a watch may well be silent for minutes; Kubernetes's own client does the same.
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
} from 'node:http2';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { ApiAccess } from './access.ts';

/** Milliseconds. */
export interface ConnectionTimes {
  /** Between two pings. @default 10 000 */
  readonly pingEvery: number;
  /** A ping without an answer for so long: the connection is dead. @default 10 000 */
  readonly pingWithin: number;
  /** Connecting. @default 10 000 */
  readonly connectWithin: number;
  /** From a request to the head of its answer. The API server itself gives up after 60 s. @default 65 000 */
  readonly answerWithin: number;
  /**
   * From the server's word that it takes no more requests here to the end of those that run. It may be about to stop, or
   * was asked by someone whom it doesn't know: that answer is still to come. @default 1 000
   */
  readonly leaveWithin: number;
}

const DEFAULT_TIMES: ConnectionTimes = {
  pingEvery: 10_000,
  pingWithin: 10_000,
  connectWithin: 10_000,
  answerWithin: 65_000,
  leaveWithin: 1_000,
};

/** The status of answers from a server in trouble, and above. */
const SERVER_ERROR = 500;

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Path and query. */
  readonly path: string;
  readonly body?: { readonly type: string; readonly text: string };
  /** The answer may come compressed, which is worth its while where it is long and not a watch. */
  readonly compressed?: boolean;
  readonly signal: AbortSignal;
}

export interface ApiAnswer {
  readonly status: number;
  /** Of the header `Retry-After`, in milliseconds; null where there is none. */
  readonly retryAfter: number | null;
  /** Throws where the connection is lost before the end. Must be read to the end or left by `break`. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** No answer in time. */
export class AnswerTimeout extends Error {
  override readonly name = 'AnswerTimeout';
}

export class ApiConnection {
  readonly #access: ApiAccess;
  readonly #times: ConnectionTimes;
  readonly #onHeard: () => void;
  #session: ClientHttp2Session | undefined;
  readonly #awaiting = new Set<() => void>();

  /** @param onHeard the server gave a sign of life. */
  constructor(access: ApiAccess, onHeard: () => void, times: Partial<ConnectionTimes> = {}) {
    this.#access = access;
    this.#onHeard = onHeard;
    this.#times = { ...DEFAULT_TIMES, ...times };
  }

  /** Connects where that is needed. Rejects with the system's error, with AnswerTimeout, or with the signal's reason. */
  async request({ method, path, body, compressed, signal }: ApiRequest): Promise<ApiAnswer> {
    signal.throwIfAborted();
    const token = this.#access.token();
    const stream = this.#connected().request(
      {
        ':method': method,
        ':path': path,
        accept: 'application/json',
        'user-agent': 'vipwatch',
        ...(compressed && { 'accept-encoding': 'gzip' }),
        ...(token !== null && { authorization: `Bearer ${token}` }),
        ...(body && { 'content-type': body.type }),
      },
      { endStream: body === undefined, signal },
    );
    if (body) stream.end(body.text);
    const headers = await this.#answer(stream);
    const { ':status': status = 0, 'retry-after': retryAfter } = headers;
    const seconds = Number(retryAfter);
    if (status < SERVER_ERROR) for (const resolve of this.#awaiting) resolve();
    return {
      status,
      retryAfter: Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : null,
      body: this.#listenedTo(headers['content-encoding'] === 'gzip' ? inflated(stream) : stream),
    };
  }

  /** The next answer to any request, but one that the server is in trouble. True; false where the signal aborts before. */
  answered(signal: AbortSignal): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const onAnswer = () => resolve(true);
    const onAbort = () => resolve(false);
    this.#awaiting.add(onAnswer);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    return promise.finally(() => {
      this.#awaiting.delete(onAnswer);
      signal.removeEventListener('abort', onAbort);
    });
  }

  close(): void {
    this.#session?.destroy();
    this.#session = undefined;
  }

  #answer(stream: ClientHttp2Stream): Promise<IncomingHttpHeaders & IncomingHttpStatusHeader> {
    return new Promise((resolve, reject) => {
      const overdue = setTimeout(
        () => stream.destroy(new AnswerTimeout(`no answer within ${this.#times.answerWithin} ms`)),
        this.#times.answerWithin,
      );
      stream.once('response', (headers) => {
        clearTimeout(overdue);
        this.#onHeard();
        resolve(headers);
      });
      stream.on('error', reject);
      stream.once('close', () => {
        clearTimeout(overdue);
        reject(new Error('the connection was closed before an answer came'));
      });
    });
  }

  async *#listenedTo(stream: AsyncIterable<unknown>): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of stream) {
      this.#onHeard();
      yield chunk as Uint8Array;
    }
  }

  #connected(): ClientHttp2Session {
    if (this.#session && !this.#session.closed && !this.#session.destroyed) return this.#session;
    const session = connect(this.#access.server, { ...this.#access.tls(), ALPNProtocols: ['h2'] });
    const overdue = setTimeout(
      () => session.destroy(new AnswerTimeout(`no connection within ${this.#times.connectWithin} ms`)),
      this.#times.connectWithin,
    );
    const pings = setInterval(() => this.#ping(session), this.#times.pingEvery);
    session.once('connect', () => clearTimeout(overdue));
    // The streams are told as well, and so is whoever waits for them.
    session.on('error', () => {});
    let leaving: NodeJS.Timeout | undefined;
    session.once('goaway', () => {
      if (this.#session === session) this.#session = undefined;
      leaving ??= setTimeout(() => session.destroy(), this.#times.leaveWithin);
    });
    session.once('close', () => {
      clearTimeout(overdue);
      clearTimeout(leaving);
      clearInterval(pings);
      if (this.#session === session) this.#session = undefined;
    });
    this.#session = session;
    return session;
  }

  #ping(session: ClientHttp2Session): void {
    if (session.connecting || session.destroyed) return;
    const { pingWithin } = this.#times;
    const overdue = setTimeout(
      () => session.destroy(new AnswerTimeout(`no sign of life within ${pingWithin} ms`)),
      pingWithin,
    );
    const stop = () => clearTimeout(overdue);
    session.once('close', stop);
    session.ping((error) => {
      stop();
      session.removeListener('close', stop);
      if (!error) this.#onHeard();
    });
  }
}

function inflated(stream: ClientHttp2Stream): AsyncIterable<unknown> {
  // What goes wrong with the one shows at the other, where it is read.
  return pipeline(stream, createGunzip(), () => {});
}
