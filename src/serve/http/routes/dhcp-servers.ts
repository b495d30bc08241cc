// GET /api/v1/dhcp-servers.
import { renderDhcpServer } from '../../render/render.ts';
import { DhcpServerSchema } from '../../render/schemas.ts';
import { inOrder } from '../../tables/page.ts';
import { ipOrder } from '../../tables/snapshot.ts';
import { listRoute, PageQuery } from '../listing.ts';

export const dhcpServers = listRoute({
  path: '/api/v1/dhcp-servers',
  summary: 'The DHCP servers seen',
  query: PageQuery,
  item: DhcpServerSchema,
  rows: ({ sources }) =>
    inOrder(sources.view.dhcpServers(), ({ ip, mac, segment }) => `${ipOrder(ip)} ${mac} ${segment.name}`),
  render: renderDhcpServer,
});
