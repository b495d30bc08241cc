// GET /openapi.json.
import * as Type from 'typebox/type';
import { openApiDocument } from '../openapi-document.ts';
import type { Route } from '../route.ts';

export const openapi: Route = {
  method: 'GET',
  path: '/openapi.json',
  id: 'getOpenApi',
  tag: 'agent',
  summary: 'This document',
  answer: { description: 'An OpenAPI 3.1 document', schema: Type.Object({}) },
  handle: async ({ sources, routes }) => openApiDocument(sources.version, routes),
};
