// GET /api/v1: what can be asked here, and of which version.
import * as Type from 'typebox/type';
import { closed } from '../../render/schemas.ts';
import { pathTemplate, type Route } from '../route.ts';

const ApiIndexSchema = Type.Object(
  {
    version: Type.String({ description: 'of vipwatch' }),
    routes: Type.Array(
      Type.Object({ method: Type.String(), path: Type.String(), summary: Type.String() }, closed),
    ),
  },
  { ...closed, $id: 'ApiIndex' },
);

export const apiIndex: Route = {
  method: 'GET',
  path: '/api/v1',
  id: 'getIndex',
  tag: 'agent',
  summary: 'The routes, and the version of vipwatch',
  answer: { description: 'The routes, as /openapi.json describes them in full', schema: ApiIndexSchema },
  handle: async ({ sources, routes }) => ({
    version: sources.version,
    routes: routes.map(({ method, path, summary }) => ({ method, path: pathTemplate(path), summary })),
  }),
};
