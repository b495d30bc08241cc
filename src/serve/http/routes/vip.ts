// GET /api/v1/vips/ADDRESS.
import * as Type from 'typebox/type';
import { ipMistake, parseIp } from '../../../net/address.ts';
import { renderVip } from '../../render/render.ts';
import { closed, VipSchema } from '../../render/schemas.ts';
import { sendProblem } from '../problem.ts';
import type { Route } from '../route.ts';

const VipParameters = Type.Object(
  {
    ip: Type.Refine(
      Type.String({ description: 'the address of the VIP', examples: ['192.168.1.50'] }),
      (text) => parseIp(text) !== undefined,
      ipMistake,
    ),
  },
  closed,
);

export const vip: Route = {
  method: 'GET',
  path: '/api/v1/vips/:ip',
  id: 'getVip',
  tag: 'vips',
  summary: 'A VIP, and the machines that answer for it',
  params: VipParameters,
  answer: { description: 'The VIP', schema: VipSchema },
  errors: [404],
  handle: async ({ sources: { view, now, iso }, answers }, request, reply) => {
    const ip = parseIp((request.params as Type.Static<typeof VipParameters>).ip);
    const found = await answers.make(request, async () => {
      for (const row of view.eachVip(now())) if (row.ip === ip) return renderVip(row, iso);
      return undefined;
    });
    return found ? reply.send(found) : sendProblem(reply, 404, `there is no VIP ${ip}`);
  },
};
