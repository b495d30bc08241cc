// GET / and /assets/NAME: the page for people, and its parts.
import type { FastifyReply, FastifyRequest } from 'fastify';
import * as Type from 'typebox/type';
import { closed } from '../../render/schemas.ts';
import { type PageAsset, plain } from '../page.ts';
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
  {
    name: Type.String({
      description: 'the name of the file, as the page has it',
      examples: ['app-0123456789ab.js'],
    }),
  },
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
  handle: async ({ page: served, answers }, request, reply) => {
    if (served === null) return sendProblem(reply, 404, TURNED_OFF);
    const index = await answers.make(request, () => bodyOf(request, served.index()));
    if (index === null) return sendProblem(reply, 404, NOT_BUILT);
    reply.header('content-security-policy', CONTENT_SECURITY_POLICY).header('referrer-policy', 'no-referrer');
    return answers.send(describe(reply, index), index ? [index.bytes] : []);
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
  handle: async ({ page: served, answers }, request, reply) => {
    const { name } = request.params as Type.Static<typeof AssetParameters>;
    const asset = served && (await answers.make(request, () => bodyOf(request, served.asset(name))));
    if (asset === null) return sendProblem(reply, 404, `the page has no part ${name}`);
    // Its name changes with it.
    reply.header('cache-control', 'public, max-age=31536000, immutable');
    return answers.send(describe(reply, asset), asset ? [asset.bytes] : []);
  },
};

interface Body {
  readonly type: string;
  readonly isGzip: boolean;
  readonly bytes: Uint8Array;
}

/** Null: there is none. */
async function bodyOf(
  { headers }: FastifyRequest,
  read: Promise<PageAsset | undefined>,
): Promise<Body | null> {
  const asset = await read;
  if (asset === undefined) return null;
  const isGzip = /\bgzip\b(?!;q=0\b)/.test(String(headers['accept-encoding'] ?? ''));
  return { type: asset.type, isGzip, bytes: isGzip ? asset.gzip : plain(asset) };
}

/** @param body undefined: the client has gone meanwhile */
function describe(reply: FastifyReply, body: Body | undefined): FastifyReply {
  if (body?.isGzip) reply.header('content-encoding', 'gzip');
  return reply.type(body?.type ?? 'text/plain').header('vary', 'accept-encoding');
}
