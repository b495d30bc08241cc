// GET /openapi.json.
import type { Route } from '../route.ts';

export const openapi: Route = {
  method: 'GET',
  path: '/openapi.json',
  schema: { summary: 'This document' },
  handle: async ({ openApi }) => openApi(),
};
