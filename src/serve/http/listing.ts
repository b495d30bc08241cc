// Lists that are read page by page: what all of them have in common.
import * as Type from 'typebox/type';
import type { IsoTime, Micros } from '../../base/time.ts';
import { closed, nameOf, nullable } from '../render/schemas.ts';
import { cutPage, type Page } from '../tables/page.ts';
import type { Sources } from '../tables/sources.ts';
import type { Filter } from './filters.ts';
import { piecesOf } from './pieces.ts';
import { sendProblem } from './problem.ts';
import type { Route, RouteContext } from './route.ts';

const DEFAULT_LIMIT = 1000;
/** Those that are sorted for a page are held until it is made. */
const MAX_LIMIT = 2000;
/** A page ends with the row that makes it so long: what is made for one reader waits in memory until it is read. */
const PAGE_LENGTH = 512 * 1024;

const BAD_CURSOR =
  'cursor: is not the `next` of an earlier page of this list with these filters: ' +
  'pass `next` unchanged, or leave out `cursor` to begin with the first page';

const paging = {
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: MAX_LIMIT,
      default: DEFAULT_LIMIT,
      description: 'how many items a page has at most; it also ends after 512 KiB',
    }),
  ),
  cursor: Type.Optional(
    Type.String({ description: 'the `next` of the page before; the filters must be the same' }),
  ),
};

/** What a list says of itself as a whole, on each page. */
export interface About {
  readonly name: string;
  /** With its name. */
  readonly schema: Type.TSchema;
  readonly read: (sources: Sources) => unknown;
}

/** A page of a list. */
export function pageOf(item: Type.TSchema, about?: Pick<About, 'name' | 'schema'>) {
  return Type.Object(
    {
      items: Type.Array(item),
      total: Type.Integer({ description: 'on all pages' }),
      next: nullable(Type.String(), {
        description: 'the `cursor` of the next page; null on the last page',
      }),
      ...(about && { [about.name]: about.schema }),
    },
    { ...closed, $id: `${nameOf(item)}Page` },
  );
}

interface List<Row> extends Pick<Route, 'path' | 'id' | 'tag' | 'summary' | 'description'> {
  /** The rows that pass all of them are shown. */
  readonly filters: readonly Filter<Row>[];
  /** With its name. */
  readonly item: Type.TSchema;
  readonly about?: About;
  readonly rows: (context: RouteContext) => Iterable<Row>;
  /** Text by which rows are sorted, and told from each other. */
  readonly order: (row: Row) => string;
  readonly render: (row: Row, iso: IsoTime, context: RouteContext) => unknown;
}

type ListQuery = Readonly<Record<string, string | readonly string[]>> & {
  readonly limit?: number;
  readonly cursor?: string;
};

export function listRoute<Row>({
  filters,
  item,
  about,
  rows,
  order: keyOf,
  render,
  ...told
}: List<Row>): Route {
  const parameters = Object.assign({}, ...filters.map((filter) => filter.parameters));
  return {
    ...told,
    method: 'GET',
    query: Type.Object({ ...parameters, ...paging }, closed),
    answer: { description: 'A page of the list', schema: pageOf(item, about) },
    handle: async (context, request, reply) => {
      const { sources, answers } = context;
      const { limit = DEFAULT_LIMIT, cursor, ...asked } = request.query as ListQuery;
      const valuesOf = (name: string) => [asked[name] ?? []].flat();
      const tests = filters.flatMap((filter) => filter.read(valuesOf, sources) ?? []);
      const list = JSON.stringify([
        sources.version,
        told.path,
        Object.keys(parameters).map((name) => valuesOf(name).toSorted()),
      ]);
      const pieces = await answers.make(request, async (pause) => {
        const matches = (row: Row) => tests.every((test) => test(row));
        const asks = { keyOf, matches, limit, cursor, list };
        const page = await cutPage(rows(context), asks, pause);
        if (page === undefined) return undefined;
        // Rows are rendered after the page was cut: a page costs its own length.
        const more = about && { [about.name]: about.read(sources) };
        const texts = textsOf(page, (row) => render(row, sources.iso, context), more);
        return await piecesOf(texts, pause);
      });
      if (pieces === undefined) return sendProblem(reply, 400, BAD_CURSOR);
      return answers.send(reply.type('application/json; charset=utf-8'), pieces);
    },
  };
}

/** The page as JSON, row by row. */
function* textsOf<Row>(
  { items, total, nextAfter }: Page<Row>,
  render: (row: Row) => unknown,
  more: object | undefined,
): Generator<string> {
  let separator = '{"items":[';
  let shown = 0;
  let length = 0;
  for (const row of items) {
    const text = `${separator}${JSON.stringify(render(row))}`;
    yield text;
    separator = ',';
    shown += 1;
    length += text.length;
    if (length >= PAGE_LENGTH) break;
  }
  yield `${shown === 0 ? separator : ''}],${JSON.stringify({ total, next: nextAfter(shown), ...more }).slice(1)}`;
}

/** Text that sorts backwards by time. */
export function latestFirst(at: Micros): string {
  return String(Number.MAX_SAFE_INTEGER - Math.floor(at)).padStart(16, '0');
}
