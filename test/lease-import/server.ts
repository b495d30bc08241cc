// A server on loopback with a certificate of its own CA, for what asks APIs.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CA_FILE, type Certificate, certificateOf } from './certificate.ts';

export class TestServers {
  readonly folder = mkdtempSync(join(tmpdir(), 'vipwatch-import-'));
  readonly #servers: Server[] = [];
  /** Of the CA that signed the server's certificate. */
  readonly caFile = join(this.folder, CA_FILE);
  #tls: Certificate | undefined;

  file(name: string, content: string | Uint8Array): string {
    const path = join(this.folder, name);
    writeFileSync(path, content);
    return path;
  }

  async http(answer: RequestListener): Promise<string> {
    return `http://127.0.0.1:${await this.#listening(createHttpServer(answer))}`;
  }

  async https(answer: RequestListener): Promise<string> {
    this.#tls ??= certificateOf('127.0.0.1', this.folder);
    return `https://127.0.0.1:${await this.#listening(createHttpsServer(this.#tls, answer))}`;
  }

  close(): void {
    for (const server of this.#servers.splice(0)) server.close().closeAllConnections();
  }

  remove(): void {
    this.close();
    rmSync(this.folder, { recursive: true });
  }

  async #listening(server: Server): Promise<number> {
    this.#servers.push(server);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return (server.address() as AddressInfo).port;
  }
}
