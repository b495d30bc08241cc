// Leases on VIPs and in pools, each with the look-alike that must stay silent.
import { describe, expect, it } from 'vitest';
import type { WatchEvent } from '../../../src/watch/view.ts';
import { INTENT, ip, Lan, mac, PHONE, VIP } from '../lan.ts';
import { joins } from './joining.ts';

const FREE = ip('192.168.1.55');
const OUTSIDE = ip('192.168.1.100');
const SERVER = ip('192.168.1.1');
const LAPTOP = mac('bb');

const kinds = (lan: Lan) => lan.raised().map((finding) => finding.kind);
const leases = (lan: Lan) =>
  lan.events
    .filter((event): event is WatchEvent & { type: 'lease' } => event.type === 'lease')
    .map(({ step }) => `${step.state} ${step.ip}`);

describe('lease-on-vip', () => {
  it('is raised at the REQUEST that takes an offer of the VIP', () => {
    const lan = joins(new Lan(), VIP);
    expect(lan.raised()).toMatchObject([
      {
        kind: 'lease-on-vip',
        severity: 'critical',
        ip: VIP,
        macs: [PHONE],
        vip: { service: 'traefik/traefik', pool: 'main-pool' },
      },
    ]);
    expect(lan.raised()[0]?.message).toBe(
      `DHCP: "luca-phone" (${PHONE}) asked for 192.168.1.50, the VIP of traefik/traefik.`,
    );
    expect(lan.raised()[0]?.evidence[0]?.summary).toBe(
      `DHCP REQUEST from ${PHONE} ("luca-phone") for 192.168.1.50, server 192.168.1.1`,
    );
  });

  it('is raised for a renewal, a rebinding and an acknowledgement', () => {
    expect(kinds(new Lan().dhcp({ type: 'request', client: PHONE, clientIp: VIP }))).toEqual([
      'lease-on-vip',
    ]);
    expect(
      kinds(new Lan().dhcp({ type: 'ack', client: PHONE, yourIp: VIP, server: SERVER, seconds: 600 })),
    ).toEqual(['lease-on-vip']);
  });

  it('is raised for a client that asks for its old address again and gets it, unless the server refuses', () => {
    const asks = () => new Lan().dhcp({ type: 'request', client: PHONE, requested: VIP });
    expect(kinds(asks().wait(9_900).finish())).toEqual([]);
    expect(kinds(asks().wait(10_000))).toEqual(['lease-on-vip']);
    expect(kinds(asks().dhcp({ type: 'ack', client: PHONE, yourIp: VIP, server: SERVER }))).toEqual([
      'lease-on-vip',
    ]);
    const refused = asks().wait(100).dhcp({ type: 'nak', client: PHONE, server: SERVER }).wait(60_000);
    expect(kinds(refused)).toEqual([]);
    expect(leases(refused)).toEqual(['requested 192.168.1.50', 'refused 192.168.1.50']);
  });

  describe('for a client that asks for its old address and is not heard to get it', () => {
    const asks = (lan: Lan) => lan.dhcp({ type: 'request', client: PHONE, requested: VIP });
    // Where no node is known a claim by itself is no finding.
    const lan = () => new Lan({ ...INTENT, nodes: [] });

    it('is raised once it uses the address, in whatever way', () => {
      expect(kinds(asks(lan()).wait(1000).announce(PHONE, VIP))).toEqual(['lease-on-vip']);
      expect(kinds(asks(lan()).wait(1000).reply(PHONE, VIP))).toEqual(['lease-on-vip']);
      expect(kinds(asks(lan()).wait(1000).request(PHONE, VIP, SERVER))).toEqual(['lease-on-vip']);
    });

    it('is raised after a restart only once it uses the address: what it asked meanwhile was not heard', () => {
      const restarted = (before: Lan) => {
        const later = new Lan(null).wait(8_000);
        const { watcher } = before;
        watcher.finish();
        const saved = { leases: watcher.leases(), claims: watcher.claims(), findings: watcher.findings() };
        later.watcher.restore({ ...saved, takeovers: [], dhcpServers: [] }, later.now);
        return later.intend({ ...INTENT, nodes: [] });
      };
      const wish = () => restarted(asks(lan()).wait(5_000));
      expect(kinds(wish().wait(600_000))).toEqual([]);
      expect(kinds(wish().announce(PHONE, VIP))).toEqual(['lease-on-vip']);
      const told = restarted(asks(lan()).wait(10_000)).wait(600_000);
      expect([kinds(told), told.active().map(({ kind }) => kind)]).toEqual([[], ['lease-on-vip']]);
    });

    it('is raised where the client uses it behind a repeater', () => {
      const repeater = mac('77');
      const behind = lan().dhcp({ type: 'request', client: PHONE, requested: VIP, from: repeater });
      expect(kinds(behind.wait(1000).announce(repeater, VIP))).toEqual(['lease-on-vip']);
    });

    it('is not raised for another machine that uses it, nor for a check of whether it is free', () => {
      const waits = asks(lan()).wait(1000).announce(LAPTOP, VIP).acdProbe(PHONE, VIP).wait(8_900);
      expect(waits.story()).toEqual([]);
    });

    it('waits anew with each repeat, also for the next one, which comes after twice the time', () => {
      const repeats = () => asks(asks(new Lan()).wait(4000));
      expect(kinds(repeats().wait(9_900))).toEqual([]);
      expect(kinds(repeats().wait(10_000))).toEqual(['lease-on-vip']);
      const again = () => asks(repeats().wait(8000));
      expect(kinds(again().wait(17_900))).toEqual([]);
      expect(kinds(again().wait(18_000))).toEqual(['lease-on-vip']);
    });

    it('is not raised where it looks for another address then', () => {
      const elsewhere = joins(asks(new Lan()).wait(9_900), OUTSIDE).wait(60_000);
      expect(elsewhere.story()).toEqual([]);
      const later = asks(new Lan()).wait(10_000).dhcp({ type: 'discover', client: PHONE });
      expect(later.story()).toEqual([
        'raised lease-on-vip 192.168.1.50',
        'resolved lease-on-vip 192.168.1.50',
      ]);
    });

    it('stays where it used the address, though it looks for another one', () => {
      const used = asks(lan()).announce(PHONE, VIP).wait(1000).dhcp({ type: 'discover', client: PHONE });
      expect(used.active()).toMatchObject([{ kind: 'lease-on-vip' }]);
    });
  });

  it('is not raised for a DISCOVER that wishes for the VIP, nor an INFORM, nor a lease elsewhere', () => {
    const lan = new Lan()
      .dhcp({ type: 'discover', client: PHONE, requested: VIP })
      .dhcp({ type: 'inform', client: PHONE, clientIp: VIP });
    joins(lan, OUTSIDE, LAPTOP).wait(60_000);
    expect(lan.story()).toEqual([]);
  });

  const endings: [string, (lan: Lan) => Lan][] = [
    ['released', (lan) => lan.dhcp({ type: 'release', client: PHONE, clientIp: VIP })],
    ['refused', (lan) => lan.dhcp({ type: 'nak', client: PHONE, server: SERVER })],
    ['given up for another address', (lan) => joins(lan, OUTSIDE)],
    [
      'expired',
      (lan) =>
        lan.dhcp({ type: 'ack', client: PHONE, yourIp: VIP, server: SERVER, seconds: 600 }).wait(601_000),
    ],
  ];
  for (const [how, end] of endings) {
    it(`is resolved when the lease is ${how}`, () => {
      const lan = end(joins(new Lan(), VIP));
      expect(lan.story()).toEqual(['raised lease-on-vip 192.168.1.50', 'resolved lease-on-vip 192.168.1.50']);
    });
  }

  it('is resolved for the one and raised for the other when the VIP is leased anew', () => {
    const ends = [
      (lan: Lan) => lan.dhcp({ type: 'ack', client: LAPTOP, yourIp: VIP, server: SERVER, seconds: 600 }),
      // The ACK is unicast as a rule. A NAK would have been seen.
      (lan: Lan) => lan.wait(500),
      (lan: Lan) => lan.finish(),
    ];
    for (const end of ends) {
      const lan = joins(joins(new Lan(), VIP).wait(1000), VIP, LAPTOP);
      expect(lan.active().map(({ macs }) => macs)).toEqual([[PHONE], [LAPTOP]]);
      end(lan);
      expect(lan.story()).toEqual([
        'raised lease-on-vip 192.168.1.50',
        'raised lease-on-vip 192.168.1.50',
        'resolved lease-on-vip 192.168.1.50',
      ]);
      expect(lan.active().map(({ macs }) => macs)).toEqual([[LAPTOP]]);
    }
  });

  it('stays with the lessee when another client asks for its address and is refused', () => {
    const acknowledged = { type: 'ack', client: PHONE, yourIp: VIP, server: SERVER, seconds: 600 } as const;
    for (const lan of [joins(new Lan(), VIP), joins(new Lan(), VIP).dhcp(acknowledged)]) {
      for (const server of [{ server: SERVER }, {}]) {
        lan
          .wait(11_000)
          .dhcp({ type: 'request', client: LAPTOP, requested: VIP, ...server })
          .wait(100)
          .dhcp({ type: 'nak', client: LAPTOP, server: SERVER })
          .wait(5000);
        expect(lan.active()).toMatchObject([{ kind: 'lease-on-vip', macs: [PHONE] }]);
        expect(lan.watcher.leases()).toMatchObject([{ ip: VIP, mac: PHONE }]);
      }
      expect(lan.raised().filter(({ macs }) => macs.includes(PHONE))).toHaveLength(1);
      lan.dhcp({ type: 'release', client: PHONE, clientIp: VIP });
      expect(lan.active()).toEqual([]);
    }
  });

  it('is not raised for a wish that another client outran', () => {
    const lan = new Lan()
      .dhcp({ type: 'request', client: PHONE, requested: VIP })
      .wait(100)
      .dhcp({ type: 'request', client: LAPTOP, requested: VIP, server: SERVER, transactionId: 9 })
      .wait(1000)
      .dhcp({ type: 'release', client: LAPTOP, clientIp: VIP })
      .wait(60_000);
    expect(lan.raised().map(({ macs }) => macs)).toEqual([[LAPTOP]]);
    expect(lan.active()).toEqual([]);
  });

  it('outlives the lease while the client still uses the address: renewals are unicast and unseen', () => {
    const lan = joins(new Lan({ ...INTENT, nodes: [] }), VIP).dhcp({
      type: 'ack',
      client: PHONE,
      yourIp: VIP,
      server: SERVER,
      seconds: 600,
    });
    for (let i = 0; i < 20; i += 1) lan.announce(PHONE, VIP).wait(60_000);
    expect(lan.active().map((finding) => finding.kind)).toEqual(['lease-on-vip']);
    lan.wait(1_300_000);
    expect(lan.active()).toEqual([]);
  });

  it('follows the intent: a lease in the pool becomes one on a VIP when a Service takes the address', () => {
    const lan = joins(new Lan(), FREE).intend({
      ...INTENT,
      vips: [...INTENT.vips, { address: FREE, service: 'default/web' }],
    });
    expect(lan.story()).toEqual([
      'raised lease-in-pool 192.168.1.55',
      'resolved lease-in-pool 192.168.1.55',
      'raised lease-on-vip 192.168.1.55',
    ]);
  });
});

