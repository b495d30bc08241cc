// GET /api/v1/events: the stream. What it does for each client, see event-stream.ts.
import { PROBLEM_RESPONSE, sendProblem } from '../problem.ts';
import { EmptyQuery, type Route } from '../route.ts';

export const events: Route = {
  method: 'GET',
  path: '/api/v1/events',
  withoutHead: true,
  schema: {
    summary: 'Findings, takeovers and leases as they happen (server-sent events)',
    querystring: EmptyQuery,
    response: {
      200: { content: { 'text/event-stream': { schema: { type: 'string' } } } },
      503: PROBLEM_RESPONSE,
    },
  },
  handle: ({ events: stream }, request, reply) => {
    if (stream.full) {
      reply.header('retry-after', '10');
      return sendProblem(reply, 503, 'too many clients follow the events already');
    }
    const lastId = request.headers['last-event-id'];
    // A stream outlives every timeout of a request.
    request.raw.socket.setTimeout(0);
    reply.hijack();
    reply.raw.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      connection: 'keep-alive',
    });
    reply.raw.on('close', () => stream.detach(reply.raw));
    reply.raw.on('error', () => stream.detach(reply.raw));
    stream.attach(reply.raw, typeof lastId === 'string' ? lastId : undefined);
    return reply;
  },
};
