// GET /api/v1/vips.
import { renderVip } from '../../render/render.ts';
import { VipSchema } from '../../render/schemas.ts';
import { inOrder } from '../../tables/page.ts';
import { ipOrder } from '../../tables/snapshot.ts';
import { listRoute, PageQuery } from '../listing.ts';

export const vips = listRoute({
  path: '/api/v1/vips',
  summary: 'The VIPs, and who answers for each',
  query: PageQuery,
  item: VipSchema,
  rows: ({ sources }) => inOrder(sources.view.vips(sources.now()), ({ ip }) => ipOrder(ip)),
  render: renderVip,
});
