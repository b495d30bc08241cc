// The routes under /api/v1: lists of what the watcher knows, and the stream of what happens.
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Static, TSchema } from 'typebox/type';
import type { Micros } from '../../base/time.ts';
import { parseIp, parseMac } from '../../net/address.ts';
import {
  renderClaim,
  renderDhcpServer,
  renderFinding,
  renderLease,
  renderTakeover,
  renderVip,
} from '../render/render.ts';
import {
  ClaimQuery,
  ClaimSchema,
  DhcpServerSchema,
  EmptyQuery,
  FindingQuery,
  FindingSchema,
  LeaseQuery,
  LeaseSchema,
  PageQuery,
  ProblemSchema,
  pageOf,
  TakeoverQuery,
  TakeoverSchema,
  VipSchema,
} from '../render/schemas.ts';
import { cutPage, inOrder, type Keyed } from '../tables/page.ts';
import { ipOrder } from '../tables/snapshot.ts';
import { PROBLEM_CONTENT_TYPE, sendProblem } from './problem.ts';
import type { HttpOptions } from './server.ts';

const DEFAULT_LIMIT = 1000;

export interface Paging {
  readonly limit?: number;
  readonly cursor?: string;
}

export function addApiRoutes(app: FastifyInstance, { sources, snapshot, events }: HttpOptions): void {
  const { view, iso } = sources;

  app.get(
    '/api/v1/vips',
    listRoute('The VIPs, and who answers for each', PageQuery, VipSchema),
    (request, reply) => {
      const rows = inOrder(view.vips(sources.now()), ({ ip }) => ipOrder(ip));
      return sendPage(reply, rows, request.query as Paging, (row) => renderVip(row, iso));
    },
  );

  app.get(
    '/api/v1/claims',
    listRoute('Who claims which address, VIP or not', ClaimQuery, ClaimSchema),
    async (request, reply) => {
      const query = request.query as Static<typeof ClaimQuery>;
      const claims = await snapshot.claims();
      const matches = addressFilter(query);
      const isAll = query.ip === undefined && query.mac === undefined;
      const rows = isAll ? claims : claims.filter(({ item }) => matches(item));
      return sendPage(reply, rows, query as Paging, (row) => renderClaim(row, iso));
    },
  );

  app.get(
    '/api/v1/leases',
    listRoute('What is known of DHCP leases', LeaseQuery, LeaseSchema),
    (request, reply) => {
      const query = request.query as Static<typeof LeaseQuery>;
      const matches = addressFilter(query);
      const rows = snapshot
        .leases()
        .filter(({ item }) => matches(item) && (query.state === undefined || item.state === query.state));
      return sendPage(reply, rows, query as Paging, (row) => renderLease(row, iso));
    },
  );

  app.get(
    '/api/v1/dhcp-servers',
    listRoute('The DHCP servers seen', PageQuery, DhcpServerSchema),
    (request, reply) => {
      const rows = inOrder(
        view.dhcpServers(),
        ({ ip, mac, segment }) => `${ipOrder(ip)} ${mac} ${segment.name}`,
      );
      return sendPage(reply, rows, request.query as Paging, (row) => renderDhcpServer(row, iso));
    },
  );

  app.get(
    '/api/v1/findings',
    listRoute('Where intent, DHCP and the wire disagree; the latest first', FindingQuery, FindingSchema),
    (request, reply) => {
      const query = request.query as Static<typeof FindingQuery>;
      const state = query.state ?? 'active';
      const ip = query.ip === undefined ? undefined : parseIp(query.ip);
      const found = view
        .findings()
        .filter(
          (finding) =>
            (state === 'all' || finding.state === state) &&
            (query.kind === undefined || finding.kind === query.kind) &&
            (query.severity === undefined || finding.severity === query.severity) &&
            (ip === undefined || finding.ip === ip),
        );
      const rows = inOrder(found, ({ id, raisedAt }) => `${latestFirst(raisedAt)} ${id}`);
      return sendPage(reply, rows, query as Paging, (row) => renderFinding(row, iso));
    },
  );

  app.get(
    '/api/v1/takeovers',
    listRoute('Changes of the node that announces a VIP; the latest first', TakeoverQuery, TakeoverSchema),
    (request, reply) => {
      const query = request.query as Static<typeof TakeoverQuery>;
      const ip = query.ip === undefined ? undefined : parseIp(query.ip);
      const found = view.takeovers().filter((takeover) => ip === undefined || takeover.ip === ip);
      const rows = inOrder(found, ({ at, ip: vip, segment }) => `${latestFirst(at)} ${vip} ${segment.name}`);
      return sendPage(reply, rows, query as Paging, (row) => renderTakeover(row, iso));
    },
  );

  app.get(
    '/api/v1/events',
    {
      exposeHeadRoute: false,
      schema: {
        summary: 'Findings, takeovers and leases as they happen (server-sent events)',
        querystring: EmptyQuery,
        response: {
          200: { content: { 'text/event-stream': { schema: { type: 'string' } } } },
          503: PROBLEM_RESPONSE,
        },
      },
    },
    (request, reply) => {
      if (events.full) {
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
      reply.raw.on('close', () => events.detach(reply.raw));
      reply.raw.on('error', () => events.detach(reply.raw));
      events.attach(reply.raw, typeof lastId === 'string' ? lastId : undefined);
      return reply;
    },
  );
}

export const PROBLEM_RESPONSE = { content: { [PROBLEM_CONTENT_TYPE]: { schema: ProblemSchema } } };

export function listRoute(summary: string, querystring: TSchema, item: TSchema) {
  return { schema: { summary, querystring, response: { 200: pageOf(item), '4xx': PROBLEM_RESPONSE } } };
}

/** Rows are rendered after the page was cut: a page costs its own length. */
export function sendPage<Row>(
  reply: FastifyReply,
  rows: readonly Keyed<Row>[],
  { limit = DEFAULT_LIMIT, cursor }: Paging,
  render: (row: Row) => unknown,
): FastifyReply {
  const page = cutPage(rows, limit, cursor);
  if (page === undefined) return sendProblem(reply, 400, 'cursor: is not the `next` of an earlier page');
  return reply.send({ ...page, items: page.items.map(render) });
}

function addressFilter(query: { readonly ip?: string; readonly mac?: string }) {
  const ip = query.ip === undefined ? undefined : parseIp(query.ip);
  const mac = query.mac === undefined ? undefined : parseMac(query.mac);
  return (row: { readonly ip: string; readonly mac: string }) =>
    (ip === undefined || row.ip === ip) && (mac === undefined || row.mac === mac);
}

/** Text that sorts backwards by time. */
export function latestFirst(at: Micros): string {
  return String(Number.MAX_SAFE_INTEGER - Math.floor(at)).padStart(16, '0');
}
