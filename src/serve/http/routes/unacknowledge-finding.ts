// DELETE /api/v1/findings/ID/acknowledge: also of a finding that is over, or that this agent does not know.
import * as Type from 'typebox/type';
import { shownName } from '../../../acknowledge/acknowledging.ts';
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
  summary: 'Takes an acknowledgement back; if the finding is active, its alert is raised again',
  params: FindingParameters,
  answer: {
    description: 'The finding is not acknowledged any more',
    schema: Type.Object({ acknowledged: Type.Null() }, { ...closed, $id: 'NotAcknowledged' }),
  },
  errors: [...CHANGE_ERRORS, 404],
  handle: async ({ acknowledgements, gate, onAcknowledging }, request, reply) => {
    const { id } = request.params as Type.Static<typeof FindingParameters>;
    const removed = await orRefusal(acknowledgements.remove(id));
    if (!('found' in removed)) return sendProblem(reply, removed.status, removed.detail);
    if (!removed.found) return sendProblem(reply, 404, `no finding ${id} is acknowledged`);
    const user = gate.userOf(request);
    onAcknowledging({ action: 'taken-back', finding: id, by: user === null ? null : shownName(user) });
    return reply.send({ acknowledged: null });
  },
};
