// GET /api/v1/pools.

import { PoolSchema } from '../../render/row-schemas.ts';
import { renderPool } from '../../render/rows.ts';
import { listRoute } from '../listing.ts';

export const pools = listRoute({
  path: '/api/v1/pools',
  id: 'listPools',
  tag: 'vips',
  summary: 'The pools, and how full they are',
  filters: [],
  item: PoolSchema,
  rows: ({ sources }) => sources.view.pools(),
  order: ({ name }) => name,
  render: renderPool,
});
