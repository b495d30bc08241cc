// GET /api/v1/dhcp-servers.
import { renderDhcpServer } from '../../render/render.ts';
import { DhcpServerSchema } from '../../render/schemas.ts';
import { rowOrder } from '../../tables/row-order.ts';
import { listRoute } from '../listing.ts';

export const dhcpServers = listRoute({
  path: '/api/v1/dhcp-servers',
  id: 'listDhcpServers',
  tag: 'lan',
  summary: 'The DHCP servers seen',
  filters: [],
  item: DhcpServerSchema,
  rows: ({ sources }) => sources.view.dhcpServers(),
  order: rowOrder,
  render: renderDhcpServer,
});
