// The OpenAPI document, made of the routes when it is asked for. Schemas with an `$id` become components of that name, so
// that a generated client has types of these names.
import type { TSchema } from 'typebox/type';
import { EXAMPLES } from './openapi-examples.ts';
import { type ErrorStatus, PROBLEM_CONTENT_TYPE, ProblemSchema, titleOf } from './problem.ts';
import { pathTemplate, type Route, TAGS } from './route.ts';

type Json = Readonly<Record<string, unknown>>;

const LICENSE = { name: 'Apache-2.0', identifier: 'Apache-2.0' };

export function openApiDocument(version: string, routes: readonly Route[]): Json {
  const components = new Components();
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    const path = pathTemplate(route.path);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route, components) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'vipwatch',
      version,
      summary: 'Which machine claims which address on the LAN, and where that disagrees with the intent.',
      description:
        'Each agent shows what it has seen itself. Everyone can read everything. With a token, failover tests can be started ' +
        'and cancelled, and findings acknowledged. Every error is a problem document (RFC 9457).',
      license: LICENSE,
    },
    servers: [{ url: '/', description: 'The agent that this document came from' }],
    security: [],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: components.schemas,
      responses: components.responses,
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description:
            'In a cluster a token of the Kubernetes API; elsewhere one of the tokens in the file that `http.tokenFile` names.',
        },
      },
    },
  };
}

function operationOf(route: Route, components: Components): Json {
  const { id, tag, summary, description, params, query, headers, body, answer, errors = [], change } = route;
  const parameters = [
    ...parametersIn('path', params, components),
    ...parametersIn('query', query, components),
    ...parametersIn('header', headers, components),
  ];
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    security: change === undefined ? [] : [{ bearer: [] }],
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: { required: true, content: { 'application/json': { schema: components.refer(body) } } },
    }),
    responses: {
      [answer.status ?? 200]: {
        description: answer.description,
        ...(answer.headers && {
          headers: Object.fromEntries(
            Object.entries(answer.headers).map(([name, meaning]) => [
              name,
              { description: meaning, schema: { type: 'string' } },
            ]),
          ),
        }),
        content: { [answer.type ?? 'application/json']: { schema: components.refer(answer.schema) } },
      },
      ...Object.fromEntries(
        ([400, ...errors] as const).map((status) => [status, components.problem(status)]),
      ),
    },
  };
}

interface Parameters {
  readonly properties: Readonly<Record<string, TSchema>>;
  readonly required?: readonly string[];
}

function parametersIn(place: string, schema: Parameters | undefined, components: Components): Json[] {
  return Object.entries(schema?.properties ?? {}).map(([name, value]) => {
    const { description, ...rest } = components.refer(value) as { readonly description?: string };
    const required = place === 'path' || (schema!.required ?? []).includes(name);
    return { name, in: place, required, ...(description !== undefined && { description }), schema: rest };
  });
}

class Components {
  readonly schemas: Record<string, unknown> = {};
  readonly responses: Record<string, unknown> = {};

  refer(schema: unknown): unknown {
    if (Array.isArray(schema)) return schema.map((part) => this.refer(part));
    if (typeof schema !== 'object' || schema === null) return schema;
    const { $id, ...rest } = schema as { readonly $id?: unknown };
    const plain = {
      // The words of an enumeration are all text here; many generators want to be told.
      ...('enum' in rest && Array.isArray(rest.enum) && { type: 'string' }),
      ...Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, this.refer(value)])),
    };
    if (typeof $id !== 'string') return plain;
    const example = exampleOf($id);
    this.schemas[$id] = example === undefined ? plain : { ...plain, examples: [example] };
    return { $ref: `#/components/schemas/${$id}` };
  }

  problem(status: ErrorStatus): Json {
    const title = titleOf(status);
    const name = title.replaceAll(/ ./g, (letter) => letter.trim().toUpperCase());
    this.responses[name] = {
      description: `${title}: \`detail\` says why`,
      content: { [PROBLEM_CONTENT_TYPE]: { schema: this.refer(ProblemSchema) } },
    };
    return { $ref: `#/components/responses/${name}` };
  }
}

/** A page is shown with the example of what it lists. */
function exampleOf(name: string): unknown {
  const examples: Readonly<Record<string, unknown>> = EXAMPLES;
  if (Object.hasOwn(examples, name)) return examples[name];
  const item = name.replace(/Page$/, '');
  return item === name ? undefined : { items: [examples[item]], total: 1, next: null };
}
