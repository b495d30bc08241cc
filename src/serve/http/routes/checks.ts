// GET /api/v1/checks.

import type { CheckResult } from '../../../check/checks.ts';
import { resultJson } from '../../../check/output/json.ts';
import { CheckIdSchema, CheckSchema, CheckStatusSchema } from '../../render/checks.ts';
import { CHECK_RUN } from '../check-run.ts';
import { choiceFilter } from '../filters.ts';
import { listRoute } from '../listing.ts';

interface Row {
  readonly result: CheckResult;
  readonly place: number;
}

export const checks = listRoute({
  path: '/api/v1/checks',
  id: 'listChecks',
  tag: 'checks',
  summary: 'What will go wrong by the objects of the cluster, in the order of docs/checks.md',
  description:
    'One agent of a cluster looks now and then, where the configuration says so (`check.every`). `run` says whose that is, and when it looked.',
  filters: [
    choiceFilter('id', CheckIdSchema, 'only results of these checks', ({ result }: Row) => result.id),
    choiceFilter('status', CheckStatusSchema, 'only these', ({ result }: Row) => result.status),
  ],
  item: CheckSchema,
  about: CHECK_RUN,
  rows: ({ sources }) => (sources.checks()?.done?.results ?? []).map((result, place) => ({ result, place })),
  order: ({ place }) => String(place).padStart(6, '0'),
  render: ({ result }) => resultJson(result),
});
