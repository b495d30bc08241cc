import { describe, expect, it } from 'vitest';
import { SECOND } from '../../../src/base/time.ts';
import { RequestLimit } from '../../../src/serve/http/request-limit.ts';

const LIMITS = {
  client: { atOnce: 3, every: 2 * SECOND },
  overall: { atOnce: 5, every: SECOND },
  clients: 4,
};

describe('RequestLimit', () => {
  it('gives each machine so many turns at once, then one at a time', () => {
    const limit = new RequestLimit(LIMITS);
    const at = (seconds: number) => limit.take('10.0.0.1', seconds * SECOND);
    expect([at(100), at(100), at(100), at(100)]).toEqual([0, 0, 0, 2]);
    expect(at(101)).toBe(1);
    expect([at(102), at(102)]).toEqual([0, 2]);
    expect([at(200), at(200), at(200), at(200)]).toEqual([0, 0, 0, 2]);
  });

  it('does not count what it refuses', () => {
    const limit = new RequestLimit(LIMITS);
    for (let i = 0; i < 100; i += 1) limit.take('10.0.0.1', 0);
    expect(limit.take('10.0.0.1', 2 * SECOND)).toBe(0);
  });

  it('bounds all of them together', () => {
    const limit = new RequestLimit(LIMITS);
    const waits = Array.from({ length: 7 }, (_, i) => limit.take(`10.0.0.${i}`, 0));
    expect(waits).toEqual([0, 0, 0, 0, 0, 1, 1]);
  });

  it('bounds them one by one alone, where they take nothing from each other', () => {
    const limit = new RequestLimit({ ...LIMITS, overall: null });
    const waits = Array.from({ length: 50 }, (_, i) => limit.take(`10.0.0.${i}`, 0));
    expect(waits.every((wait) => wait === 0)).toBe(true);
    for (let i = 0; i < 2; i += 1) limit.take('10.0.0.49', 0);
    expect(limit.take('10.0.0.49', 0)).toBe(2);
  });

  it('takes back what shall not count', () => {
    const limit = new RequestLimit(LIMITS);
    for (let i = 0; i < 50; i += 1) {
      expect(limit.take('10.0.0.1', 0)).toBe(0);
      limit.giveBack('10.0.0.1');
    }
    expect([0, 0, 0, 0].map(() => limit.take('10.0.0.1', 0))).toEqual([0, 0, 0, 2]);
  });

  it.each([
    ['one IPv6 network', 'fd00:1:2:3::1', 'fd00:1:2:3:ffff::2'],
    ['one IPv6 network of the link', 'fe80::1%eth0', 'fe80::2%eth1'],
    ['IPv4 told as IPv6', '::ffff:10.0.0.1', '10.0.0.1'],
  ])('takes %s for one machine', (_what, one, other) => {
    const limit = new RequestLimit(LIMITS);
    for (let i = 0; i < 3; i += 1) limit.take(one, 0);
    expect(limit.take(other, 0)).toBe(2);
    expect(limit.take('fd00:9::1', 0)).toBe(0);
  });

  it('remembers a bounded number of machines', () => {
    const limit = new RequestLimit({ ...LIMITS, overall: { atOnce: 1_000, every: 1 } });
    for (let i = 0; i < 500; i += 1) limit.take(`10.0.${i >> 8}.${i & 255}`, 0);
    expect(limit.size).toBe(4);
  });
});
