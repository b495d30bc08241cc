// What the page reads of the agent's API. All URLs are relative: the page works under whatever path it is served.
import type { Static } from 'typebox/type';
import type { CheckRunSchema, CheckSchema, ForecastSchema } from '../src/serve/render/checks.ts';
import type {
  AvailabilitySchema,
  NodeSchema,
  PoolSchema,
  SegmentSchema,
  SummarySchema,
} from '../src/serve/render/row-schemas.ts';
import type {
  ClaimSchema,
  DhcpRangeSchema,
  DhcpServerSchema,
  FailoverTestSchema,
  FindingSchema,
  LeaseSchema,
  TakeoverSchema,
  VipSchema,
} from '../src/serve/render/schemas.ts';

export type Summary = Static<typeof SummarySchema>;
export type Vip = Static<typeof VipSchema>;
export type Availability = Static<typeof AvailabilitySchema>;
export type Finding = Static<typeof FindingSchema>;
export type Takeover = Static<typeof TakeoverSchema>;
export type Claim = Static<typeof ClaimSchema>;
export type Lease = Static<typeof LeaseSchema>;
export type DhcpServer = Static<typeof DhcpServerSchema>;
export type DhcpRange = Static<typeof DhcpRangeSchema>;
export type Pool = Static<typeof PoolSchema>;
export type ClusterNode = Static<typeof NodeSchema>;
export type Segment = Static<typeof SegmentSchema>;
export type FailoverTest = Static<typeof FailoverTestSchema>;
export type Check = Static<typeof CheckSchema>;
export type CheckStatus = Check['status'];
export type CheckRun = Static<typeof CheckRunSchema>;
export type Forecast = Static<typeof ForecastSchema>;

/** In milliseconds. */
const ANSWER_WITHIN = 8_000;
/** Rows of one list that the page takes at most. */
const MOST_ROWS = 10_000;

/** Refused; `message` is what was said. */
export class Refused extends Error {
  override readonly name = 'Refused';
  /** By the agent itself, rather than by something before it. */
  readonly isByAgent: boolean;

  constructor(isByAgent: boolean, message: string) {
    super(message);
    this.isByAgent = isByAgent;
  }
}

export async function getOne<One>(path: string): Promise<One> {
  return (await answerOf(await fetch(path, { signal: AbortSignal.timeout(ANSWER_WITHIN) }))) as One;
}

interface ListPage<Row> {
  readonly items: readonly Row[];
  readonly total: number;
  readonly next: string | null;
}
type CheckPage<Row> = ListPage<Row> & { readonly run: CheckRun };

/** All pages of a list. */
export async function getAll<Row>(path: string): Promise<readonly Row[]> {
  const rows: Row[] = [];
  let next: string | null = '';
  while (next !== null && rows.length < MOST_ROWS) {
    const cursor: string =
      next === '' ? '' : `${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(next)}`;
    const page: ListPage<Row> = await getOne(path + cursor);
    rows.push(...page.items);
    next = page.next;
  }
  return rows;
}

/** What the checks said last, by how it is. */
export interface Checks {
  readonly run: CheckRun;
  /** The first of each, and how many there are. */
  readonly results: Readonly<Record<CheckStatus, Omit<ListPage<Check>, 'next'>>>;
}

/** Of a large cluster they are thousands, so that each kind has its own first page. */
const CHECKS_SHOWN = 100;

export async function getChecks(): Promise<Checks> {
  const read = (status: CheckStatus) =>
    getOne<CheckPage<Check>>(`api/v1/checks?status=${status}&limit=${CHECKS_SHOWN}`);
  const [critical, warning, info, skipped, ok] = await Promise.all(
    (['critical', 'warning', 'info', 'skipped', 'ok'] as const).map(read),
  );
  return {
    run: ok!.run,
    results: { critical: critical!, warning: warning!, info: info!, skipped: skipped!, ok: ok! },
  };
}

/** What becomes of the VIPs and services of a node that dies: the first of them. */
export function getForecast(node: string, limit: number): Promise<CheckPage<Forecast>> {
  return getOne(`api/v1/forecast?node=${encodeURIComponent(node)}&limit=${limit}`);
}

/** A change, which needs a token. */
export async function change<Answer>(
  method: 'POST' | 'DELETE',
  path: string,
  token: string,
  body?: object,
): Promise<Answer> {
  const answer = await fetch(path, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  return (await answerOf(answer)) as Answer;
}

async function answerOf(answer: Response): Promise<unknown> {
  // One that ends too soon is none: it rejects.
  if (answer.ok) return await answer.json();
  const body: unknown = await answer.json().catch(() => null);
  const { detail, title } = (body ?? {}) as { readonly detail?: string; readonly title?: string };
  const isByAgent = answer.headers.get('content-type')?.startsWith('application/problem+json') === true;
  throw new Refused(isByAgent, detail ?? title ?? `the agent answers ${answer.status}`);
}
