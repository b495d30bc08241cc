// GET /openapi.json.
import * as Type from 'typebox/type';
import { openApiDocument } from '../openapi-document.ts';
import { piecesOf } from '../pieces.ts';
import type { Route } from '../route.ts';

export const openapi: Route = {
  method: 'GET',
  path: '/openapi.json',
  id: 'getOpenApi',
  tag: 'agent',
  summary: 'This document',
  answer: { description: 'An OpenAPI 3.1 document', schema: Type.Object({}) },
  handle: async ({ sources, routes, answers }, request, reply) => {
    const pieces = await answers.make(request, async (pause) =>
      piecesOf([JSON.stringify(openApiDocument(sources.version, routes))], pause),
    );
    return answers.send(reply.type('application/json; charset=utf-8'), pieces ?? []);
  },
};
