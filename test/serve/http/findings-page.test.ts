// The page where alerts lead: as a browser gets it.
import { createHash } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import { FINDING_KINDS } from '../../../src/watch/finding/kinds.ts';
import { type SampleServer, sampleServer } from '../server.ts';

let running: SampleServer | undefined;
afterEach(async () => {
  await running?.server.close();
  running = undefined;
});

async function page() {
  running ??= await sampleServer();
  return await running.server.fastify.inject('/docs/findings');
}

it('is HTML, may load nothing, and has the one style that its policy allows', async () => {
  const { statusCode, headers, body } = await page();
  expect(statusCode).toBe(200);
  expect(headers['content-type']).toBe('text/html; charset=utf-8');
  const style = /<style>([^<]*)<\/style>/.exec(body)![1]!;
  const hash = createHash('sha256').update(style).digest('base64');
  expect(headers['content-security-policy']).toBe(
    `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  );
  expect(body).not.toMatch(/<script|<img|<iframe| src=| style=| on\w+=/);
});

it('has a place for every kind of finding, and every link leads to one', async () => {
  const { body } = await page();
  const places = [...body.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  expect(places).toEqual(expect.arrayContaining([...FINDING_KINDS, 'alerts', 'vipwatchabsent']));
  expect(new Set(places).size).toBe(places.length);
  const links = [...body.matchAll(/ href="([^"]+)"/g)].map(([, href]) => href!);
  expect(links.length).toBeGreaterThan(20);
  expect(links.filter((href) => !places.includes(href.slice(1)))).toEqual([]);
});

it('can be asked for without its text, and takes no parameter', async () => {
  running = await sampleServer();
  const { fastify } = running.server;
  expect(await fastify.inject({ method: 'HEAD', url: '/docs/findings' })).toMatchObject({
    statusCode: 200,
    body: '',
  });
  expect((await fastify.inject('/docs/findings?a=b')).statusCode).toBe(400);
});
