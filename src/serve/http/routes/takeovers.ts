// GET /api/v1/takeovers.
import type { Takeover } from '../../../watch/takeover/takeover.ts';
import { renderTakeover } from '../../render/render.ts';
import { TakeoverClassSchema, TakeoverSchema } from '../../render/schemas.ts';
import { choiceFilter, ipFilter, serviceFilter, sinceFilter } from '../filters.ts';
import { latestFirst, listRoute } from '../listing.ts';

export const takeovers = listRoute({
  path: '/api/v1/takeovers',
  id: 'listTakeovers',
  tag: 'vips',
  summary: 'Changes of the node that announces a VIP; the latest first',
  filters: [
    choiceFilter(
      'class',
      TakeoverClassSchema,
      'only takeovers of these classes',
      (row: Takeover) => row.class,
    ),
    ipFilter,
    serviceFilter((takeover: Takeover) => takeover),
    sinceFilter(
      'only takeovers at this time or later: ISO 8601, or how long ago (12h)',
      ({ at }: Takeover) => at,
    ),
  ],
  item: TakeoverSchema,
  rows: ({ sources }) => sources.view.takeovers(),
  order: ({ at, ip, segment }) => `${latestFirst(at)} ${ip} ${segment.name}`,
  render: renderTakeover,
});
