// GET /api/v1/findings/ID.
import * as Type from 'typebox/type';
import { renderFinding } from '../../render/render.ts';
import { closed, FindingSchema } from '../../render/schemas.ts';
import { sendProblem } from '../problem.ts';
import type { Route } from '../route.ts';

const FindingParameters = Type.Object(
  {
    id: Type.String({
      description: 'of the finding',
      examples: ['lease-on-vip_192.168.1.0-24_192.168.1.50_02:00:00:00:00:aa'],
    }),
  },
  closed,
);

export const finding: Route = {
  method: 'GET',
  path: '/api/v1/findings/:id',
  id: 'getFinding',
  tag: 'findings',
  summary: 'A finding, whatever its state, while it is remembered',
  params: FindingParameters,
  answer: { description: 'The finding', schema: FindingSchema },
  errors: [404],
  handle: ({ sources }, request, reply) => {
    const { id } = request.params as Type.Static<typeof FindingParameters>;
    const found = sources.view.finding(id);
    return found
      ? reply.send(renderFinding(found, sources.iso))
      : sendProblem(reply, 404, `there is no finding ${id}; another agent may have it`);
  },
};
