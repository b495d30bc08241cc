import { describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../../src/base/time.ts';
import type { IpAddress } from '../../../src/net/address.ts';
import { Availability, availabilityStart } from '../../../src/watch/takeover/availability.ts';

const VIP = '192.168.1.50' as IpAddress;
const OTHER = '192.168.1.51' as IpAddress;
const START = 29_539_440 * MINUTE;
const at = (minutes: number) => START + minutes * MINUTE;

/** Without the minutes before anything was seen. */
const seen = (availability: Availability, now: number, ip = VIP) =>
  availability.of(ip, now).replace(/^-+/, '');

describe('the availability of a VIP by the minute', () => {
  it('is up, down, both, or not seen', () => {
    const availability = new Availability();
    availability.note(VIP, true, at(0));
    availability.note(VIP, true, at(1));
    availability.note(VIP, false, at(1) + 30 * SECOND);
    availability.note(VIP, false, at(2));
    availability.note(VIP, null, at(3));
    availability.note(VIP, true, at(4));
    expect(seen(availability, at(4))).toBe('upd-u');
    expect(availability.of(VIP, at(4))).toHaveLength(1440);
    expect(availability.of(OTHER, at(4))).toBe('-'.repeat(1440));
  });

  it('adds a gap to each minute that it touches', () => {
    const availability = new Availability();
    for (const minute of [0, 1, 2]) availability.note(VIP, true, at(minute));
    availability.unanswered(VIP, at(1) + 58 * SECOND, at(2) + 4 * SECOND);
    expect(seen(availability, at(2))).toBe('upp');
  });

  it('forgets after 24 hours, to the minute', () => {
    const availability = new Availability();
    availability.note(VIP, false, at(0));
    availability.note(VIP, true, at(1439));
    expect(availability.of(VIP, at(1439))).toBe(`d${'-'.repeat(1438)}u`);
    expect(availabilityStart(at(1439))).toBe(at(0));
    expect(availability.of(VIP, at(1440))).toBe(`${'-'.repeat(1438)}u-`);
    expect(availability.of(VIP, at(10_000))).toBe('-'.repeat(1440));
  });

  it('does not take what is older than a day for today', () => {
    const availability = new Availability();
    availability.note(VIP, true, at(2000));
    availability.unanswered(VIP, at(0), at(1));
    expect(seen(availability, at(2000))).toBe('u');
  });

  it('keeps nothing of addresses that are no VIPs any more', () => {
    const availability = new Availability();
    availability.note(VIP, true, at(0));
    availability.note(OTHER, true, at(0));
    availability.keepOnly(new Set([OTHER]));
    expect(seen(availability, at(0))).toBe('');
    expect(seen(availability, at(0), OTHER)).toBe('u');
  });
});
