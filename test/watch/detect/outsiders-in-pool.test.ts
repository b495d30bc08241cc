// Machines outside the cluster on free addresses of the pools, each with the look-alike that must stay silent.
import { describe, expect, it } from 'vitest';
import { INTENT, ip, Lan, PHONE, ROUTER, W1 } from '../lan.ts';

const FREE = ip('192.168.1.55');

describe('pool-address-taken', () => {
  it('is raised for a foreign machine that announces a free pool address', () => {
    const lan = new Lan().announce(PHONE, FREE);
    expect(lan.raised()).toMatchObject([
      {
        kind: 'pool-address-taken',
        severity: 'warning',
        ip: FREE,
        vip: { service: null, pool: 'main-pool' },
      },
    ]);
  });

  it('is raised for one that only answers, once it is clear that it is no proxy', () => {
    const lan = new Lan().reply(PHONE, FREE);
    expect(lan.story()).toEqual([]);
    expect(lan.wait(2000).story()).toEqual(['raised pool-address-taken 192.168.1.55']);
  });

  it('is not raised for a node, a DHCP server that checks, or a client that probes', () => {
    const lan = new Lan();
    lan.gratuitous(W1, FREE).request(ROUTER, ip('192.168.1.1'), FREE).acdProbe(PHONE, FREE).wait(60_000);
    expect(lan.story()).toEqual([]);
    expect(lan.dismissed('cluster-node')).toBeGreaterThan(0);
  });

  it('gives way to foreign-claim when a Service takes the address', () => {
    const lan = new Lan().announce(PHONE, FREE);
    lan
      .intend({ ...INTENT, vips: [...INTENT.vips, { address: FREE, service: 'default/web' }] })
      .wait(1000)
      .announce(PHONE, FREE);
    expect(lan.story()).toEqual([
      'raised pool-address-taken 192.168.1.55',
      'resolved pool-address-taken 192.168.1.55',
      'raised foreign-claim 192.168.1.55',
    ]);
  });
});

describe('proxy-arp', () => {
  const scan = (lan: Lan, pauseMs: number) => {
    for (const last of [51, 52, 53, 54, 55]) lan.reply(ROUTER, ip(`192.168.1.${last}`)).wait(pauseMs);
    return lan.wait(10_000);
  };

  it('is raised alone for one MAC that answers for many pool addresses', () => {
    const lan = scan(new Lan(), 100);
    expect(lan.raised()).toMatchObject([{ kind: 'proxy-arp', severity: 'warning', macs: [ROUTER] }]);
  });

  it('is the same whichever addresses an agent sees answered', () => {
    const seen = [
      [51, 52, 53, 54],
      [59, 58, 57, 56],
    ];
    const byAgent = seen.map((lasts) => {
      const lan = new Lan();
      for (const last of lasts) lan.reply(ROUTER, ip(`192.168.1.${last}`)).wait(100);
      return lan.raised().map(({ kind, ip: named, vip }) => ({ kind, named, vip }));
    });
    expect(byAgent[0]).toEqual([
      { kind: 'proxy-arp', named: ip('192.168.1.50'), vip: { service: null, pool: 'main-pool' } },
    ]);
    expect(byAgent[1]).toEqual(byAgent[0]);
  });

  it('takes back what it took for addresses in use when the answers come slowly', () => {
    const lan = scan(new Lan(), 5000);
    expect(lan.active().map((finding) => finding.kind)).toEqual(['proxy-arp']);
  });

  it('is over once mended: the same machine may later use an address', () => {
    const lan = scan(new Lan(), 100).wait(2 * 24 * 3_600_000);
    expect(lan.active()).toEqual([]);
    lan.announce(ROUTER, FREE).wait(1000).reply(ROUTER, ip('192.168.1.57')).wait(5000);
    expect(lan.active().map((finding) => finding.kind)).toEqual(['pool-address-taken', 'pool-address-taken']);
  });

  it('is not raised for a machine on two pool addresses, nor for other addresses', () => {
    const lan = new Lan().announce(PHONE, ip('192.168.1.51')).announce(PHONE, ip('192.168.1.52'));
    for (const last of [100, 101, 102, 103]) lan.reply(ROUTER, ip(`192.168.1.${last}`));
    expect(
      lan
        .wait(5000)
        .raised()
        .map((finding) => finding.kind),
    ).toEqual(['pool-address-taken', 'pool-address-taken']);
  });
});
