// The HTTP server. Its port faces the LAN: reading is open, a change needs authorization, and whatever a client may pile up
// (connections, headers, time) is bounded.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type FastifyInstance, type FastifyReply, fastify } from 'fastify';
import type { TSchema } from 'typebox/type';
import { Busy } from './answer-queue.ts';
import { Answers } from './answers.ts';
import { Gate } from './authorization.ts';
import { Connections } from './connections.ts';
import { tagged } from './entity-tag.ts';
import { isOwnHost } from './hosts.ts';
import type { HttpOptions } from './options.ts';
import { Pieces } from './pieces.ts';
import { PROBLEM_CONTENT_TYPE, problem, sendProblem, titleOf } from './problem.ts';
import { checkBody, checkQuery } from './query.ts';
import { EmptyQuery, pathTemplate, type RouteContext } from './route.ts';
import { ROUTES, routePathOf } from './routes.ts';

const NOT_THIS_HOST =
  'this agent does not know that name: use its address, or list the name in http.hosts of its configuration';

const METHODS = ['GET', 'HEAD', 'POST', 'DELETE'] as const;

/** In milliseconds where they are times. */
const LIMITS = {
  /** Connections that the kernel opens before they are looked at: a crowd that comes at once must not hold up a probe. */
  backlog: 4_096,
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 30_000,
  /** How often the two request timeouts are looked at. */
  checkInterval: 1_000,
  headerBytes: 8_192,
  /** What asks for a change is a few words: a comment of 200 characters, however JSON writes them. */
  bodyBytes: 4_096,
  /** A finding's id may name a node. */
  parameterLength: 400,
} as const;

const TOO_LARGE = `the body is longer than ${LIMITS.bodyBytes} bytes: shorten it`;

export interface HttpServer {
  /** Rejects with the system's error (`EADDRINUSE`) where it cannot listen. Resolves to the port. */
  readonly listen: (address: string, port: number) => Promise<number>;
  readonly close: () => Promise<void>;
  readonly fastify: FastifyInstance;
}

export async function createHttpServer(options: HttpOptions): Promise<HttpServer> {
  const connections = new Connections(options.originOf, options.limits);
  const app = fastify({
    logger: false,
    forceCloseConnections: true,
    bodyLimit: LIMITS.bodyBytes,
    routerOptions: { maxParamLength: LIMITS.parameterLength },
    serverFactory: (handle) => serverFor(connections, handle),
    clientErrorHandler,
    frameworkErrors: (error, _request, reply) => {
      sendProblem(reply as unknown as FastifyReply, error.statusCode ?? 400, error.message);
    },
  });
  // A change is asked for in JSON; anything else is refused as such.
  app.removeContentTypeParser('text/plain');

  app.setValidatorCompiler(
    ({ schema, httpPart }) =>
      (value) =>
        httpPart === 'body' ? checkBody(schema as TSchema, value) : checkQuery(schema as TSchema, value),
  );
  // The answers' schemas are for the document; tests hold the answers against them.
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  app.addHook('onRequest', async (request, reply) => {
    const { method, routeOptions } = request;
    const { url = null } = routeOptions;
    reply.header('cache-control', 'no-store');
    reply.header('x-content-type-options', 'nosniff');
    const { raw } = reply;
    // Also of an answer that the client does not wait for, as an event stream always ends.
    raw.once('close', () => {
      if (!raw.headersSent) return;
      options.metrics.observeRequest({ route: url && pathTemplate(url), method, code: raw.statusCode });
    });
    const { host } = request.headers;
    // No browser leaves it out.
    if (host === undefined || isOwnHost(host, options.hosts)) return undefined;
    // The API server's proxy passes on by which name it was asked for itself.
    if (connections.of(request.raw.socket)?.origin === 'cluster') return undefined;
    return sendProblem(reply, 421, NOT_THIS_HOST);
  });
  // Only whoever may ask for a change is asked for what it is.
  app.addHook('preParsing', async ({ headers }, { raw }) => {
    if (headers.expect === undefined) return;
    raw.removeHeader('connection');
    raw.writeContinue();
  });
  app.addHook('onSend', async (request, reply, payload) => {
    const isTagged = routePathOf(request.url.split('?', 1)[0]!) === '/' || request.url.startsWith('/api/');
    const sent = isTagged ? tagged(request, reply, payload) : payload;
    connections.answered(reply.raw, sent instanceof Pieces ? sent : null);
    return sent;
  });
  app.setErrorHandler((error: Error & { statusCode?: number; validation?: unknown }, request, reply) => {
    if (error instanceof Busy) return sendProblem(reply.header('retry-after', '1'), 503, error.message);
    const status = error.validation ? 400 : (error.statusCode ?? 500);
    if (status === 413) return sendProblem(reply, status, TOO_LARGE);
    if (status < 500) return sendProblem(reply, status, error.message);
    options.onError(error, request.url);
    return sendProblem(reply, 500);
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0]!;
    const url = routePathOf(path);
    // Asked for a path that is no route's, such as `/*x`, the router may throw.
    const methods = url === null ? [] : METHODS.filter((method) => app.hasRoute({ method, url }));
    if (methods.length === 0) return sendProblem(reply, 404, `there is no ${path}`);
    reply.header('allow', methods.join(', '));
    const why =
      methods.includes('POST') || methods.includes('DELETE') ? 'takes no such method' : 'can only be read';
    return sendProblem(reply, 405, `${path} ${why}`);
  });

  const answers = new Answers(connections);
  addRoutes(app, {
    ...options,
    connections,
    answers,
    gate: new Gate(options.authorizer, options.sources.now),
    routes: ROUTES,
  });
  await app.ready();

  return {
    listen: async (address, port) => {
      await app.listen({ host: address, port, backlog: LIMITS.backlog });
      return (app.server.address() as AddressInfo).port;
    },
    close: async () => {
      options.events.close();
      connections.close();
      await app.close();
    },
    fastify: app,
  };
}

function addRoutes(app: FastifyInstance, context: RouteContext): void {
  for (const route of context.routes) {
    const { method, path, params, query = EmptyQuery, body, change, closed, handle } = route;
    app.route({
      method,
      url: path,
      schema: { querystring: query, ...(params && { params }), ...(body && { body }) },
      ...(change !== undefined && {
        onRequest: context.gate.guard(change, closed?.(context) ?? null),
      }),
      handler: (request, reply) => handle(context, request, reply),
    });
  }
}

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

function serverFor(connections: Connections, handle: Handle): Server {
  const { headersTimeout, requestTimeout, keepAliveTimeout, checkInterval, headerBytes } = LIMITS;
  const onRequest: Handle = (request, response) => {
    if (connections.asked(response, request.socket)) handle(request, response);
  };
  const server = createServer(
    {
      headersTimeout,
      requestTimeout,
      keepAliveTimeout,
      connectionsCheckingInterval: checkInterval,
      maxHeaderSize: headerBytes,
    },
    onRequest,
  );
  server.on('connection', (socket: Socket) => connections.opened(socket));
  // Node would say "100 Continue" to anybody.
  server.on('checkContinue', (request, response) => {
    // Whoever is refused may send the rest or not: what follows on the connection could be either.
    response.setHeader('connection', 'close');
    onRequest(request, response);
  });
  return server;
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
    `HTTP/1.1 ${status} ${titleOf(status)}\r\n` +
      `Content-Type: ${PROBLEM_CONTENT_TYPE}\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
  // Whoever does not read the answer either is cut off.
  socket.setTimeout(LIMITS.headersTimeout, () => socket.destroy());
}
