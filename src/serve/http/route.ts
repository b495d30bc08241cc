// A route is one file under routes/: its path, what it takes (checked before it is handled), what it answers (documented,
// and held against the answers by tests), its handler.
import type { FastifyReply, FastifyRequest } from 'fastify';
import * as Type from 'typebox/type';
import { closed } from '../render/schemas.ts';
import type { Answers } from './answers.ts';
import type { ChangeVerb, Gate } from './authorization.ts';
import type { Connections } from './connections.ts';
import type { HttpOptions } from './options.ts';
import type { ErrorStatus } from './problem.ts';

/** What routes answer from. */
export interface RouteContext extends HttpOptions {
  /** Knows who asked for a change. */
  readonly gate: Gate;
  /** Makes answers that take work. */
  readonly answers: Answers;
  readonly connections: Connections;
  /** All that can be asked. */
  readonly routes: readonly Route[];
}

/** What the routes are grouped by, and what each group is about. */
export const TAGS = {
  findings: 'Where intent, DHCP and the wire disagree',
  vips: 'The VIPs, who announces them, and how that changes',
  lan: 'What was seen on the LAN',
  'failover-tests': 'Does another node take over, and how fast?',
  checks: 'What will go wrong, before it does',
  agent: 'This agent itself',
} as const;

export interface Answer {
  /** @default 200 */
  readonly status?: number;
  readonly description: string;
  /** @default application/json */
  readonly type?: string;
  readonly schema: Type.TSchema;
  /** By name, what each is for. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** `:id` stands for any one part. */
  readonly path: string;
  /** As a generated client calls it. */
  readonly id: string;
  readonly tag: keyof typeof TAGS;
  readonly summary: string;
  readonly description?: string;
  readonly params?: Type.TObject;
  /** @default none */
  readonly query?: Type.TObject;
  /** Documented; the handler reads them. */
  readonly headers?: Type.TObject;
  readonly body?: Type.TObject;
  readonly answer: Answer;
  /** Besides 400, for parameters that it does not take. */
  readonly errors?: readonly ErrorStatus[];
  /** Only who has the right to do this to failover tests gets through. Absent: it only reads, which is open to all. */
  readonly change?: ChangeVerb;
  /** Of a change: why nobody may ask for it; null: whoever has the right may. @default null */
  readonly closed?: (options: HttpOptions) => string | null;
  readonly handle: (context: RouteContext, request: FastifyRequest, reply: FastifyReply) => unknown;
}

export const EmptyQuery = Type.Object({}, closed);

/** The path as OpenAPI writes it: `{id}` stands for any one part. */
export function pathTemplate(path: string): string {
  return path.replaceAll(/:(\w+)/g, '{$1}');
}
