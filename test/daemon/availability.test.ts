import { expect, it } from 'vitest';
import { HOUR, MILLISECOND, SECOND } from '../../src/base/time.ts';
import { joinAvailability } from '../../src/daemon/availability.ts';
import type { Part, Schedule } from '../../src/daemon/schedule.ts';
import { parseIp } from '../../src/net/address.ts';
import type { WatchEvent } from '../../src/watch/view.ts';

const VIP = parseIp('192.168.1.50')!;

it('shows of a gap only what is proven', () => {
  const parts: Part[] = [];
  const schedule = { join: (_: string, part: Part) => parts.push(part) } as unknown as Schedule;
  const availability = joinAvailability(schedule, { eachVip: () => [] }, 0);
  const at = 5 * HOUR + 30 * SECOND;
  // For two hours nobody asked; then three questions stayed open.
  const gapMs = (2 * HOUR) / MILLISECOND;
  const takeover = { ip: VIP, lastOld: at - 2 * HOUR, at, gapMs, uncertaintyMs: gapMs - 2_000 };
  parts[0]!.observe!({ type: 'takeover', takeover } as unknown as WatchEvent, at);
  expect(availability.of(VIP, at).replaceAll('-', '')).toBe('d');
});
