// GET /api/v1/nodes.

import { NodeSchema } from '../../render/row-schemas.ts';
import { renderNode } from '../../render/rows.ts';
import { listRoute } from '../listing.ts';

export const nodes = listRoute({
  path: '/api/v1/nodes',
  id: 'listNodes',
  tag: 'vips',
  summary: 'The nodes that may announce a VIP, their addresses and MACs, and whether an agent is ready there',
  filters: [],
  item: NodeSchema,
  rows: ({ sources }) => sources.view.nodes(),
  order: ({ name }) => name,
  render: (node, _, { sources }) => renderNode(node, sources.version),
});
