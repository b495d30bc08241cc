// A route is one file under routes/: its path, its schema (which checks the request and documents the answer), its handler.
import type { FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import * as Type from 'typebox/type';
import { closed } from '../render/schemas.ts';
import type { ChangeVerb, Gate } from './authorization.ts';
import type { HttpOptions } from './options.ts';

/** What routes answer from. */
export interface RouteContext extends HttpOptions {
  /** Knows who asked for a change. */
  readonly gate: Gate;
  /** The document of all routes. */
  readonly openApi: () => unknown;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** `:id` stands for any one part. */
  readonly path: string;
  readonly schema: FastifySchema & { readonly summary: string };
  /** What is done to a failover test: only who has that right gets through. Absent: it only reads, which is open to all. */
  readonly change?: ChangeVerb;
  /** It cannot be asked by HEAD, as any other that reads. */
  readonly withoutHead?: true;
  readonly handle: (context: RouteContext, request: FastifyRequest, reply: FastifyReply) => unknown;
}

export const EmptyQuery = Type.Object({}, closed);
