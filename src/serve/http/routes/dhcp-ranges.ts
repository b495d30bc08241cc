// GET /api/v1/dhcp-ranges.
import type { KnownRange } from '../../../dhcp/router-knowledge.ts';
import { ipOfNumber } from '../../../net/range.ts';
import { renderDhcpRange } from '../../render/render.ts';
import { DhcpRangeSchema, RangeSourceSchema } from '../../render/schemas.ts';
import { ipOrder } from '../../tables/row-order.ts';
import { choiceFilter } from '../filters.ts';
import { listRoute } from '../listing.ts';

export const dhcpRanges = listRoute({
  path: '/api/v1/dhcp-ranges',
  id: 'listDhcpRanges',
  tag: 'lan',
  summary: 'The known ranges of DHCP servers, with their sources',
  filters: [
    choiceFilter('source', RangeSourceSchema, 'only what these say', ({ source }: KnownRange) => source),
  ],
  item: DhcpRangeSchema,
  rows: ({ sources }) => sources.view.dhcpRanges(),
  order: ({ family, first, last, source, name }) =>
    `${ipOrder(ipOfNumber(family, first))} ${ipOrder(ipOfNumber(family, last))} ${source} ${name}`,
  render: renderDhcpRange,
});
