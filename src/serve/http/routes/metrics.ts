// GET /metrics, for Prometheus.
import * as Type from 'typebox/type';
import { closed } from '../../render/schemas.ts';
import { piecesOf } from '../pieces.ts';
import { sendProblem } from '../problem.ts';
import type { Route } from '../route.ts';

const MetricsQuery = Type.Object(
  {
    'name[]': Type.Optional(
      Type.Union([Type.String(), Type.Array(Type.String())], { description: 'only these metrics' }),
    ),
  },
  closed,
);

export const metrics: Route = {
  method: 'GET',
  path: '/metrics',
  id: 'getMetrics',
  tag: 'agent',
  summary: 'Metrics in the Prometheus text format: all of them, or those named',
  query: MetricsQuery,
  answer: { description: 'The metrics', type: 'text/plain', schema: Type.String() },
  handle: async ({ metrics: all, answers }, request, reply) => {
    const { 'name[]': wanted = [] } = request.query as Type.Static<typeof MetricsQuery>;
    const names = [wanted].flat();
    const known = new Set(all.describe().map(({ name }) => name));
    const unknown = names.filter((name) => !known.has(name));
    if (unknown.length > 0)
      return sendProblem(reply, 400, `name[]: no metric is called ${unknown.join(', ')}`);
    const pieces = await answers.make(request, (pause) => piecesOf(all.render(names), pause));
    return answers.send(reply.type(all.contentType), pieces ?? []);
  },
};
