// GET /api/v1/vips.
import type { VipRow } from '../../../watch/takeover/vip-rows.ts';
import { renderVip } from '../../render/render.ts';
import { VipSchema } from '../../render/schemas.ts';
import { ipOrder } from '../../tables/row-order.ts';
import { ipFilter, serviceFilter } from '../filters.ts';
import { listRoute } from '../listing.ts';

export const vips = listRoute({
  path: '/api/v1/vips',
  id: 'listVips',
  tag: 'vips',
  summary: 'The VIPs, and the machines that answer for each',
  filters: [ipFilter, serviceFilter((vip: VipRow) => vip)],
  item: VipSchema,
  rows: ({ sources }) => sources.view.eachVip(sources.now()),
  order: ({ ip }) => ipOrder(ip),
  render: renderVip,
});
