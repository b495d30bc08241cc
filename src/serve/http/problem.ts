// Problem documents (RFC 9457): every error of the API has this shape.
import type { FastifyReply } from 'fastify';
import * as Type from 'typebox/type';
import { text } from '../render/schemas.ts';

export const ProblemSchema = Type.Object(
  {
    type: text,
    title: text,
    status: Type.Integer(),
    detail: Type.Optional(Type.String({ description: 'what is wrong, and what to do' })),
    instance: Type.Optional(Type.String({ description: 'where this very case is described' })),
  },
  { $id: 'Problem', description: 'RFC 9457' },
);

type Problem = Type.Static<typeof ProblemSchema>;

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

const TITLES = {
  400: 'Bad request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  408: 'Request timeout',
  409: 'Refused',
  413: 'Content too large',
  414: 'URI too long',
  415: 'Unsupported media type',
  421: 'Misdirected request',
  429: 'Too many requests',
  431: 'Request header fields too large',
  500: 'Internal error',
  503: 'Not ready',
} as const;

export type ErrorStatus = keyof typeof TITLES;

export function titleOf(status: number): string {
  const titles: Readonly<Record<number, string>> = TITLES;
  return titles[status] ?? (status < 500 ? 'Bad request' : 'Internal error');
}

/** `about:blank` says that the status alone is the type of the problem (RFC 9457 section 4.2.1). */
export function problem(status: number, detail?: string, instance?: string): Problem {
  return {
    type: 'about:blank',
    title: titleOf(status),
    status,
    ...(detail !== undefined && { detail }),
    ...(instance !== undefined && { instance }),
  };
}

export function sendProblem(
  reply: FastifyReply,
  status: number,
  detail?: string,
  instance?: string,
): FastifyReply {
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .header('x-content-type-options', 'nosniff')
    .type(PROBLEM_CONTENT_TYPE)
    .serializer(JSON.stringify)
    .send(problem(status, detail, instance));
}
