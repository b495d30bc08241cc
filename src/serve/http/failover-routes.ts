// The routes of failover tests: open to read, and the only ones by which something can be changed.
import type { FastifyInstance } from 'fastify';
import {
  type FailoverTest,
  type FailoverTests,
  readSpec,
  TestsUnavailable,
} from '../../failover/failover-test.ts';
import { renderFailoverTest } from '../render/render.ts';
import {
  EmptyQuery,
  FailoverTestQuery,
  FailoverTestRequest,
  FailoverTestSchema,
  PageQuery,
} from '../render/schemas.ts';
import { inOrder } from '../tables/page.ts';
import { type Authorizer, Gate } from './authorization.ts';
import { latestFirst, listRoute, type Paging, PROBLEM_RESPONSE, sendPage } from './lists.ts';
import { sendProblem } from './problem.ts';
import type { HttpOptions } from './server.ts';

export interface FailoverTesting {
  /** Null: none can be run here. */
  readonly tests: FailoverTests | null;
  /** Null: nobody may change anything. */
  readonly authorizer: Authorizer | null;
  /** They are turned off. */
  readonly off?: boolean;
}

const OFF = 'failover tests are turned off: failoverTest.modes lists none';

const PATH = '/api/v1/failover-tests';
const ONE = `${PATH}/:id`;
const bearer = [{ bearer: [] }];

export function addFailoverRoutes(app: FastifyInstance, { failover, sources }: HttpOptions): void {
  const { tests, authorizer, off = false } = failover;
  const gate = off ? new Gate(null, sources.now, OFF) : new Gate(authorizer, sources.now);
  const unknown = (id: string) => `there is no failover test ${id}`;

  app.get(
    PATH,
    listRoute('Failover tests; the latest first', PageQuery, FailoverTestSchema),
    (request, reply) => {
      const rows = inOrder(
        tests?.list() ?? [],
        ({ createdAt, id }) => `${latestFirst(Date.parse(createdAt) * 1000)} ${id}`,
      );
      return sendPage(reply, rows, request.query as Paging, renderFailoverTest);
    },
  );

  app.get(
    ONE,
    {
      schema: {
        summary: 'A failover test: how far it is, and how it ended',
        params: FailoverTestQuery,
        querystring: EmptyQuery,
        response: { 200: FailoverTestSchema, '4xx': PROBLEM_RESPONSE },
      },
    },
    (request, reply) => {
      const { id } = request.params as { readonly id: string };
      const test = tests?.get(id);
      return test ? reply.send(renderFailoverTest(test)) : sendProblem(reply, 404, unknown(id));
    },
  );

  app.post(
    PATH,
    {
      onRequest: gate.guard('create'),
      schema: {
        summary: 'Asks for a failover test',
        security: bearer,
        querystring: EmptyQuery,
        body: FailoverTestRequest,
        response: {
          201: FailoverTestSchema,
          409: { ...PROBLEM_RESPONSE, description: 'Refused; `detail` says why' },
          '4xx': PROBLEM_RESPONSE,
          503: PROBLEM_RESPONSE,
        },
      },
    },
    async (request, reply) => {
      const read = readSpec(request.body);
      if (!read.ok) return sendProblem(reply, 400, read.mistakes.join('; '));
      if (tests === null) return sendProblem(reply, 503, 'failover tests are not possible here');
      const test = await orUnavailable(tests.create(read.spec, gate.userOf(request)));
      if (typeof test === 'string') return sendProblem(reply, 503, test);
      const location = `${PATH}/${test.id}`;
      reply.header('location', location);
      if (test.phase === 'Refused') return sendProblem(reply, 409, test.message, location);
      return reply.code(201).send(renderFailoverTest(test));
    },
  );

  app.delete(
    ONE,
    {
      onRequest: gate.guard('delete'),
      schema: {
        summary: 'Cancels a failover test: what was injected is undone',
        security: bearer,
        params: FailoverTestQuery,
        querystring: EmptyQuery,
        response: { 200: FailoverTestSchema, '4xx': PROBLEM_RESPONSE, 503: PROBLEM_RESPONSE },
      },
    },
    async (request, reply) => {
      const { id } = request.params as { readonly id: string };
      const test = tests && (await orUnavailable(tests.cancel(id)));
      if (typeof test === 'string') return sendProblem(reply, 503, test);
      return test ? reply.send(renderFailoverTest(test)) : sendProblem(reply, 404, unknown(id));
    },
  );
}

/** The path as its route is known, for what a route can be asked. */
export function routeOf(path: string): string {
  return path.startsWith(`${PATH}/`) && !path.includes('/', PATH.length + 1) ? ONE : path;
}

async function orUnavailable<Found extends FailoverTest | undefined>(
  asked: Promise<Found>,
): Promise<Found | string> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof TestsUnavailable) return error.message;
    throw error;
  }
}
