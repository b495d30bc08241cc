// GET /api/v1/leases.
import * as Type from 'typebox/type';
import { LEASE_STATES } from '../../../dhcp/lease.ts';
import { renderLease } from '../../render/render.ts';
import { closed, LeaseSchema } from '../../render/schemas.ts';
import { addressFilter, ip, listRoute, mac, paging } from '../listing.ts';

export const leases = listRoute({
  path: '/api/v1/leases',
  summary: 'What is known of DHCP leases',
  query: Type.Object({ ip, mac, state: Type.Optional(Type.Enum([...LEASE_STATES])), ...paging }, closed),
  item: LeaseSchema,
  rows: ({ snapshot }, query) => {
    const matches = addressFilter(query);
    return snapshot
      .leases()
      .filter(({ item }) => matches(item) && (query.state === undefined || item.state === query.state));
  },
  render: renderLease,
});
