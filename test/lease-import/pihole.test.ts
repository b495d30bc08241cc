import { describe, expect, it } from 'vitest';
import { Draft } from '../../src/lease-import/draft.ts';
import { addPiholeConfig, addPiholeLease, piholeSession } from '../../src/lease-import/pihole.ts';
import { rangeText } from '../../src/net/range.ts';
import { leasesOf, NOW } from './reading.ts';
import { PIHOLE } from './recorded.ts';

describe('the answers of Pi-hole', () => {
  it('hold a session', () => {
    expect(piholeSession(PIHOLE.session)).toEqual({ ok: true, value: 'vFA+EP4MQ5JJvJg+3Q2Jnw=' });
    const refusal = { ok: false, problem: 'the password was not accepted' };
    expect(piholeSession(PIHOLE.refusedSession)).toEqual(refusal);
    expect(piholeSession('<html>')).toEqual(refusal);
  });

  it('hold leases, 0 as for ever', () => {
    const draft = new Draft();
    for (const lease of PIHOLE.leases(NOW + 60).leases) addPiholeLease(draft, lease);
    expect(leasesOf(draft.finish(NOW))).toEqual([
      '192.168.1.50 02:00:00:00:00:aa luca-phone 60',
      '192.168.1.20 02:00:00:00:00:20 - Infinity',
    ]);
  });

  it('hold the range and the reservations', () => {
    const draft = new Draft();
    expect(addPiholeConfig(draft, PIHOLE.config(true))).toBe(true);
    const { ranges, reservations } = draft.finish(NOW);
    expect(ranges.map(rangeText)).toEqual(['192.168.1.2-192.168.1.253']);
    expect(reservations).toEqual([
      { ip: '192.168.1.20', mac: '02:00:00:00:00:20', name: 'nas' },
      { ip: '192.168.1.21', mac: '02:00:00:00:00:21', name: null },
    ]);
  });

  it('a reservation may name several MACs, and a time that is no name', () => {
    const draft = new Draft();
    const hosts = ['02:00:00:00:00:22,02:00:00:00:00:23,192.168.1.22,infinite', '02:00:00:00:00:24,ignore'];
    addPiholeConfig(draft, { config: { dhcp: { active: true, hosts } } });
    expect(draft.finish(NOW).reservations).toEqual([
      { ip: '192.168.1.22', mac: '02:00:00:00:00:22', name: null },
      { ip: '192.168.1.22', mac: '02:00:00:00:00:23', name: null },
    ]);
  });

  it('the range of a server that is off means nothing', () => {
    const draft = new Draft();
    expect(addPiholeConfig(draft, PIHOLE.config(false))).toBe(true);
    expect(draft.finish(NOW)).toMatchObject({
      ranges: [],
      doubts: ['its DHCP server is off: its range means nothing'],
    });
    expect(addPiholeConfig(draft, { config: {} })).toBe(false);
  });
});
