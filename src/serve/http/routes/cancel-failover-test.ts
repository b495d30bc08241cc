// DELETE /api/v1/failover-tests/ID.
import type { Static } from 'typebox/type';
import { renderFailoverTest } from '../../render/render.ts';
import { FailoverTestSchema } from '../../render/schemas.ts';
import {
  CHANGE_ERRORS,
  closedBecause,
  FAILOVER_TEST,
  FailoverTestParameters,
  orUnavailable,
  unknownTest,
} from '../failover-testing.ts';
import { sendProblem } from '../problem.ts';
import type { Route } from '../route.ts';

export const cancelFailoverTest: Route = {
  method: 'DELETE',
  path: FAILOVER_TEST,
  id: 'cancelFailoverTest',
  tag: 'failover-tests',
  change: 'delete',
  closed: closedBecause,
  summary: 'Cancels a failover test and undoes what it injected',
  params: FailoverTestParameters,
  answer: { description: 'The test, cancelled or about to be', schema: FailoverTestSchema },
  errors: [...CHANGE_ERRORS, 404],
  handle: async ({ failover: { tests } }, request, reply) => {
    const { id } = request.params as Static<typeof FailoverTestParameters>;
    const test = tests && (await orUnavailable(tests.cancel(id)));
    if (typeof test === 'string') return sendProblem(reply, 503, test);
    return test ? reply.send(renderFailoverTest(test)) : sendProblem(reply, 404, unknownTest(id));
  },
};
