// The HTTP server. Its port faces the LAN: reading is open, a change needs authorization, and whatever a client may pile up
// (connections, headers, time) is bounded.
import type { AddressInfo, Socket } from 'node:net';
import fastifySwagger from '@fastify/swagger';
import { type FastifyInstance, type FastifyReply, fastify } from 'fastify';
import type { TSchema } from 'typebox/type';
import { gateFor } from './failover-testing.ts';
import type { HttpOptions } from './options.ts';
import { PROBLEM_CONTENT_TYPE, problem, sendProblem } from './problem.ts';
import { checkBody, checkQuery } from './query.ts';
import type { RouteContext } from './route.ts';
import { ROUTES, routePathOf, templateOf } from './routes.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'DELETE'] as const;

/** In milliseconds where they are times. */
const LIMITS = {
  connections: 512,
  /** One machine of the LAN must not take every connection from the others. */
  connectionsPerClient: 48,
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 30_000,
  /** How often the two request timeouts are looked at. */
  checkInterval: 1_000,
  headerBytes: 8_192,
  /** What asks for a failover test is a few words. */
  bodyBytes: 1_024,
  parameterLength: 200,
} as const;

export interface HttpServer {
  /** Rejects with the system's error (`EADDRINUSE`) where it cannot listen. Resolves to the port. */
  readonly listen: (address: string, port: number) => Promise<number>;
  readonly close: () => Promise<void>;
  readonly fastify: FastifyInstance;
}

export async function createHttpServer(options: HttpOptions): Promise<HttpServer> {
  const app = fastify({
    logger: false,
    forceCloseConnections: true,
    bodyLimit: LIMITS.bodyBytes,
    routerOptions: { maxParamLength: LIMITS.parameterLength },
    requestTimeout: LIMITS.requestTimeout,
    keepAliveTimeout: LIMITS.keepAliveTimeout,
    http: {
      headersTimeout: LIMITS.headersTimeout,
      connectionsCheckingInterval: LIMITS.checkInterval,
      maxHeaderSize: LIMITS.headerBytes,
    },
    clientErrorHandler,
    frameworkErrors: (error, _request, reply) => {
      sendProblem(reply as unknown as FastifyReply, error.statusCode ?? 400, error.message);
    },
  });
  // A change is asked for in JSON; anything else is refused as such.
  app.removeContentTypeParser('text/plain');
  app.server.maxConnections = LIMITS.connections;
  limitConnectionsPerClient(app);

  app.setValidatorCompiler(
    ({ schema, httpPart }) =>
      (value) =>
        httpPart === 'body' ? checkBody(schema as TSchema, value) : checkQuery(schema as TSchema, value),
  );
  // The response schemas are for the document; tests hold the answers against them.
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  app.addHook('onRequest', async ({ method, routeOptions: { url = null } }, reply) => {
    reply.header('cache-control', 'no-store');
    reply.header('x-content-type-options', 'nosniff');
    const { raw } = reply;
    // Also of an answer that the client does not wait for, as an event stream always ends.
    raw.once('close', () => {
      if (!raw.headersSent) return;
      options.metrics.observeRequest({ route: url && templateOf(url), method, code: raw.statusCode });
    });
  });
  app.setErrorHandler((error: Error & { statusCode?: number; validation?: unknown }, request, reply) => {
    const status = error.validation ? 400 : (error.statusCode ?? 500);
    if (status < 500) return sendProblem(reply, status, error.message);
    options.onError(error, request.url);
    return sendProblem(reply, 500);
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0]!;
    const url = routePathOf(path);
    const methods = METHODS.filter((method) => app.hasRoute({ method, url }));
    if (methods.length === 0) return sendProblem(reply, 404, `there is no ${path}`);
    reply.header('allow', methods.join(', '));
    const why =
      methods.includes('POST') || methods.includes('DELETE') ? 'takes no such method' : 'can only be read';
    return sendProblem(reply, 405, `${path} ${why}`);
  });

  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'vipwatch',
        version: options.sources.version,
        description:
          'Who claims which address on the LAN, and where that disagrees with what the cluster intends.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
    },
  });
  addRoutes(app, { ...options, gate: gateFor(options), openApi: () => app.swagger() });
  await app.ready();

  return {
    listen: async (address, port) => {
      await app.listen({ host: address, port });
      return (app.server.address() as AddressInfo).port;
    },
    close: async () => {
      options.events.close();
      await app.close();
    },
    fastify: app,
  };
}

function addRoutes(app: FastifyInstance, context: RouteContext): void {
  for (const { method, path, schema, change, withoutHead, handle } of ROUTES) {
    app.route({
      method,
      url: path,
      schema: change === undefined ? schema : { ...schema, security: [{ bearer: [] }] },
      ...(change !== undefined && { onRequest: context.gate.guard(change) }),
      ...(withoutHead && { exposeHeadRoute: false }),
      handler: (request, reply) => handle(context, request, reply),
    });
  }
}

function limitConnectionsPerClient(app: FastifyInstance): void {
  const counts = new Map<string, number>();
  app.server.on('connection', (socket: Socket) => {
    const client = socket.remoteAddress ?? '';
    const count = (counts.get(client) ?? 0) + 1;
    if (count > LIMITS.connectionsPerClient) {
      socket.destroy();
      return;
    }
    counts.set(client, count);
    socket.once('close', () => {
      const left = counts.get(client)! - 1;
      if (left === 0) counts.delete(client);
      else counts.set(client, left);
    });
  });
}

const PARSE_ERRORS: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
};

/** What Node could not read as a request has no reply object yet: the answer is written by hand. */
function clientErrorHandler(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = PARSE_ERRORS[error.code ?? ''] ?? 400;
  const body = JSON.stringify(problem(status));
  socket.end(
    `HTTP/1.1 ${status} ${problem(status).title}\r\n` +
      `Content-Type: ${PROBLEM_CONTENT_TYPE}\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
  // Whoever does not read the answer either is cut off.
  socket.setTimeout(LIMITS.headersTimeout, () => socket.destroy());
}
