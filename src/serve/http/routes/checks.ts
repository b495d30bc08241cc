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
  summary: "What will go wrong, by the cluster's objects, in the order of docs/checks.md",
  description:
    'One agent of a cluster runs the checks regularly, if the configuration says so (`check.every`). `run` says which agent that is, and when it ran them.',
  filters: [
    choiceFilter('id', CheckIdSchema, 'only results of these checks', ({ result }: Row) => result.id),
    choiceFilter(
      'status',
      CheckStatusSchema,
      'only results with these statuses',
      ({ result }: Row) => result.status,
    ),
  ],
  item: CheckSchema,
  about: CHECK_RUN,
  rows: ({ sources }) => (sources.checks()?.done?.results ?? []).map((result, place) => ({ result, place })),
  order: ({ place }) => String(place).padStart(6, '0'),
  render: ({ result }) => resultJson(result),
});
