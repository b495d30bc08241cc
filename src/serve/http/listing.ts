// Lists that are read page by page: what all of them have in common.
import type { FastifyReply } from 'fastify';
import * as Type from 'typebox/type';
import type { IsoTime, Micros } from '../../base/time.ts';
import { parseIp, parseMac } from '../../net/address.ts';
import { closed, nullable, text } from '../render/schemas.ts';
import { cutPage, type Keyed } from '../tables/page.ts';
import { PROBLEM_RESPONSE, sendProblem } from './problem.ts';
import type { Route, RouteContext } from './route.ts';

const DEFAULT_LIMIT = 1000;
const MAX_LIMIT = 5000;

/** The parameters of every list. */
export const paging = {
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: MAX_LIMIT,
      default: DEFAULT_LIMIT,
      description: 'the most items to answer with',
    }),
  ),
  cursor: Type.Optional(Type.String({ maxLength: 200, description: 'the `next` of the page before' })),
};
export const ip = Type.Optional(
  Type.Refine(
    Type.String({ maxLength: 45, description: 'only this address' }),
    (value) => parseIp(value) !== undefined,
    (value) => `"${value}" is not an IP address`,
  ),
);
export const mac = Type.Optional(
  Type.Refine(
    Type.String({ maxLength: 17, description: 'only this machine' }),
    (value) => parseMac(value) !== undefined,
    (value) => `"${value}" is not a MAC address`,
  ),
);
/** Of a list without filters. */
export const PageQuery = Type.Object({ ...paging }, closed);

/** A page of a list. `next` is the cursor of the page that follows, null on the last one. */
export function pageOf<Item extends Type.TSchema>(item: Item) {
  return Type.Object(
    { items: Type.Array(item), total: Type.Integer({ description: 'on all pages' }), next: nullable(text) },
    closed,
  );
}

interface List<Query extends Type.TSchema, Row> {
  readonly path: string;
  readonly summary: string;
  readonly query: Query;
  readonly item: Type.TSchema;
  /** Those that are asked for, in the order of the list. */
  readonly rows: (
    context: RouteContext,
    query: Type.Static<Query>,
  ) => readonly Keyed<Row>[] | Promise<readonly Keyed<Row>[]>;
  readonly render: (row: Row, iso: IsoTime) => unknown;
}

export function listRoute<Query extends Type.TSchema, Row>(list: List<Query, Row>): Route {
  const { path, summary, query: querystring, item, rows, render } = list;
  return {
    method: 'GET',
    path,
    schema: { summary, querystring, response: { 200: pageOf(item), '4xx': PROBLEM_RESPONSE } },
    handle: async (context, request, reply) => {
      const query = request.query as Type.Static<Query> & Paging;
      const { iso } = context.sources;
      return sendPage(reply, await rows(context, query), query, (row) => render(row, iso));
    },
  };
}

interface Paging {
  readonly limit?: number;
  readonly cursor?: string;
}

/** Rows are rendered after the page was cut: a page costs its own length. */
function sendPage<Row>(
  reply: FastifyReply,
  rows: readonly Keyed<Row>[],
  { limit = DEFAULT_LIMIT, cursor }: Paging,
  render: (row: Row) => unknown,
): FastifyReply {
  const page = cutPage(rows, limit, cursor);
  if (page === undefined) return sendProblem(reply, 400, 'cursor: is not the `next` of an earlier page');
  return reply.send({ ...page, items: page.items.map(render) });
}

/** By `ip` and `mac`, where they are asked for. */
export function addressFilter(query: { readonly ip?: string; readonly mac?: string }) {
  const wantedIp = query.ip === undefined ? undefined : parseIp(query.ip);
  const wantedMac = query.mac === undefined ? undefined : parseMac(query.mac);
  return (row: { readonly ip: string; readonly mac?: string }) =>
    (wantedIp === undefined || row.ip === wantedIp) && (wantedMac === undefined || row.mac === wantedMac);
}

/** Text that sorts backwards by time. */
export function latestFirst(at: Micros): string {
  return String(Number.MAX_SAFE_INTEGER - Math.floor(at)).padStart(16, '0');
}
