// Whether the process lives, whether it can do its work, and its metrics.
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox/type';
import { EmptyQuery, HealthSchema, MetricsQuery, ProblemSchema, ReadinessSchema } from '../render/schemas.ts';
import type { Sources } from '../tables/sources.ts';
import { PROBLEM_CONTENT_TYPE, problem, sendProblem } from './problem.ts';
import type { HttpOptions } from './server.ts';

export function addHealthRoutes(app: FastifyInstance, { sources, metrics }: HttpOptions): void {
  app.get(
    '/healthz',
    {
      schema: {
        summary: 'The process is alive: its event loop turns',
        querystring: EmptyQuery,
        response: { 200: HealthSchema },
      },
    },
    async () => ({ status: 'ok' as const }),
  );

  app.get(
    '/readyz',
    {
      schema: {
        summary: 'It captures on at least one interface that is up, and knows what the cluster intends',
        querystring: EmptyQuery,
        response: {
          200: ReadinessSchema,
          503: { content: { [PROBLEM_CONTENT_TYPE]: { schema: ProblemSchema } } },
        },
      },
    },
    async (_request, reply) => {
      const readiness = readinessOf(sources);
      if (readiness.ready) return readiness;
      const detail = readiness.capture.ready
        ? 'intent is not known yet'
        : 'no interface is captured that is up';
      reply.code(503).type(PROBLEM_CONTENT_TYPE).serializer(JSON.stringify);
      return { ...problem(503, detail), ...readiness };
    },
  );

  app.get(
    '/metrics',
    {
      schema: {
        summary: 'Metrics in the Prometheus text format: all of them, or those named',
        querystring: MetricsQuery,
        response: {
          200: { content: { 'text/plain': { schema: { type: 'string' } } } },
          400: { content: { [PROBLEM_CONTENT_TYPE]: { schema: ProblemSchema } } },
        },
      },
    },
    async (request, reply) => {
      const { 'name[]': wanted = [] } = request.query as Static<typeof MetricsQuery>;
      const names = [wanted].flat();
      const known = new Set(metrics.describe().map(({ name }) => name));
      const unknown = names.filter((name) => !known.has(name));
      if (unknown.length > 0)
        return sendProblem(reply, 400, `name[]: no metric is called ${unknown.join(', ')}`);
      reply.type(metrics.contentType);
      return Readable.from(metrics.render(names));
    },
  );
}

/** A journal in memory is told here, but does not make the process unready: it watches all the same. */
function readinessOf(sources: Sources) {
  const interfaces = sources.interfaces().map(({ name, up }) => ({ name, up }));
  const { confirmedAt, problems, doubts, skipped } = sources.intent();
  const capture = { ready: interfaces.some(({ up }) => up), interfaces };
  const intent = {
    ready: confirmedAt !== null,
    confirmedAt: confirmedAt === null ? null : sources.iso(confirmedAt),
    problems: problems.map(({ kind, listed, reason }) => ({ kind, listed, reason })),
    doubts,
    skipped: skipped.length,
  };
  const { durable, problem: journalProblem } = sources.journal();
  return {
    ready: capture.ready && intent.ready,
    capture,
    intent,
    journal: { durable, problem: journalProblem },
  };
}
