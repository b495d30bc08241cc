// Keeps by the minute whether each VIP is answered: looked at four times a minute, and told of each takeover's gap.
import { MILLISECOND, type Micros, SECOND } from '../base/time.ts';
import type { IpAddress } from '../net/address.ts';
import { Availability } from '../watch/takeover/availability.ts';
import type { WatchView } from '../watch/view.ts';
import { every, type Schedule } from './schedule.ts';

const LOOK_EVERY = 15 * SECOND;

export function joinAvailability(
  schedule: Schedule,
  view: Pick<WatchView, 'eachVip'>,
  startedAt: Micros,
): Availability {
  const availability = new Availability();
  schedule.join('availability', {
    ...every(LOOK_EVERY, startedAt, (now) => {
      const vips = new Set<IpAddress>();
      for (const { ip, up } of view.eachVip(now)) {
        vips.add(ip);
        availability.note(ip, up, now);
      }
      availability.keepOnly(vips);
    }),
    observe: (event) => {
      if (event.type !== 'takeover') return;
      const { ip, at, gapMs, uncertaintyMs } = event.takeover;
      const provenMs = gapMs - uncertaintyMs;
      if (provenMs > 0) availability.unanswered(ip, at - provenMs * MILLISECOND, at);
    },
  });
  return availability;
}
