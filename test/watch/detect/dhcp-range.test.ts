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

describe('dhcp-range-overlaps-pool by what servers say', () => {
  const IMPORT = { source: 'import', name: 'pihole' } as const;
  const says = (lan: Lan, of: { source: 'import' | 'audit'; name: string }, ...ranges: string[]) => {
    const account = {
      readAt: lan.now,
      ranges: ranges.map((text) => ({ ...range(text), atLeast: of.source === 'audit' })),
      reservations: [],
      declined: [],
    };
    lan.events.push(...lan.watcher.setRouterAccount(of, account, lan.now));
    return lan;
  };

  it('is raised for an imported range at once, and resolved once the import says otherwise', () => {
    const lan = says(new Lan(), IMPORT, '192.168.1.2-192.168.1.253');
    expect(lan.raised()).toMatchObject([
      {
        ip: VIP,
        segment: null,
        message: expect.stringContaining(
          '192.168.1.2-192.168.1.253 and pool main-pool both contain 192.168.1.50-192.168.1.59',
        ),
        evidence: [
          { interface: 'pihole', summary: expect.stringContaining('imported: DHCP range 192.168.1.2-') },
        ],
      },
    ]);
    // Read once more, it is no news, and no second sighting.
    expect(says(lan.wait(60_000), IMPORT, '192.168.1.2-192.168.1.253').active()).toMatchObject([
      { occurrences: 1 },
    ]);
    expect(says(lan, IMPORT, '192.168.1.2-192.168.1.49', '192.168.1.60-192.168.1.253').active()).toEqual([]);
  });

  it('is one where sources agree, and lasts until none says so any more', () => {
    const lan = new Lan(INTENT, { dhcp: { ranges: [range('192.168.1.55-192.168.1.70')], servers: null } });
    expect(lan.active()).toMatchObject([{ ip: FREE }]);
    says(lan, { source: 'audit', name: SERVER }, '192.168.1.55-192.168.1.120');
    says(lan, IMPORT, '192.168.1.56-192.168.1.253');
    expect(lan.active()).toMatchObject([{ ip: FREE }]);
    lan.events.push(...lan.watcher.setDhcp({ ranges: [], servers: null }, lan.now));
    expect(lan.intend(INTENT).active()).toMatchObject([
      { ip: FREE, message: expect.stringContaining('192.168.1.55-192.168.1.120') },
    ]);
    lan.events.push(...lan.watcher.setRouterAccount({ source: 'audit', name: SERVER }, null, lan.now));
    expect(lan.active()).toMatchObject([{ ip: '192.168.1.56' }]);
    lan.events.push(...lan.watcher.setRouterAccount(IMPORT, null, lan.now));
    expect(lan.active()).toEqual([]);
  });

  it('waits for an intent', () => {
    const lan = says(new Lan(null), IMPORT, '192.168.1.2-192.168.1.253');
    expect(lan.raised()).toEqual([]);
    expect(lan.watcher.dhcpRanges()).toMatchObject([{ source: 'import', name: 'pihole', readAt: lan.now }]);
    expect(lan.intend(INTENT).raised()).toMatchObject([{ ip: VIP }]);
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
