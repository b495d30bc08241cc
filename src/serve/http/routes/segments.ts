// GET /api/v1/segments.

import { SegmentSchema } from '../../render/row-schemas.ts';
import { renderSegment } from '../../render/rows.ts';
import { listRoute } from '../listing.ts';

export const segments = listRoute({
  path: '/api/v1/segments',
  id: 'listSegments',
  tag: 'lan',
  summary: 'The segments that this agent captures on',
  filters: [],
  item: SegmentSchema,
  rows: ({ sources }) => sources.segments(),
  order: ({ interface: name, vlan }) => `${name} ${String(vlan ?? '').padStart(4, '0')}`,
  render: renderSegment,
});
