// GET /api/v1/dhcp-servers.
import { renderDhcpServer } from '../../render/render.ts';
import { DhcpServerSchema } from '../../render/schemas.ts';
import { inOrder } from '../../tables/page.ts';
import { ipOrder } from '../../tables/snapshot.ts';
import { listRoute } from '../listing.ts';

export const dhcpServers = listRoute({
  path: '/api/v1/dhcp-servers',
  id: 'listDhcpServers',
  tag: 'lan',
  summary: 'The DHCP servers seen',
  filters: [],
  item: DhcpServerSchema,
  rows: ({ sources }) =>
    inOrder(sources.view.dhcpServers(), ({ ip, mac, segment }) => `${ipOrder(ip)} ${mac} ${segment.name}`),
  render: renderDhcpServer,
});
