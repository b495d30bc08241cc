// GET /api/v1/findings/ID.
import type { Static } from 'typebox/type';
import { renderFinding } from '../../render/render.ts';
import { FindingSchema } from '../../render/schemas.ts';
import { FindingParameters, unknownFinding } from '../acknowledging.ts';
import { sendProblem } from '../problem.ts';
import type { Route } from '../route.ts';

export const finding: Route = {
  method: 'GET',
  path: '/api/v1/findings/:id',
  id: 'getFinding',
  tag: 'findings',
  summary: 'A finding, in any state, while this agent remembers it',
  params: FindingParameters,
  answer: { description: 'The finding', schema: FindingSchema },
  errors: [404],
  handle: ({ sources }, request, reply) => {
    const { id } = request.params as Static<typeof FindingParameters>;
    const found = sources.view.finding(id);
    return found
      ? reply.send(renderFinding(found, sources.iso))
      : sendProblem(reply, 404, unknownFinding(id));
  },
};
