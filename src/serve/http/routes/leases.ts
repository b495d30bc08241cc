// GET /api/v1/leases.
import type { LeaseRow } from '../../../watch/lan/lease.ts';
import { leaseSource, renderLease } from '../../render/render.ts';
import { LeaseSchema, LeaseSourceSchema, LeaseStateSchema } from '../../render/schemas.ts';
import { rowOrder } from '../../tables/row-order.ts';
import { choiceFilter, ipFilter, macFilter } from '../filters.ts';
import { listRoute } from '../listing.ts';

export const leases = listRoute({
  path: '/api/v1/leases',
  id: 'listLeases',
  tag: 'lan',
  summary: 'The known DHCP leases',
  filters: [
    ipFilter,
    macFilter,
    choiceFilter('source', LeaseSourceSchema, 'only leases from these sources', leaseSource),
    choiceFilter('state', LeaseStateSchema, 'only leases in these states', ({ state }: LeaseRow) => state),
  ],
  item: LeaseSchema,
  rows: ({ sources }) => sources.view.eachLease(),
  order: rowOrder,
  render: renderLease,
});
