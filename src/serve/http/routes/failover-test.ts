// GET /api/v1/failover-tests/ID.
import type { Static } from 'typebox/type';
import { renderFailoverTest } from '../../render/render.ts';
import { FailoverTestSchema } from '../../render/schemas.ts';
import { FAILOVER_TEST, FailoverTestParameters, unknownTest } from '../failover-testing.ts';
import { sendProblem } from '../problem.ts';
import type { Route } from '../route.ts';

export const failoverTest: Route = {
  method: 'GET',
  path: FAILOVER_TEST,
  id: 'getFailoverTest',
  tag: 'failover-tests',
  summary: 'A failover test: its phase and its result',
  params: FailoverTestParameters,
  answer: { description: 'The test', schema: FailoverTestSchema },
  errors: [404],
  handle: ({ failover }, request, reply) => {
    const { id } = request.params as Static<typeof FailoverTestParameters>;
    const test = failover.tests?.get(id);
    return test ? reply.send(renderFailoverTest(test)) : sendProblem(reply, 404, unknownTest(id));
  },
};
