// A server on loopback with a certificate of its own CA, for what asks APIs.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const openssl = spawnSync('openssl', ['version']).status === 0;
if (!openssl) console.warn('skipped: openssl is not here; install the Debian package openssl');

export class TestServers {
  readonly folder = mkdtempSync(join(tmpdir(), 'vipwatch-import-'));
  readonly #servers: Server[] = [];
  /** Of the CA that signed the server's certificate. */
  readonly caFile = join(this.folder, 'ca.pem');
  #tls: { readonly key: Buffer; readonly cert: Buffer } | undefined;

  file(name: string, content: string | Uint8Array): string {
    const path = join(this.folder, name);
    writeFileSync(path, content);
    return path;
  }

  async http(answer: RequestListener): Promise<string> {
    return `http://127.0.0.1:${await this.#listening(createHttpServer(answer))}`;
  }

  async https(answer: RequestListener): Promise<string> {
    this.#tls ??= this.#certificate();
    return `https://127.0.0.1:${await this.#listening(createHttpsServer(this.#tls, answer))}`;
  }

  close(): void {
    for (const server of this.#servers.splice(0)) server.close().closeAllConnections();
  }

  remove(): void {
    this.close();
    rmSync(this.folder, { recursive: true });
  }

  #certificate() {
    const path = (name: string) => join(this.folder, name);
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
    this.#openssl(
      'req',
      '-x509',
      ...key,
      '-keyout',
      path('ca-key.pem'),
      '-out',
      this.caFile,
      '-subj',
      '/CN=lab CA',
    );
    this.#openssl('req', ...key, '-keyout', path('key.pem'), '-out', path('csr.pem'), '-subj', '/CN=router');
    const extension = this.file('extension', 'subjectAltName=IP:127.0.0.1');
    const by = ['-CA', this.caFile, '-CAkey', path('ca-key.pem'), '-CAcreateserial', '-days', '2'];
    this.#openssl(
      'x509',
      '-req',
      '-in',
      path('csr.pem'),
      ...by,
      '-extfile',
      extension,
      '-out',
      path('cert.pem'),
    );
    return { key: readFileSync(path('key.pem')), cert: readFileSync(path('cert.pem')) };
  }

  #openssl(...args: readonly string[]): void {
    const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  }

  async #listening(server: Server): Promise<number> {
    this.#servers.push(server);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return (server.address() as AddressInfo).port;
  }
}
