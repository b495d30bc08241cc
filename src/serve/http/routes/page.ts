// GET / and /assets/NAME: the page for people, and its parts.
import type { FastifyReply, FastifyRequest } from 'fastify';
import * as Type from 'typebox/type';
import { closed } from '../../render/schemas.ts';
import { type PageAsset, plain } from '../page.ts';
import { Pieces } from '../pieces.ts';
import { sendProblem } from '../problem.ts';
import type { Route } from '../route.ts';

/** Nothing from elsewhere, nothing inline: what stands on the page was said by devices of the LAN. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const TURNED_OFF = 'the page is turned off: http.page is false';
const NOT_BUILT =
  'the page is not built here: `make bundle` and `make page` build it; the API is under /api/v1';

const AssetParameters = Type.Object(
  { name: Type.String({ description: 'as the page names it', examples: ['app-0123456789ab.js'] }) },
  closed,
);

export const page: Route = {
  method: 'GET',
  path: '/',
  id: 'getPage',
  tag: 'agent',
  summary: 'The page for people: is everything all right?',
  answer: { description: 'The page', type: 'text/html', schema: Type.String() },
  errors: [404],
  handle: async ({ page: served }, request, reply) => {
    if (served === null) return sendProblem(reply, 404, TURNED_OFF);
    const index = await served.index();
    if (index === undefined) return sendProblem(reply, 404, NOT_BUILT);
    reply.header('content-security-policy', CONTENT_SECURITY_POLICY).header('referrer-policy', 'no-referrer');
    return sendAsset(request, reply, index);
  },
};

export const pageAsset: Route = {
  method: 'GET',
  path: '/assets/:name',
  id: 'getPageAsset',
  tag: 'agent',
  summary: 'A part of the page',
  params: AssetParameters,
  answer: { description: 'Script or style', type: 'text/javascript', schema: Type.String() },
  errors: [404],
  handle: async ({ page: served }, request, reply) => {
    const { name } = request.params as Type.Static<typeof AssetParameters>;
    const asset = await served?.asset(name);
    if (asset === undefined) return sendProblem(reply, 404, `the page has no part ${name}`);
    // Its name changes with it.
    reply.header('cache-control', 'public, max-age=31536000, immutable');
    return sendAsset(request, reply, asset);
  },
};

function sendAsset(request: FastifyRequest, reply: FastifyReply, asset: PageAsset): FastifyReply {
  const takesGzip = /\bgzip\b(?!;q=0\b)/.test(String(request.headers['accept-encoding'] ?? ''));
  const body = new Pieces([takesGzip ? asset.gzip : plain(asset)]);
  if (takesGzip) reply.header('content-encoding', 'gzip');
  return reply
    .type(asset.type)
    .header('vary', 'accept-encoding')
    .header('content-length', body.length)
    .send(body);
}
