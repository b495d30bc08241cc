// DELETE /api/v1/failover-tests/ID.
import type { Static } from 'typebox/type';
import { renderFailoverTest } from '../../render/render.ts';
import { FailoverTestSchema } from '../../render/schemas.ts';
import { FAILOVER_TEST, FailoverTestParameters, orUnavailable, unknownTest } from '../failover-testing.ts';
import { PROBLEM_RESPONSE, sendProblem } from '../problem.ts';
import { EmptyQuery, type Route } from '../route.ts';

export const cancelFailoverTest: Route = {
  method: 'DELETE',
  path: FAILOVER_TEST,
  change: 'delete',
  schema: {
    summary: 'Cancels a failover test: what was injected is undone',
    params: FailoverTestParameters,
    querystring: EmptyQuery,
    response: { 200: FailoverTestSchema, '4xx': PROBLEM_RESPONSE, 503: PROBLEM_RESPONSE },
  },
  handle: async ({ failover: { tests } }, request, reply) => {
    const { id } = request.params as Static<typeof FailoverTestParameters>;
    const test = tests && (await orUnavailable(tests.cancel(id)));
    if (typeof test === 'string') return sendProblem(reply, 503, test);
    return test ? reply.send(renderFailoverTest(test)) : sendProblem(reply, 404, unknownTest(id));
  },
};
