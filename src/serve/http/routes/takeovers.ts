// GET /api/v1/takeovers.
import * as Type from 'typebox/type';
import { renderTakeover } from '../../render/render.ts';
import { closed, TakeoverSchema } from '../../render/schemas.ts';
import { inOrder } from '../../tables/page.ts';
import { addressFilter, ip, latestFirst, listRoute, paging } from '../listing.ts';

export const takeovers = listRoute({
  path: '/api/v1/takeovers',
  summary: 'Changes of the node that announces a VIP; the latest first',
  query: Type.Object({ ip, ...paging }, closed),
  item: TakeoverSchema,
  rows: ({ sources }, query) => {
    const found = sources.view.takeovers().filter(addressFilter(query));
    return inOrder(found, ({ at, ip: vip, segment }) => `${latestFirst(at)} ${vip} ${segment.name}`);
  },
  render: renderTakeover,
});
