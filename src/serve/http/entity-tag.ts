// Entity tags (RFC 9110, section 8.8.3): who has read an answer already is told so, instead of being sent it again.
import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Pieces } from './pieces.ts';

/** What is sent in place of the answer: nothing, where the client has it. */
export function tagged(request: FastifyRequest, reply: FastifyReply, payload: unknown): unknown {
  const isText = typeof payload === 'string';
  if (reply.statusCode !== 200 || request.method === 'POST' || request.method === 'DELETE') return payload;
  if (!isText && !(payload instanceof Pieces)) return payload;
  const digest = isText ? createHash('sha1').update(payload).digest('base64url') : payload.digest;
  const tag = `"${digest}"`;
  reply.header('etag', tag);
  // It is kept to be compared, and never shown without asking.
  reply.header('cache-control', 'no-cache');
  if (!namesTag(request.headers['if-none-match'], tag)) return payload;
  if (!isText) payload.destroy();
  reply.code(304).removeHeader('content-length').removeHeader('content-type');
  return null;
}

function namesTag(header: string | undefined, tag: string): boolean {
  return (header ?? '').split(',').some((one) => one.trim().replace(/^W\//, '') === tag);
}
