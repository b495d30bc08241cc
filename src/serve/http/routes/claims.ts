// GET /api/v1/claims.
import * as Type from 'typebox/type';
import { renderClaim } from '../../render/render.ts';
import { ClaimSchema, closed } from '../../render/schemas.ts';
import { addressFilter, ip, listRoute, mac, paging } from '../listing.ts';

export const claims = listRoute({
  path: '/api/v1/claims',
  summary: 'Who claims which address, VIP or not',
  query: Type.Object({ ip, mac, ...paging }, closed),
  item: ClaimSchema,
  rows: async ({ snapshot }, query) => {
    const all = await snapshot.claims();
    const matches = addressFilter(query);
    const isAll = query.ip === undefined && query.mac === undefined;
    return isAll ? all : all.filter(({ item }) => matches(item));
  },
  render: renderClaim,
});
