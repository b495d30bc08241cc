// GET /healthz, for a liveness probe.
import * as Type from 'typebox/type';
import { closed } from '../../render/schemas.ts';
import type { Route } from '../route.ts';

const HealthSchema = Type.Object({ status: Type.Enum(['ok']) }, { ...closed, $id: 'Health' });

export const healthz: Route = {
  method: 'GET',
  path: '/healthz',
  id: 'getHealth',
  tag: 'agent',
  summary: 'The process is alive: its event loop runs',
  answer: { description: 'The process is alive', schema: HealthSchema },
  handle: async () => ({ status: 'ok' }),
};