describe('a lease that the server confirmed by its silence', () => {
  const web = { ...INTENT, vips: [...INTENT.vips, { address: FREE, service: 'default/web' }] };

  it('follows the intent like any other', () => {
    const lan = new Lan().dhcp({ type: 'request', client: PHONE, requested: FREE }).wait(60_000).intend(web);
    expect(lan.story()).toEqual([
      'raised lease-in-pool 192.168.1.55',
      'resolved lease-in-pool 192.168.1.55',
      'raised lease-on-vip 192.168.1.55',
    ]);
  });

  it('is judged also where its address comes into a pool only later', () => {
    const lan = new Lan({ ...INTENT, pools: [], vips: [] })
      .dhcp({ type: 'request', client: PHONE, requested: FREE })
      .wait(60_000)
      .intend(INTENT);
    expect(lan.active()).toMatchObject([{ kind: 'lease-in-pool', macs: [PHONE] }]);
  });

  it('waits for the refusal while the intent changes', () => {
    const lan = new Lan({ ...INTENT, pools: [], vips: [] })
      .dhcp({ type: 'request', client: PHONE, requested: FREE })
      .wait(100)
      .intend(INTENT);
    expect(lan.story()).toEqual([]);
    lan.wait(100).dhcp({ type: 'nak', client: PHONE, server: SERVER }).wait(60_000);
    expect(lan.story()).toEqual([]);
  });
});

