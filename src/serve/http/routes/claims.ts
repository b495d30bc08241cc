// GET /api/v1/claims.
import type { ClaimRow } from '../../../watch/lan/claims.ts';
import { renderClaim } from '../../render/render.ts';
import { ClaimSchema } from '../../render/schemas.ts';
import { rowOrder } from '../../tables/row-order.ts';
import { ipFilter, macFilter } from '../filters.ts';
import { listRoute } from '../listing.ts';

export const claims = listRoute<ClaimRow>({
  path: '/api/v1/claims',
  id: 'listClaims',
  tag: 'lan',
  summary: 'Which machine claims which address, VIP or not',
  filters: [ipFilter, macFilter],
  item: ClaimSchema,
  rows: ({ sources }) => sources.view.eachClaim(),
  order: rowOrder,
  render: (claim, iso, { sources }) =>
    renderClaim(claim, claim.node === null ? sources.view.nameOf(claim.mac) : null, iso),
});
