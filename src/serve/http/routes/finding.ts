// GET /api/v1/findings/ID.
import * as Type from 'typebox/type';
import { renderFinding } from '../../render/render.ts';
import { closed, FindingSchema } from '../../render/schemas.ts';
import { PROBLEM_RESPONSE, sendProblem } from '../problem.ts';
import { EmptyQuery, type Route } from '../route.ts';

const FindingParameters = Type.Object({ id: Type.String() }, closed);

export const finding: Route = {
  method: 'GET',
  path: '/api/v1/findings/:id',
  schema: {
    summary: 'A finding, whatever its state, while it is remembered',
    params: FindingParameters,
    querystring: EmptyQuery,
    response: { 200: FindingSchema, '4xx': PROBLEM_RESPONSE },
  },
  handle: ({ sources }, request, reply) => {
    const { id } = request.params as Type.Static<typeof FindingParameters>;
    const found = sources.view.finding(id);
    return found
      ? reply.send(renderFinding(found, sources.iso))
      : sendProblem(reply, 404, `there is no finding ${id}; another agent may have it`);
  },
};
