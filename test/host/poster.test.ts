// Posting with what a server may ask for: a certificate to trust, a password, a token. A real TLS server on loopback.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Poster, type PosterOptions } from '../../src/host/poster.ts';

const NO_TLS = { caFile: null, client: null };

let folder: string;
const servers: Server[] = [];
let requests: { readonly headers: IncomingMessage['headers']; readonly body: string }[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vipwatch-poster-'));
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
  requests = [];
});

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function answering(answer: (response: ServerResponse) => void): RequestListener {
  return async (request, response) => {
    requests.push({ headers: request.headers, body: await text(request) });
    answer(response);
  };
}

/** Its port on 127.0.0.1. */
async function listening(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return (server.address() as AddressInfo).port;
}

async function post(options: Partial<PosterOptions>, signal = AbortSignal.timeout(10_000)) {
  return await new Poster({ url: '', tls: NO_TLS, credentials: null, ...options }).post('[1]', signal);
}

const fine = answering((response) => response.end());

describe('Poster over HTTP', () => {
  it('posts JSON, and gives the answer', async () => {
    const refusing = answering((response) => {
      const date = 'Sun, 01 Mar 2026 12:00:00 GMT';
      response.writeHead(429, { 'retry-after': '7', date }).end('x'.repeat(10_000));
    });
    const port = await listening(createHttpServer(refusing));
    const answer = await post({ url: `http://127.0.0.1:${port}/am/api/v2/alerts` });
    const date = Date.parse('2026-03-01T12:00:00Z');
    expect(answer).toEqual({ status: 429, retryAfter: 7_000, date, text: 'x'.repeat(500) });
    expect(requests).toMatchObject([{ headers: { 'content-type': 'application/json' }, body: '[1]' }]);
  });

  it.each([undefined, 'noon'])('does without a date where the answer has none: %s', async (date) => {
    const undated = answering((response) => {
      response.sendDate = false;
      response.writeHead(200, date === undefined ? {} : { date }).end();
    });
    const answer = await post({ url: `http://127.0.0.1:${await listening(createHttpServer(undated))}/` });
    expect(answer).toEqual({ status: 200, retryAfter: null, date: null, text: '' });
  });

  it('reads the password anew for each request', async () => {
    const url = `http://127.0.0.1:${await listening(createHttpServer(fine))}/`;
    const credentials = { kind: 'basic', username: 'vip', passwordFile: file('password', 'old\n') } as const;
    await post({ url, credentials });
    file('password', 'new');
    await post({ url, credentials });
    const sent = requests.map(({ headers }) =>
      Buffer.from(headers.authorization!.slice(6), 'base64').toString(),
    );
    expect(sent).toEqual(['vip:old', 'vip:new']);
  });

  it.each(['pässwörd €5', '密码', ' inner  spaces ', '😀'])(
    'sends any password of one line: %s',
    async (password) => {
      const url = `http://127.0.0.1:${await listening(createHttpServer(fine))}/`;
      const passwordFile = file('password', `${password}\r\n`);
      await post({ url, credentials: { kind: 'basic', username: 'wächter', passwordFile } });
      const sent = Buffer.from(requests[0]!.headers.authorization!.slice(6), 'base64').toString();
      expect(sent).toBe(`wächter:${password.trim()}`);
    },
  );

  it('sends a token', async () => {
    const url = `http://127.0.0.1:${await listening(createHttpServer(fine))}/`;
    await post({ url, credentials: { kind: 'bearer', tokenFile: file('token', 'abc.def\n') } });
    expect(requests[0]!.headers.authorization).toBe('Bearer abc.def');
  });

  it('names the file that it cannot use, and nothing of what is in it', async () => {
    const url = `http://127.0.0.1:${await listening(createHttpServer(fine))}/`;
    const bearer = (tokenFile: string) => post({ url, credentials: { kind: 'bearer', tokenFile } });
    await expect(bearer('/nowhere/token')).rejects.toThrow('/nowhere/token: ENOENT');
    const basic = (passwordFile: string) =>
      post({ url, credentials: { kind: 'basic', username: 'vip', passwordFile } });
    for (const text of ['hunter2\nhunter3', '\n', 'hunter2\0']) {
      const path = file('lines', text);
      for (const by of [bearer, basic])
        await expect(by(path)).rejects.toThrow(`${path}: holds no secret of one line`);
    }
    const token = file('token', 'hunter€');
    await expect(bearer(token)).rejects.toThrow(`${token}: holds characters that no HTTP header may hold`);
    const latin1 = join(folder, 'latin1');
    writeFileSync(latin1, 'p\xe4ssword', 'latin1');
    await expect(basic(latin1)).rejects.toThrow(`${latin1}: is not in UTF-8`);
    expect(requests).toEqual([]);
  });

  it('gives up when told to', async () => {
    const port = await listening(createHttpServer(answering(() => {})));
    const waiting = post({ url: `http://127.0.0.1:${port}/` }, AbortSignal.timeout(50));
    await expect(waiting).rejects.toThrow(expect.objectContaining({ name: expect.stringMatching(/Error/) }));
  });
});

const openssl = spawnSync('openssl', ['version']).status === 0;
if (!openssl) console.warn('skipped: openssl is not here; install the Debian package openssl');

describe.skipIf(!openssl)('Poster over TLS', () => {
  let keyFile: string;
  let certFile: string;
  beforeAll(() => {
    [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const subject = ['-subj', '/CN=alertmanager', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
    const { status, stderr } = spawnSync(
      'openssl',
      ['req', ...kind, '-keyout', keyFile, '-out', certFile, ...subject],
      { encoding: 'utf8' },
    );
    expect(status, stderr).toBe(0);
  });

  async function tlsUrl(options: { readonly requestCert?: boolean } = {}): Promise<string> {
    const [key, cert] = [readFileSync(keyFile), readFileSync(certFile)];
    return `https://127.0.0.1:${await listening(createHttpsServer({ key, cert, ca: cert, ...options }, fine))}/`;
  }

  it('trusts the certificate that it was given, and no other', async () => {
    const url = await tlsUrl();
    await expect(post({ url })).rejects.toThrow(/self-signed certificate/);
    expect(requests).toEqual([]);
    expect(await post({ url, tls: { caFile: certFile, client: null } })).toMatchObject({ status: 200 });
  });

  it('shows its own certificate where it has one', async () => {
    const url = await tlsUrl({ requestCert: true });
    await expect(post({ url, tls: { caFile: certFile, client: null } })).rejects.toThrow();
    const tls = { caFile: certFile, client: { certFile, keyFile } };
    expect(await post({ url, tls })).toMatchObject({ status: 200 });
  });
});
