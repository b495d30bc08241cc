// GET /api/v1/availability.
import { availabilityStart } from '../../../watch/takeover/availability.ts';
import type { VipRow } from '../../../watch/takeover/vip-rows.ts';
import { AvailabilitySchema } from '../../render/row-schemas.ts';
import { ipOrder } from '../../tables/row-order.ts';
import { ipFilter, serviceFilter } from '../filters.ts';
import { listRoute } from '../listing.ts';

export const availability = listRoute({
  path: '/api/v1/availability',
  id: 'listAvailability',
  tag: 'vips',
  summary: 'Whether each VIP was answered, by the minute, for the last 24 hours of this process',
  filters: [ipFilter, serviceFilter((vip: VipRow) => vip)],
  item: AvailabilitySchema,
  rows: ({ sources }) => sources.view.eachVip(sources.now()),
  order: ({ ip }) => ipOrder(ip),
  render: ({ ip, service }, iso, { sources }) => {
    const now = sources.now();
    return { ip, service, from: iso(availabilityStart(now)), minutes: sources.availability.of(ip, now) };
  },
});
