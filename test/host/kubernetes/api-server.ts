// An API server that does as it is told: the test answers each request by hand. HTTP/2, with TLS where a certificate is given.
import { once } from 'node:events';
import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { ApiAccess } from '../../../src/host/kubernetes/access.ts';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly token: string | undefined;
  /** The form in which the answer may come, beside plain. */
  readonly encoding: string | undefined;
  readonly stream: ServerHttp2Stream;
}

export class ApiServer implements AsyncDisposable {
  readonly #server: Http2Server | Http2SecureServer;
  readonly #scheme: 'http' | 'https';
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #asked: Asked[] = [];
  #waiting: ((asked: Asked) => void) | undefined;
  /** Requests so far. */
  count = 0;

  /**
   * @param tls its own certificate and key, in PEM; without, it speaks plain HTTP/2.
   * @param port 0: any that is free.
   */
  static async start(tls?: { readonly key: string; readonly cert: string }, port = 0): Promise<ApiServer> {
    const server = new ApiServer(tls);
    server.#server.listen(port, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  private constructor(tls: { readonly key: string; readonly cert: string } | undefined) {
    this.#server = tls ? createSecureServer(tls) : createServer();
    this.#scheme = tls ? 'https' : 'http';
    this.#server.on('session', (session) => {
      this.#sessions.add(session);
      session.on('error', () => {});
      session.on('close', () => this.#sessions.delete(session));
    });
    this.#server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
      stream.on('error', () => {});
      const url = new URL(headers[':path'] ?? '/', 'http://server');
      const { authorization, 'accept-encoding': encoding } = headers;
      const asked = {
        method: String(headers[':method']),
        path: url.pathname,
        query: url.searchParams,
        token: authorization?.replace('Bearer ', ''),
        encoding: encoding === undefined ? undefined : String(encoding),
        stream,
      };
      this.count += 1;
      if (this.#waiting) this.#waiting(asked);
      else this.#asked.push(asked);
      this.#waiting = undefined;
    });
  }

  access(token: () => string | null = () => null): ApiAccess {
    const { port } = this.#server.address() as AddressInfo;
    return { server: `${this.#scheme}://127.0.0.1:${port}`, tls: () => ({}), token };
  }

  /** The next request that was not looked at yet. */
  async next(): Promise<Asked> {
    return this.#asked.shift() ?? (await new Promise((resolve) => (this.#waiting = resolve)));
  }

  /** As a server that stops in order does. */
  goAway(): void {
    for (const session of this.#sessions) session.goaway();
  }

  /** As a server that crashes does. */
  hangUp(): void {
    for (const session of this.#sessions) session.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.hangUp();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

export function answer({ stream }: Asked, status: number, body: unknown, headers: object = {}): void {
  stream.respond({ ':status': status, ...headers });
  stream.end(typeof body === 'string' ? body : JSON.stringify(body));
}

/** As it answers whoever takes gzip, where the answer is long. */
export function answerCompressed({ stream }: Asked, body: string | Uint8Array): void {
  stream.respond({ ':status': 200, 'content-encoding': 'gzip' });
  stream.end(typeof body === 'string' ? gzipSync(body, { level: 1 }) : body);
}

export function list(names: readonly string[], resourceVersion: string, more?: string): object {
  const metadata = { resourceVersion, ...(more !== undefined && { continue: more }) };
  return { metadata, items: names.map((name) => ({ metadata: { name, namespace: 'default' } })) };
}

export function event(type: string, name: string, resourceVersion: string): string {
  return `${JSON.stringify({ type, object: { metadata: { name, namespace: 'default', resourceVersion } } })}\n`;
}

/** Opens a watch. */
export function accept({ stream }: Asked, text = ''): void {
  stream.respond({ ':status': 200 });
  stream.write(text);
}
