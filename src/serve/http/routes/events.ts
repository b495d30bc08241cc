// GET /api/v1/events: the stream. What it does for each client, see event-stream.ts.
import * as Type from 'typebox/type';
import { EVENT_TYPES, EventSchema } from '../../render/event-schemas.ts';
import { closed } from '../../render/schemas.ts';
import { several } from '../filters.ts';
import { sendProblem } from '../problem.ts';
import type { Route } from '../route.ts';

const EventsQuery = Type.Object(
  {
    types: several(
      Type.Enum([...EVENT_TYPES]),
      'only events of these types, and `reset`; without it, all events',
    ),
  },
  closed,
);

export const events: Route = {
  method: 'GET',
  path: '/api/v1/events',
  id: 'followEvents',
  tag: 'agent',
  summary: 'Findings, takeovers, leases and failover tests as they happen (server-sent events)',
  description:
    '`event` is the type of an event, and `data` is the event itself, as JSON, as described here. A client that comes back with `Last-Event-ID` gets what it missed. If that is not possible, a `reset` comes first: read the lists again.',
  query: EventsQuery,
  headers: Type.Object({
    'Last-Event-ID': Type.Optional(Type.String({ description: 'the `id` of the last event seen' })),
  }),
  answer: {
    description: 'The stream; it does not end by itself',
    type: 'text/event-stream',
    schema: EventSchema,
  },
  errors: [429, 503],
  handle: ({ events: stream, connections }, request, reply) => {
    const asker = connections.of(request.raw.socket);
    const refusal = stream.refusal(asker);
    if (refusal !== null) {
      reply.header('retry-after', '10');
      return refusal === 'full'
        ? sendProblem(reply, 503, 'too many clients already follow the events')
        : sendProblem(reply, 429, 'this machine already follows the events too many times');
    }
    const lastId = request.headers['last-event-id'];
    const { types } = request.query as Type.Static<typeof EventsQuery>;
    // A stream outlives every timeout of a request.
    request.raw.socket.setTimeout(0);
    reply.hijack();
    reply.raw.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      connection: 'keep-alive',
    });
    if (request.method === 'HEAD') {
      reply.raw.end();
      return reply;
    }
    reply.raw.on('close', () => stream.detach(reply.raw));
    reply.raw.on('error', () => stream.detach(reply.raw));
    stream.attach(reply.raw, { lastEventId: typeof lastId === 'string' ? lastId : undefined, types }, asker);
    return reply;
  },
};
