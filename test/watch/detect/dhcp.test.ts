// Every finding that DHCP decides, each with the look-alike that must stay silent.
import { describe, expect, it } from 'vitest';
import type { WatchEvent } from '../../../src/watch/view.ts';
import { INTENT, ip, Lan, mac, PHONE, ROUTER, range, VIP, W1 } from '../lan.ts';

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
      { kind: 'rogue-dhcp-server', severity: 'warning', ip: SERVER, macs: [LAPTOP] },
    ]);
    expect(lan.raised()[0]?.message).toContain('192.168.1.66, answers on eth0 beside 192.168.1.1, which');
  });

  it('goes by the same address on an agent that heard the other one first', () => {
    const lan = offers(offers(new Lan(), rogue, LAPTOP), SERVER);
    expect(lan.raised()).toMatchObject([{ kind: 'rogue-dhcp-server', ip: SERVER, macs: [ROUTER] }]);
    expect(lan.raised()[0]?.message).toContain('192.168.1.1, answers on eth0 beside 192.168.1.66, which');
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

  it('is not raised for a ProxyDHCP server, which tells where to boot from and leases nothing', () => {
    const lan = offers(new Lan(), SERVER).dhcp({ type: 'offer', client: PHONE, server: rogue, from: LAPTOP });
    expect(lan.story()).toEqual([]);
    expect(lan.dismissed('proxy-dhcp')).toBe(1);
    expect(lan.watcher.dhcpServers()).toMatchObject([{ ip: SERVER }]);
  });

  const DAY = 24 * 3_600_000;

  it('is not raised for the server that took the place of one silent for a day', () => {
    const lan = offers(offers(new Lan(), SERVER).wait(DAY), rogue, LAPTOP);
    expect(lan.story()).toEqual([]);
    expect(lan.watcher.dhcpServers().filter((server) => server.expected)).toMatchObject([{ ip: rogue }]);
    expect(offers(lan, SERVER).raised()).toMatchObject([{ kind: 'rogue-dhcp-server', ip: SERVER }]);
  });

  it('is resolved once the first server has been silent for a day beside it', () => {
    const lan = offers(new Lan(), SERVER);
    for (let hour = 0; hour < 30; hour += 1) offers(lan, rogue, LAPTOP).wait(600_000).wait(3_000_000);
    expect(lan.active()).toEqual([]);
    expect(lan.dismissed('expected-dhcp-server')).toBeGreaterThan(0);
  });

  it('is raised for a newcomer however long a configured server was silent', () => {
    const lan = new Lan(INTENT, { dhcp: { ranges: [], servers: [SERVER] } });
    expect(kinds(offers(offers(lan, SERVER).wait(30 * DAY), rogue))).toEqual(['rogue-dhcp-server']);
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

  const young = () => leased().wait(1000).announce(PHONE, OUTSIDE).wait(1000);
  const settled = () => young().wait(3_600_000).announce(PHONE, OUTSIDE).wait(1000);
  const conflict = { kind: 'lease-conflict', severity: 'warning', ip: OUTSIDE, macs: [PHONE, LAPTOP] };

  it('is raised when another MAC claims a leased address in turn with its lessee', () => {
    const lan = settled().announce(LAPTOP, OUTSIDE).wait(20_000).announce(PHONE, OUTSIDE).wait(20_000);
    lan.announce(LAPTOP, OUTSIDE);
    expect(lan.raised()).toMatchObject([conflict]);
  });

  it('is raised when the lessee renews while another MAC claims its address', () => {
    const lan = settled().announce(LAPTOP, OUTSIDE).wait(20_000);
    expect(lan.story()).toEqual([]);
    expect(lan.dhcp({ type: 'request', client: PHONE, clientIp: OUTSIDE }).raised()).toMatchObject([
      conflict,
    ]);
  });

  it('is raised when the server leased an address that was in use, and still is', () => {
    const lan = new Lan().announce(LAPTOP, OUTSIDE).wait(5000);
    joins(lan, OUTSIDE);
    expect(lan.story()).toEqual([]);
    expect(lan.wait(120_000).announce(LAPTOP, OUTSIDE).raised()).toMatchObject([conflict]);
  });

  it('is raised at once for a claim within a minute of the lease, when no lessee is asleep yet', () => {
    expect(leased().wait(1000).reply(LAPTOP, OUTSIDE).raised()).toMatchObject([conflict]);
    expect(leased().wait(59_000).announce(LAPTOP, OUTSIDE).raised()).toMatchObject([conflict]);
    expect(leased().wait(60_000).announce(LAPTOP, OUTSIDE).story()).toEqual([]);
  });

  it('waits for a second claim in the first second, when a sleep proxy may still stand in', () => {
    const lan = leased().wait(200).reply(LAPTOP, OUTSIDE);
    expect(lan.wait(700).reply(LAPTOP, OUTSIDE).story()).toEqual([]);
    expect(lan.wait(400).reply(LAPTOP, OUTSIDE).raised()).toMatchObject([conflict]);
  });

  it('is refreshed by the other one alone, and resolved after quiet', () => {
    const lan = settled().announce(LAPTOP, OUTSIDE).wait(1000);
    lan.dhcp({ type: 'request', client: PHONE, clientIp: OUTSIDE });
    for (let i = 0; i < 3; i += 1) lan.wait(100_000).announce(LAPTOP, OUTSIDE);
    expect(lan.active()).toMatchObject([{ ...conflict, occurrences: 4 }]);
    expect(lan.wait(600_000).active()).toEqual([]);
  });

  it("names the node when it is a node's static address, whichever is heard first", () => {
    const address = ip('192.168.1.11');
    const claimed = joins(new Lan(), address).announce(W1, address);
    const asked = joins(new Lan().announce(W1, address).wait(60_000), address);
    for (const lan of [claimed, asked]) {
      expect(lan.raised()).toMatchObject([{ kind: 'lease-conflict' }]);
      expect(lan.raised()[0]?.message).toContain('node w1');
    }
  });

  it('is not raised for a node that leases its address with one network card and uses it with another', () => {
    const address = ip('192.168.1.11');
    const two = INTENT.nodes.map((node) => (node.name === 'w1' ? { ...node, macs: [W1, mac('21')] } : node));
    const lan = joins(new Lan({ ...INTENT, nodes: two }), address, W1);
    for (let i = 0; i < 5; i += 1)
      lan.wait(2000).announce(mac('21'), address).wait(2000).announce(W1, address);
    expect(kinds(lan)).toEqual([]);
  });

  it('is not raised for a client that moves behind a repeater and asks for its address from there', () => {
    const repeater = mac('77');
    const lan = settled().announce(repeater, OUTSIDE).wait(1000);
    lan.dhcp({ type: 'request', client: PHONE, requested: OUTSIDE, from: repeater }).wait(1000);
    lan.announce(repeater, OUTSIDE).wait(60_000);
    expect(lan.story()).toEqual([]);
    expect(lan.dismissed('lessee-behind-repeater')).toBe(1);
  });

  it('is not raised for a sleep proxy that announces the address of a host just fallen asleep', () => {
    const lan = settled().wait(5000).announce(LAPTOP, OUTSIDE);
    for (let i = 0; i < 20; i += 1) lan.wait(60_000).reply(LAPTOP, OUTSIDE);
    expect(lan.story()).toEqual([]);
    expect(lan.dismissed('lessee-not-heard-since')).toBeGreaterThan(0);
    expect(lan.dismissed('lessee-silent')).toBeGreaterThan(0);
  });

  it('is not raised for one burst of announcements as the lease begins', () => {
    const lan = leased();
    for (let i = 0; i < 5; i += 1) lan.announce(LAPTOP, OUTSIDE).wait(200);
    expect(lan.wait(3_600_000).story()).toEqual([]);
  });

  it('is not raised for a former lessee that went before the address was leased anew', () => {
    const lan = new Lan().announce(LAPTOP, OUTSIDE).wait(5000);
    joins(lan, OUTSIDE).wait(1000).announce(PHONE, OUTSIDE).wait(60_000);
    lan.dhcp({ type: 'request', client: PHONE, clientIp: OUTSIDE });
    expect(lan.story()).toEqual([]);
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
      .dhcp({ type: 'request', client: PHONE, requested: OUTSIDE });
    for (let i = 0; i < 5; i += 1) lan.wait(2000).announce(LAPTOP, OUTSIDE);
    expect(lan.story()).toEqual([]);
    expect(lan.dismissed('unconfirmed-lease')).toBe(5);
  });
});

describe('a lease wished for in vain until its client uses it', () => {
  it('counts as a lease in a conflict', () => {
    const lan = new Lan().dhcp({ type: 'request', client: PHONE, requested: OUTSIDE }).wait(1000);
    for (let i = 0; i < 2; i += 1) {
      lan.announce(LAPTOP, OUTSIDE).wait(20_000).announce(PHONE, OUTSIDE).wait(20_000);
    }
    expect(kinds(lan)).toEqual(['lease-conflict']);
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
