// What is served of the page: small, compressed, kept by its names, strict, and off where that is wanted.
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from '../../src/serve/http/page.ts';
import { sampleServer } from '../serve/server.ts';
import { builtPage } from './built-page.ts';

/** Bytes, compressed, of all that a browser loads before it asks the API. */
const MOST = 40_000;

describe('the page as it is served', () => {
  let built: Awaited<ReturnType<typeof builtPage>>;
  beforeAll(async () => {
    built = await builtPage();
  });
  afterAll(() => built?.[Symbol.asyncDispose]());

  const gzip = { 'accept-encoding': 'br, gzip' };
  const partsOf = (html: string) =>
    [...html.matchAll(/(?:src|href)="(assets\/[^"]+)"/g)].map(([, path]) => path!);

  it('weighs at most 40 kB in all, and comes back as nothing while it is the same', async () => {
    const { server } = await sampleServer({}, {}, undefined, { page: built.page });
    const index = await server.fastify.inject({ url: '/', headers: gzip });
    const html = gunzipSync(index.rawPayload).toString();
    const parts = partsOf(html);
    expect(parts).toHaveLength(2);
    let bytes = index.rawPayload.length;
    for (const part of parts) {
      const answer = await server.fastify.inject({ url: `/${part}`, headers: gzip });
      expect(answer.headers).toMatchObject({
        'content-encoding': 'gzip',
        'cache-control': 'public, max-age=31536000, immutable',
        'x-content-type-options': 'nosniff',
      });
      bytes += answer.rawPayload.length;
    }
    expect(bytes).toBeLessThan(MOST);
    const again = await server.fastify.inject({
      url: '/',
      headers: { ...gzip, 'if-none-match': index.headers.etag },
    });
    expect(again.statusCode).toBe(304);
    const unpacked = await server.fastify.inject('/');
    expect([unpacked.body, unpacked.headers['content-encoding']]).toEqual([html, undefined]);
    await server.close();
  });

  it('lets nothing of others in, and has no absolute address', async () => {
    const { server } = await sampleServer({}, {}, undefined, { page: built.page });
    const { headers, body } = await server.fastify.inject('/');
    expect(headers['content-security-policy']).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
    );
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(body).not.toMatch(/(src|href)="(\/|https?:)/);
    expect(body).not.toMatch(/<style|style=|<script>|\son\w+=/);
    await server.close();
  });

  it('is made in its turn, as all answers are: a flood of questions is turned away', async () => {
    const { server } = await sampleServer({}, {}, undefined, { page: built.page });
    const [script] = partsOf((await server.fastify.inject('/')).body);
    for (const url of ['/', `/${script}`]) {
      const answers = await Promise.all(Array.from({ length: 100 }, () => server.fastify.inject(url)));
      const codes = new Set(answers.map(({ statusCode }) => statusCode));
      expect([url, ...codes].sort()).toEqual([url, 200, 503].sort());
    }
    await server.close();
  });

  it('is not there where it is turned off, not built, or of another name', async () => {
    const detailOf = async (page: Page | null, url: string) => {
      const { server } = await sampleServer({}, {}, undefined, { page });
      const answer = await server.fastify.inject(url);
      await server.close();
      expect(answer.statusCode).toBe(404);
      return answer.json().detail;
    };
    expect(await detailOf(null, '/')).toBe('the page is turned off: http.page is false');
    expect(await detailOf(built.page, '/assets/other.js')).toBe('the page has no part other.js');
    expect(await detailOf(null, '/assets/app.js')).toBe('the page has no part app.js');
  });
});