describe('lease-in-pool', () => {
  it('is raised for a free address of a pool', () => {
    expect(joins(new Lan(), FREE).raised()).toMatchObject([
      { kind: 'lease-in-pool', severity: 'warning', ip: FREE, vip: { service: null, pool: 'main-pool' } },
    ]);
  });

  it('is not raised beside the pool', () => {
    expect(
      joins(joins(new Lan(), ip('192.168.1.49')), ip('192.168.1.60'), LAPTOP)
        .wait(60_000)
        .story(),
    ).toEqual([]);
  });
});

describe('dhcp-decline', () => {
  it('is raised when a client finds its address of a pool taken, and the lease is over', () => {
    const lan = joins(new Lan(), VIP).dhcp({
      type: 'decline',
      client: PHONE,
      requested: VIP,
      server: SERVER,
    });
    expect(lan.story()).toEqual([
      'raised lease-on-vip 192.168.1.50',
      'raised dhcp-decline 192.168.1.50',
      'resolved lease-on-vip 192.168.1.50',
    ]);
  });

  it('again and again is one lease on the VIP, until half a minute after the last', () => {
    const decline = (lan: Lan) =>
      lan.dhcp({ type: 'decline', client: PHONE, requested: VIP, server: SERVER });
    const lan = new Lan();
    for (let i = 0; i < 6; i += 1) decline(joins(lan, VIP).wait(2000)).wait(12_000);
    const twice = ['raised', 'resolved', 'raised'].map((what) => `${what} lease-on-vip 192.168.1.50`);
    const told = () => lan.story().filter((line) => line.includes('lease-on-vip'));
    expect(told()).toEqual(twice);
    lan.intend({ ...INTENT }).wait(17_900);
    expect(told()).toEqual(twice);
    expect(lan.wait(200).story().at(-1)).toBe('resolved lease-on-vip 192.168.1.50');
    expect(
      decline(joins(lan.wait(60_000), VIP).wait(2000))
        .active()
        .map(({ kind }) => kind),
    ).not.toContain('lease-on-vip');
  });

  it('is not raised for another address', () => {
    expect(
      new Lan()
        .dhcp({ type: 'decline', client: PHONE, requested: OUTSIDE, server: SERVER })
        .wait(60_000)
        .story(),
    ).toEqual([]);
  });
});
