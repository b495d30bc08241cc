// Every finding that DHCP decides, each with the look-alike that must stay silent.
import { describe, expect, it } from 'vitest';
import type { WatchEvent } from '../../src/watch/view.ts';
import { INTENT, ip, Lan, mac, PHONE, ROUTER, range, VIP, W1 } from './lan.ts';

const FREE = ip('192.168.1.55');
const OUTSIDE = ip('192.168.1.100');
const SERVER = ip('192.168.1.1');
const LAPTOP = mac('bb');

/** What a switch lets everyone see of an exchange: the OFFER and the ACK are unicast. */
const joins = (lan: Lan, address: typeof VIP, client = PHONE) =>
  lan
    .dhcp({ type: 'discover', client })
    .dhcp({ type: 'request', client, requested: address, server: SERVER, hostname: 'luca-phone' });
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
      `DHCP: luca-phone (${PHONE}) asked for 192.168.1.50, the VIP of traefik/traefik.`,
    );
    expect(lan.raised()[0]?.evidence[0]?.summary).toBe(
      `DHCP REQUEST from ${PHONE} (luca-phone) for 192.168.1.50, server 192.168.1.1`,
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

  it('is raised for a client that asks for its old address again, unless the server refuses in time', () => {
    const asks = () => new Lan().dhcp({ type: 'request', client: PHONE, requested: VIP });
    expect(kinds(asks())).toEqual([]);
    expect(kinds(asks().wait(500))).toEqual(['lease-on-vip']);
    expect(kinds(asks().finish())).toEqual(['lease-on-vip']);
    expect(kinds(asks().dhcp({ type: 'ack', client: PHONE, yourIp: VIP, server: SERVER }))).toEqual([
      'lease-on-vip',
    ]);
    const refused = asks().wait(100).dhcp({ type: 'nak', client: PHONE, server: SERVER }).wait(60_000);
    expect(kinds(refused)).toEqual([]);
    expect(leases(refused)).toEqual(['requested 192.168.1.50', 'refused 192.168.1.50']);
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
    const lan = joins(joins(new Lan(), VIP), VIP, LAPTOP);
    expect(lan.story()).toEqual([
      'raised lease-on-vip 192.168.1.50',
      'resolved lease-on-vip 192.168.1.50',
      'raised lease-on-vip 192.168.1.50',
    ]);
    expect(lan.active()[0]?.macs).toEqual([LAPTOP]);
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
    expect(lan.raised()).toMatchObject([{ kind: 'dhcp-range-overlaps-pool', ip: FREE }]);
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

  it('is not raised for another address', () => {
    expect(
      new Lan()
        .dhcp({ type: 'decline', client: PHONE, requested: OUTSIDE, server: SERVER })
        .wait(60_000)
        .story(),
    ).toEqual([]);
  });
});

describe('rogue-dhcp-server', () => {
  const rogue = ip('192.168.1.66');
  const offers = (lan: Lan, server: typeof VIP, from = ROUTER) =>
    lan.dhcp({ type: 'offer', client: PHONE, yourIp: OUTSIDE, server, from });

  it('is raised for a second server where none is configured', () => {
    const lan = offers(offers(new Lan(), SERVER), rogue, LAPTOP);
    expect(lan.raised()).toMatchObject([
      { kind: 'rogue-dhcp-server', severity: 'warning', ip: rogue, macs: [LAPTOP] },
    ]);
  });

  it('is raised for a server that is not the configured one, though first and only named by a client', () => {
    const lan = new Lan(INTENT, { dhcp: { ranges: [], servers: [SERVER] } });
    lan.dhcp({ type: 'request', client: PHONE, requested: OUTSIDE, server: rogue });
    expect(lan.raised()).toMatchObject([{ kind: 'rogue-dhcp-server', ip: rogue }]);
  });

  it("is not raised for the one server, a configured pair, or another segment's server", () => {
    expect(offers(offers(new Lan(), SERVER), SERVER).story()).toEqual([]);
    const pair = new Lan(INTENT, { dhcp: { ranges: [], servers: [SERVER, rogue] } });
    expect(offers(offers(pair, SERVER), rogue).story()).toEqual([]);
    const lan = offers(new Lan(), SERVER).dhcp(
      { type: 'offer', client: PHONE, yourIp: OUTSIDE, server: rogue },
      { strippedVlan: 20 },
    );
    expect(lan.story()).toEqual([]);
  });
});

describe('lease-conflict', () => {
  const leased = () =>
    joins(new Lan(), OUTSIDE).dhcp({
      type: 'ack',
      client: PHONE,
      yourIp: OUTSIDE,
      server: SERVER,
      seconds: 86_400,
    });

  it('is raised when another MAC claims a leased address', () => {
    const lan = leased().wait(1000).announce(PHONE, OUTSIDE).wait(1000).announce(LAPTOP, OUTSIDE);
    expect(lan.raised()).toMatchObject([
      { kind: 'lease-conflict', severity: 'warning', ip: OUTSIDE, macs: [PHONE, LAPTOP] },
    ]);
  });

  it("names the node when it is a node's static address", () => {
    const lan = joins(new Lan(), ip('192.168.1.11')).announce(W1, ip('192.168.1.11'));
    expect(lan.raised()).toMatchObject([{ kind: 'lease-conflict' }]);
    expect(lan.raised()[0]?.message).toContain('node w1');
  });

  it('is not raised for the lessee, or a repeater that lends it its MAC', () => {
    const repeater = mac('77');
    const lan = new Lan().dhcp({
      type: 'request',
      client: PHONE,
      requested: OUTSIDE,
      server: SERVER,
      from: repeater,
    });
    lan.announce(PHONE, OUTSIDE).announce(repeater, OUTSIDE).wait(60_000);
    expect(lan.story()).toEqual([]);
    expect(lan.dismissed('lessee-behind-repeater')).toBe(1);
  });

  it('is not raised for a sleep proxy, or whoever uses an abandoned lease', () => {
    const lan = leased()
      .wait(15 * 60_000)
      .announce(LAPTOP, OUTSIDE);
    expect(lan.story()).toEqual([]);
    expect(lan.dismissed('lessee-silent')).toBe(1);
  });

  it('is not raised against what a roaming client merely wished for', () => {
    const lan = new Lan()
      .announce(LAPTOP, OUTSIDE)
      .dhcp({ type: 'request', client: PHONE, requested: OUTSIDE })
      .announce(LAPTOP, OUTSIDE);
    expect(lan.story()).toEqual([]);
  });
});

describe('a healthy LAN', () => {
  it('with leases, MAC-randomising phones and announcement bursts raises nothing at all', () => {
    const lan = new Lan(INTENT, {
      dhcp: { ranges: [range('192.168.1.100-192.168.1.199')], servers: [SERVER] },
    });
    for (let day = 0; day < 3; day += 1) {
      for (let round = 0; round < 5; round += 1) lan.gratuitous(W1, VIP).wait(1100);
      for (let i = 0; i < 30; i += 1) {
        const phone = mac((0x40 + ((day * 7 + i) % 90)).toString(16));
        const address = ip(`192.168.1.${100 + ((day * 7 + i) % 90)}`);
        lan.dhcp({ type: 'discover', client: phone, transactionId: i });
        lan.request(ROUTER, SERVER, address).wait(20);
        lan.dhcp({ type: 'request', client: phone, requested: address, server: SERVER, transactionId: i });
        lan.acdProbe(phone, address).wait(1000).announce(phone, address).wait(60_000);
        lan.request(phone, address, VIP).reply(W1, VIP, phone, address);
      }
      lan.wait(3_600_000);
    }
    expect(lan.story()).toEqual([]);
    expect(lan.watcher.takeovers()).toEqual([]);
  });
});
