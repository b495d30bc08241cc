// DELETE /api/v1/findings/ID/acknowledge: also of a finding that is over, or that this agent does not know.
import * as Type from 'typebox/type';
import { closed } from '../../render/schemas.ts';
import { ACKNOWLEDGE, FindingParameters, orRefusal } from '../acknowledging.ts';
import { CHANGE_ERRORS } from '../failover-testing.ts';
import { sendProblem } from '../problem.ts';
import type { Route } from '../route.ts';

export const unacknowledgeFinding: Route = {
  method: 'DELETE',
  path: ACKNOWLEDGE,
  id: 'unacknowledgeFinding',
  tag: 'findings',
  change: 'delete',
  summary: 'Takes an acknowledgement back: where the finding is active, its alert is raised again',
  params: FindingParameters,
  answer: {
    description: 'The finding is acknowledged no more',
    schema: Type.Object({ acknowledged: Type.Null() }, { ...closed, $id: 'NotAcknowledged' }),
  },
  errors: [...CHANGE_ERRORS, 404],
  handle: async ({ acknowledgements }, request, reply) => {
    const { id } = request.params as Type.Static<typeof FindingParameters>;
    const removed = await orRefusal(acknowledgements.remove(id));
    if (!('found' in removed)) return sendProblem(reply, removed.status, removed.detail);
    return removed.found
      ? reply.send({ acknowledged: null })
      : sendProblem(reply, 404, `no finding ${id} is acknowledged`);
  },
};
