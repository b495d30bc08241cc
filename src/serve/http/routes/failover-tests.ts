// GET /api/v1/failover-tests.
import { renderFailoverTest } from '../../render/render.ts';
import { FailoverTestSchema } from '../../render/schemas.ts';
import { FAILOVER_TESTS } from '../failover-testing.ts';
import { latestFirst, listRoute } from '../listing.ts';

export const failoverTests = listRoute({
  path: FAILOVER_TESTS,
  id: 'listFailoverTests',
  tag: 'failover-tests',
  summary: 'Failover tests; the latest first',
  filters: [],
  item: FailoverTestSchema,
  rows: ({ failover }) => failover.tests?.list() ?? [],
  order: ({ createdAt, id }) => `${latestFirst(Date.parse(createdAt) * 1000)} ${id}`,
  render: renderFailoverTest,
});
