// DHCP ranges that reach into pools, each with the look-alike that must stay silent.
import { describe, expect, it } from 'vitest';
import { INTENT, ip, Lan, PHONE, range, VIP } from '../lan.ts';

const FREE = ip('192.168.1.55');
const OUTSIDE = ip('192.168.1.100');
const SERVER = ip('192.168.1.1');

describe('dhcp-range-overlaps-pool', () => {
  it('is raised for a configured range, and resolved when the pool moves', () => {
    const lan = new Lan(INTENT, { dhcp: { ranges: [range('192.168.1.2-192.168.1.253')], servers: null } });
    expect(lan.raised()).toMatchObject([
      { kind: 'dhcp-range-overlaps-pool', severity: 'warning', ip: VIP, vip: { pool: 'main-pool' } },
    ]);
    lan.wait(30 * 24 * 3_600_000);
    expect(lan.active()).toHaveLength(1);
    lan.intend({ ...INTENT, pools: [{ name: 'main-pool', ranges: [range('10.0.0.0/28')] }], vips: [] });
    expect(lan.active()).toEqual([]);
  });

  it('is raised once for however many offers from one pool', () => {
    const lan = new Lan();
    for (const last of [55, 56, 57])
      lan.dhcp({ type: 'offer', client: PHONE, yourIp: ip(`192.168.1.${last}`), server: SERVER });
    expect(lan.raised()).toMatchObject([{ kind: 'dhcp-range-overlaps-pool', ip: VIP }]);
  });

  it('is raised for a VIP that belongs to no pool', () => {
    const lan = new Lan(
      { ...INTENT, pools: [] },
      { dhcp: { ranges: [range('192.168.1.2-192.168.1.253')], servers: null } },
    );
    expect(lan.raised()).toMatchObject([
      { kind: 'dhcp-range-overlaps-pool', ip: VIP, vip: { service: 'traefik/traefik', pool: null } },
    ]);
  });

  it('is not raised where range and pool merely touch, nor for an offer outside', () => {
    const ranges = [range('192.168.1.2-192.168.1.49'), range('192.168.1.60-192.168.1.253')];
    const lan = new Lan(INTENT, { dhcp: { ranges, servers: null } }).dhcp({
      type: 'offer',
      client: PHONE,
      yourIp: OUTSIDE,
      server: SERVER,
    });
    expect(lan.wait(60_000).story()).toEqual([]);
  });
});

describe('dhcp-range-overlaps-pool by offers', () => {
  const offers = (lan: Lan, address: typeof VIP) =>
    lan.dhcp({ type: 'offer', client: PHONE, yourIp: address, server: SERVER });

  it('is the same whichever address an agent sees offered first, a VIP or a free one', () => {
    const byAgent = [VIP, FREE].map((address) => {
      const { kind, ip: named, vip } = offers(new Lan(), address).raised()[0]!;
      return { kind, named, vip };
    });
    expect(byAgent[0]).toEqual({
      kind: 'dhcp-range-overlaps-pool',
      named: VIP,
      vip: { service: null, pool: 'main-pool' },
    });
    expect(byAgent[1]).toEqual(byAgent[0]);
  });

  it('is reported under the first address of the pool, also after the pool moved', () => {
    const lan = offers(new Lan(), FREE).intend({
      ...INTENT,
      pools: [{ name: 'main-pool', ranges: [range('192.168.1.200-192.168.1.209')] }],
      vips: [],
    });
    expect(offers(lan, ip('192.168.1.203')).raised().at(-1)?.ip).toBe('192.168.1.200');
  });
});
