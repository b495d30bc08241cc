// GET /api/v1/failover-tests/ID.
import type { Static } from 'typebox/type';
import { renderFailoverTest } from '../../render/render.ts';
import { FailoverTestSchema } from '../../render/schemas.ts';
import { FAILOVER_TEST, FailoverTestParameters, unknownTest } from '../failover-testing.ts';
import { PROBLEM_RESPONSE, sendProblem } from '../problem.ts';
import { EmptyQuery, type Route } from '../route.ts';

export const failoverTest: Route = {
  method: 'GET',
  path: FAILOVER_TEST,
  schema: {
    summary: 'A failover test: how far it is, and how it ended',
    params: FailoverTestParameters,
    querystring: EmptyQuery,
    response: { 200: FailoverTestSchema, '4xx': PROBLEM_RESPONSE },
  },
  handle: ({ failover }, request, reply) => {
    const { id } = request.params as Static<typeof FailoverTestParameters>;
    const test = failover.tests?.get(id);
    return test ? reply.send(renderFailoverTest(test)) : sendProblem(reply, 404, unknownTest(id));
  },
};
