// GET /healthz, for a liveness probe.
import * as Type from 'typebox/type';
import { closed } from '../../render/schemas.ts';
import { EmptyQuery, type Route } from '../route.ts';

const HealthSchema = Type.Object({ status: Type.Enum(['ok']) }, closed);

export const healthz: Route = {
  method: 'GET',
  path: '/healthz',
  schema: {
    summary: 'The process is alive: its event loop turns',
    querystring: EmptyQuery,
    response: { 200: HealthSchema },
  },
  handle: async () => ({ status: 'ok' }),
};
